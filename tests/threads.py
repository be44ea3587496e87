"""Many at once: each on a thread and a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import OperationalError, connection


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same moment and return their results in order; the first exception is raised."""
    start = Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        connect()
        start.wait(timeout=60)
        try:
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        futures = [threads.submit(run, one) for one in work]
        return [future.result(timeout=120) for future in futures]


def connect() -> None:
    """Open this thread's connection, however long a busy machine takes: the pool itself waits for a second only."""
    for attempt in range(30):
        try:
            connection.ensure_connection()
        except OperationalError:
            if attempt == 29:
                raise
        else:
            return


def times(count: int, work: Callable[[int], Any]) -> Sequence[Any]:
    """`work(0)` to `work(count - 1)`, all at once."""
    return at_once(*[lambda n=n: work(n) for n in range(count)])
