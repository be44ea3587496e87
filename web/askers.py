"""Askers: whose a request is, which says where it waits (shares.py, gather.py) and what it may hold (front.py).

A key names its tenant in clear, and whoever knows that name can write it; a session's cookie anybody can make up. So a
request goes by the tenant, or by who is logged in, only where this process knows the key or the session. One that it
has not met is looked up first. All whose keys are nobody's are one asker, and all whose sessions are nobody's another.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Protocol

from web.shares import Busy
from web.threads import Threads

API = "/api/"
NOBODY = "whoever names a key that nobody has"
"""The asker of all requests with keys that are not known; longer than any other's name."""
ANONYMOUS = ""
"""The asker of all requests that show nothing of whose they are, or a session in which nobody is logged in."""
SESSION = "sessionid"
SESSION_LENGTH = 32
WAITING = 256
"""Requests that may wait for their keys, and as many for their sessions, to be looked up."""


class Book(Protocol):
    """What the application says of the keys, or sessions, that requests show."""

    def known(self, shown: str, /) -> str | None:
        """Whose it is, if this process knows that; asks nobody."""

    def meet(self, shown: Iterable[str], /) -> None:
        """Look them up, in a thread; those that live are known from then on."""


class Desk:
    """Tells of one kind whose it is: by its book, and where that does not know it, by looking it up first."""

    def __init__(self, book: Book, threads: Threads) -> None:
        self.book, self.threads = book, threads
        self.unmet: set[str] = set()
        self.waiting = 0
        self.turn = asyncio.Lock()

    async def whose(self, shown: str) -> str | None:
        """Whose it is; None for nobody's. Raises Busy."""
        if (asker := self.book.known(shown)) is None:
            await self._meet(shown)
            asker = self.book.known(shown)
        return asker

    async def _meet(self, shown: str) -> None:
        """Have it looked up; those that come while others are looked up are looked up next, together."""
        if self.waiting >= WAITING:
            raise Busy
        self.waiting += 1
        self.unmet.add(shown)
        try:
            async with self.turn:
                if shown in self.unmet:
                    crew, self.unmet = self.unmet, set()
                    await self.threads.run(self.book.meet, crew)
        finally:
            self.waiting -= 1


class Askers:
    """Tells askers apart. Belongs to one event loop."""

    def __init__(self, keys: Book, sessions: Book, threads: Threads) -> None:
        self.keys, self.sessions = Desk(keys, threads), Desk(sessions, threads)

    def known(self, scope: Any) -> str | None:
        """The tenant by whose known key the API is asked."""
        key = scope.headers.get("authorization") if scope.path.startswith(API) else None
        return self.keys.book.known(key) if key else None

    async def who(self, scope: Any) -> str:
        """A tenant or NOBODY for the API, who is logged in for a page; ANONYMOUS for who shows nothing. Raises Busy."""
        if scope.path.startswith(API):
            key = scope.headers.get("authorization")
            return (await self.keys.whose(key) or NOBODY) if key else ANONYMOUS
        session = _session(scope.headers.get("cookie") or "")
        return (await self.sessions.whose(session) or ANONYMOUS) if session else ANONYMOUS


def _session(cookie: str) -> str:
    """The session that a cookie names, as Django reads it: the last of several; "" for what can't be one."""
    named = dict(part.strip().partition("=")[::2] for part in cookie.split(";"))
    session = named.get(SESSION, "")
    return session if len(session) == SESSION_LENGTH and session.isalnum() and session.isascii() else ""
