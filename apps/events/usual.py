"""The rule by which a silence is told from a night: the same hours of the weeks before. Pure; docs/metering.md has it.

Hours are those of UTC. Two hours in which events usually came must have passed without any, so a clock that was put
forward or back, a batch that is late and traffic that comes once a day raise no false alarm.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
WEEKS = 4
NEEDED = 3
"""Of the weeks before: so one that had a holiday or an outage neither hides a silence nor makes one."""
FEWEST = 10
"""Events that came in the same hours; below that, none may be chance."""
BUSY_HOURS = 2
KEPT = (WEEKS + 1) * WEEK + timedelta(days=1)
"""How far back arrivals are looked at."""


def hour_of(instant: datetime) -> datetime:
    """The hour that an instant lies in."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def silent_hours(last_at: datetime, *, at: datetime) -> list[datetime]:
    """The whole hours between the last arrival and now; of more than a week, the first week's."""
    first = hour_of(last_at) + HOUR
    count = min((hour_of(at) - first) // HOUR, WEEK // HOUR)
    return [first + number * HOUR for number in range(count)]


def usual(counts: Mapping[datetime, int], hours: list[datetime]) -> int | None:
    """How many events at least came in these hours of the weeks before; None where it is usual that none do."""
    busy = []
    for week in range(1, WEEKS + 1):
        came = [count for hour in hours if (count := counts.get(hour - week * WEEK, 0))]
        if sum(came) >= FEWEST and len(came) >= BUSY_HOURS:
            busy.append(sum(came))
    return min(busy) if len(busy) >= NEEDED else None
