"""Gathering: small requests of one asker that come while others of his are answered go next, all in one thread.

Where the price is that of the round and not of the request, as that of a thread's turn and of a transaction is, many
clients with little each become as cheap as one with much. Nobody waits for company: who comes alone is answered alone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from web.shares import Busy, Shares
from web.threads import Headers, Threads, headers_of

SMALL = 16 * 1024
"""Bytes of a body that is gathered; a larger one gains nothing."""
MOST = 256 * 1024
"""Bytes of bodies that are answered in one go."""
WAITING = 256
"""Requests of one asker that may wait."""


class Asked(NamedTuple):
    """A request: its headers as `headers_of` gives them, its query and its body."""

    headers: Mapping[str, str]
    query: str
    body: bytes


type Answered = tuple[int, Headers, bytes]
type Answer = Callable[[Sequence[Asked]], Sequence[Answered]]


@dataclass(slots=True)
class Waiting:
    """A request, where its answer goes, and what ends once it has gone out."""

    asked: Asked
    proto: Any
    done: asyncio.Future[None]


class Gathering:
    """Those who wait, by asker. Belongs to one event loop; `answer` is called in a thread."""

    def __init__(self, answer: Answer, threads: Threads, shares: Shares) -> None:
        self.answer, self.threads, self.shares = answer, threads, shares
        self.lines: dict[str, deque[Waiting]] = {}

    async def join(self, asker: str, scope: Any, proto: Any, body: bytes) -> None:
        """Return once the request is answered; whoever finds no line serves the one that forms behind him, too.

        Raises Busy, and what goes wrong in `answer`.
        """
        done = asyncio.get_running_loop().create_future()
        waiting = Waiting(Asked(headers_of(scope), scope.query_string, body), proto, done)
        line = self.lines.get(asker)
        if line is None:
            self.lines[asker] = deque([waiting])
            await self._serve(asker)
        elif len(line) >= WAITING:
            raise Busy
        else:
            line.append(waiting)
        await done

    async def _serve(self, asker: str) -> None:
        """Answer the asker's line until nobody is in it; he uses one of his share of the threads for it."""
        line = self.lines[asker]
        while line:
            try:
                await self.shares.enter(asker)
            except Busy as busy:
                _end(_muster(line), busy)
                continue
            crew = _muster(line)
            try:
                await self.threads.run(self._answer, crew)
            except BaseException as error:  # which is what a library in Rust raises that panics
                _end(crew, error)
            else:
                _end(crew)
            finally:
                self.shares.leave(asker)
        del self.lines[asker]

    def _answer(self, crew: Sequence[Waiting]) -> None:
        answers = self.answer([one.asked for one in crew])
        for one, (status, headers, content) in zip(crew, answers, strict=True):
            one.proto.response_bytes(status, headers, content)


def _muster(line: deque[Waiting]) -> list[Waiting]:
    """The first of the line, and those behind him whose bodies are not too much in all."""
    crew = [line.popleft()]
    total = len(crew[0].asked.body)
    while line and (total := total + len(line[0].asked.body)) <= MOST:
        crew.append(line.popleft())
    return crew


def _end(crew: Sequence[Waiting], error: BaseException | None = None) -> None:
    """Tell each that he is answered, or why he is not; whose client has gone may have given up."""
    for one in crew:
        if one.done.done():
            continue
        if error is None:
            one.done.set_result(None)
        else:
            one.done.set_exception(error)
