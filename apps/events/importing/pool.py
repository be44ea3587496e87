"""Several portions at a time, each in a process with a connection of its own.

The processes are started anew rather than forked: connections and their pools survive no fork. This module imports
nothing of Django's models, for it is loaded before Django is set up.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from typing import Any

AHEAD = 3
"""Portions for each process that are on their way: so many are held, and so a slow one keeps no process waiting."""


def in_order[T](work: Callable[..., T], calls: Iterable[tuple[Any, ...]], *, processes: int) -> Iterator[T]:
    """What `work(*call)` answers to each, in their order. A lone one is done here: a process takes a second."""
    calls = iter(calls)
    first = list(islice(calls, 2))
    if processes == 1 or len(first) < 2:
        for call in chain(first, calls):
            yield work(*call)
        return
    with _executor(processes) as executor:
        waiting: deque[Future[T]] = deque()
        for call in chain(first, calls):
            waiting.append(executor.submit(work, *call))
            if len(waiting) > AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def _executor(processes: int) -> Iterator[ProcessPoolExecutor]:
    executor = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _begin() -> None:
    """Set Django up, leave Ctrl-C to the process that started this one, and end with it."""
    import django  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
