"""Asking a worker for a task, without waiting for a broker that is away.

Nothing depends on its being asked: what is to be done stands in the database, and beat has it looked for.
"""

import threading
import time
from collections.abc import Sequence

from celery import current_app

WITHIN = 1.0
PAUSE = 5.0


class Unreachable(Exception):
    """No worker was asked."""


class _Asking(threading.Thread):
    """One message on its way: a broker that hangs keeps this thread and nobody else."""

    def __init__(self, task: str, args: Sequence[str]) -> None:
        super().__init__(name="ask", daemon=True)
        self.task, self.arguments = task, args
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            current_app.send_task(self.task, list(self.arguments))
        except Exception as error:
            self.error = error


class Broker:
    """What is known of the broker in this process: after a failure nobody tries again for PAUSE seconds."""

    def __init__(self) -> None:
        self.away_until = 0.0

    def ask(self, task: str, args: Sequence[str]) -> None:
        """Have a worker do the task. Raises Unreachable, within a second."""
        if time.monotonic() < self.away_until:
            raise Unreachable("the broker was away a moment ago")
        asking = _Asking(task, args)
        asking.start()
        asking.join(WITHIN)
        if asking.error is None and not asking.is_alive():
            return
        self.away_until = time.monotonic() + PAUSE
        raise Unreachable(str(asking.error or f"the broker was silent for {WITHIN} seconds"))


ask = Broker().ask
