"""The clock, read at the edge (views, tasks, commands) and passed inward as `at=`."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def ticks() -> int:
    """Nanoseconds of a clock that only goes forward, whatever is done to the time of day."""
    return time.monotonic_ns()
