"""Doing together what arrives at the same time: whoever comes first does the work of all who came meanwhile.

One thread of a key leads; the others that come while it works wait, and the first of them leads next, for all that wait
then. Where the price is that of the round and not of the pieces, as a transaction's is, many clients with little each
become as cheap as one with much. Databases do the same with their commits.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any


@dataclass(slots=True)
class Waiting[Piece, Result]:
    """A piece of work, and what became of it."""

    piece: Piece
    size: int
    woken: Event = field(default_factory=Event)
    result: Result | None = None
    error: BaseException | None = None
    done: bool = False


class Together[Piece, Result]:
    """Runs `work` over the pieces of a key that wait at the same time, at most `most` of their sizes in a round.

    `work` answers each piece in order. Where it raises, all pieces of the round have failed by its error: `apart` says
    for which errors each is tried alone instead, so that one that is wrong spoils nothing for the others.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Piece]], Sequence[Result]],
        *,
        most: int,
        apart: Callable[[Exception], bool] = lambda error: True,
    ) -> None:
        self._work, self._most, self._apart = work, most, apart
        self._lock = Lock()
        self._queues: dict[Hashable, list[Waiting[Piece, Result]]] = {}

    def do(self, key: Hashable, piece: Piece, *, size: int = 1) -> Result:
        """The result of this piece, done by this thread or by another. Raises what `work` raised for it."""
        mine: Waiting[Piece, Result] = Waiting(piece, size)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = []
            else:
                queue.append(mine)
        if queue is not None:
            mine.woken.wait()
        if not mine.done:
            self._lead(key, mine)
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # it has one: there is no error

    def _lead(self, key: Hashable, mine: Waiting[Piece, Result]) -> None:
        """Do what waits, mine first, and wake its owners; then the next one leads, if there is one."""
        crew = self._muster(key, mine)
        try:
            self._round(crew)
        finally:
            with self._lock:
                queue = self._queues[key]
                successor = queue.pop(0) if queue else None
                if successor is None:
                    del self._queues[key]
            for one in crew:
                one.done = True
            for one in [*crew, *([successor] if successor else [])]:
                one.woken.set()

    def _muster(self, key: Hashable, mine: Waiting[Piece, Result]) -> list[Waiting[Piece, Result]]:
        """My piece, and those that waited longest, as many as a round takes."""
        crew, total = [mine], mine.size
        with self._lock:
            queue = self._queues[key]
            while queue and total + queue[0].size <= self._most:
                total += queue[0].size
                crew.append(queue.pop(0))
        return crew

    def _round(self, crew: Sequence[Waiting[Piece, Result]]) -> None:
        try:
            for one, result in zip(crew, self._work([one.piece for one in crew]), strict=True):
                one.result = result
        except Exception as error:
            if len(crew) > 1 and self._apart(error):
                for one in crew:
                    self._round([one])
            else:
                _fail(crew, error)
        except BaseException as error:
            _fail(crew, error)
            raise


def _fail(crew: Sequence[Waiting[Any, Any]], error: BaseException) -> None:
    for one in crew:
        one.error = error
