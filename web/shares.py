"""Shares: however much one asks, the others find a free thread.

Of the threads of a process one asker (askers.py) has at most a share; his further requests wait in a line of his own,
without a thread, and are let in as his earlier ones end.
"""

import asyncio
from collections import deque

WAITING = 64
"""Requests of one asker that may wait."""


class Busy(Exception):
    """As many requests of this asker wait as may."""


class Shares:
    """Who is in, and who waits. Belongs to one event loop, so that it needs no lock."""

    def __init__(self, share: int) -> None:
        self.share = share
        self.inside: dict[str, int] = {}
        self.lines: dict[str, deque[asyncio.Future[None]]] = {}

    async def enter(self, asker: str) -> None:
        """Return once the asker may use a thread; `leave` must follow. Raises Busy."""
        inside = self.inside.get(asker, 0)
        if inside < self.share:
            self.inside[asker] = inside + 1
            return
        line = self.lines.setdefault(asker, deque())
        if len(line) >= WAITING:
            raise Busy
        turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the turn had come already
                self.leave(asker)
            raise

    def leave(self, asker: str) -> None:
        """Give the place to the next in the asker's line, or back."""
        line = self.lines.get(asker)
        while line:
            turn = line.popleft()
            if not turn.done():  # whoever waited for it may have given up
                turn.set_result(None)
                return
        self.lines.pop(asker, None)
        self.inside[asker] -= 1
        if not self.inside[asker]:
            del self.inside[asker]
