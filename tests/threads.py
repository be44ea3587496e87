"""Many at once: each on a thread and a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same moment and return their results in order; the first exception is raised."""
    start = Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        start.wait(timeout=10)
        try:
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        futures = [threads.submit(run, one) for one in work]
        return [future.result(timeout=120) for future in futures]


def times(count: int, work: Callable[[int], Any]) -> Sequence[Any]:
    """`work(0)` to `work(count - 1)`, all at once."""
    return at_once(*[lambda n=n: work(n) for n in range(count)])
