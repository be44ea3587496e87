"""Days as a customer lives them: half-open periods of local dates, and where a local day begins.

A billing period is a range of dates, never of instants; an instant becomes a date once, by `local_day`.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Names a tz database may list that are not places: an unset clock, and whatever the machine is set to.
_NOT_PLACES = frozenset({"Factory", "localtime"})


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The local dates from `start` up to, but not including, `end`. Never empty (ValueError)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a period must end after it starts: {self.start} to {self.end}")

    def __iter__(self) -> Iterator[date]:
        """Each day in order."""
        return (self.start + timedelta(days=n) for n in range(self.days))

    @property
    def days(self) -> int:
        """How many days it holds, at least 1."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day it holds, as a reader would name its end."""
        return self.end - timedelta(days=1)

    def contains(self, day: date) -> bool:
        """Whether the day lies inside; `end` does not."""
        return self.start <= day < self.end


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_PLACES


def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as "Europe/Berlin". Raises ValueError for any other text."""
    if name not in _zone_names():
        raise ValueError(f"{name!r} is not a time zone of the IANA database")
    return ZoneInfo(name)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """The date a clock in `zone` shows at an aware `instant`. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(zone).date()


@lru_cache(maxsize=4096)
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the local `day`, as an aware datetime in UTC.

    Where the clocks skip midnight, the day begins with the skip; where midnight comes twice, with the first.
    A day that a zone left out altogether (Samoa, 30 December 2011) begins and ends with the next one.
    """
    naive = datetime.combine(day, time.min)
    before, after = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if before.astimezone(zone).replace(tzinfo=None) == naive:
        return before
    # Midnight lies in a gap: the clock jumps over it somewhere between its readings by the later offset and
    # by the earlier one. Clocks change on whole seconds, so search those for the first that shows the day.
    seconds = range(int(after.timestamp()), int(before.timestamp()) + 1)
    jump = bisect_left(seconds, day, key=lambda second: local_day(datetime.fromtimestamp(second, UTC), zone))
    return datetime.fromtimestamp(seconds[jump], UTC)


def month_of(day: date) -> date:
    """The calendar month of a day, written as its first day."""
    return day.replace(day=1)
