"""Askers: whose a request is, which says where it waits (shares.py, gather.py) and what it may hold (front.py).

A key names its tenant in clear, and whoever knows that name can write it. So a request goes by the tenant only where
this process knows its key. One that it has not met is looked up first; all whose keys are nobody's are one asker.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol

from web.shares import Busy
from web.threads import Threads

API = "/api/"
NOBODY = "whoever names a key that nobody has"
"""The asker of all requests with keys that are not known; longer than what is taken of a session's name."""
WAITING = 256
"""Requests that may wait for their keys to be looked up."""


class Keys(Protocol):
    """What the application says of the keys that headers name."""

    def known(self, authorization: str, /) -> str | None:
        """The tenant whose key it is, if this process knows that; asks nobody."""

    def meet(self, authorizations: Iterable[str], /) -> None:
        """Look them up, in a thread; those that live are known from then on."""


class Askers:
    """Tells askers apart. Belongs to one event loop."""

    def __init__(self, keys: Keys, threads: Threads) -> None:
        self.keys, self.threads = keys, threads
        self.unmet: set[str] = set()
        self.waiting = 0
        self.turn = asyncio.Lock()

    def known(self, scope: Any) -> str | None:
        """The tenant by whose known key the API is asked."""
        key = scope.headers.get("authorization") if scope.path.startswith(API) else None
        return self.keys.known(key) if key else None

    async def who(self, scope: Any) -> str:
        """A tenant, NOBODY, a session of the pages, or "": who shows neither is one of the anonymous. Raises Busy."""
        if not scope.path.startswith(API):
            return (scope.headers.get("cookie") or "").partition("sessionid=")[2][:32]
        key = scope.headers.get("authorization")
        if not key:
            return ""
        if (tenant := self.keys.known(key)) is None:
            await self._meet(key)
            tenant = self.keys.known(key)
        return tenant or NOBODY

    async def _meet(self, key: str) -> None:
        """Have a key looked up; those that come while others are looked up are looked up next, together."""
        if self.waiting >= WAITING:
            raise Busy
        self.waiting += 1
        self.unmet.add(key)
        try:
            async with self.turn:
                if key in self.unmet:
                    crew, self.unmet = self.unmet, set()
                    await self.threads.run(self.keys.meet, crew)
        finally:
            self.waiting -= 1
