"""The clock, read at the edge (views, tasks, commands) and passed inward as `at=`."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)
