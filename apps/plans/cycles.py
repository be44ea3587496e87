"""Billing cycles: how a subscription's time is cut into half-open periods of local dates. Pure arithmetic."""

import calendar
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from apps.common.periods import Period

Interval = Literal["month", "quarter", "year"]
Billing = Literal["calendar", "anniversary"]

MONTHS: dict[Interval, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Cycle:
    """One billing period of a subscription.

    `period` is what is billed, `full` the whole interval it is a part of: a base fee is charged for
    `period.days` of `full.days`. They differ in the first calendar cycle and in one that was cut.
    """

    index: int
    period: Period
    full: Period

    def cut(self, end: date) -> "Cycle":
        """The cycle as it is when it stops at `end`, exclusive; a later end leaves it as it is.

        Raises ValueError for an end at or before the cycle's start: nothing of it would be left.
        """
        return replace(self, period=Period(self.period.start, min(end, self.period.end)))


def cycle(start: date, interval: Interval, billing: Billing, index: int, *, trial_end: date | None = None) -> Cycle:
    """Cycle number `index` (from 0) of a subscription that starts on `start`.

    With a trial, cycle 0 is the trial, whole whatever its length, and all others are counted from its end.
    "calendar" cuts at the first of the month, quarter (January, April, July, October) or year.
    "anniversary" cuts on the start's day of the month, or the month's last day where it has no such day; it
    counts from the start each time, so that 31 January, 28 February, 31 March does not drift.
    """
    if index < 0:
        raise ValueError("cycles are counted from 0")
    if trial_end is not None and index == 0:
        return Cycle(0, Period(start, trial_end), Period(start, trial_end))
    if trial_end is not None:
        return replace(cycle(trial_end, interval, billing, index - 1), index=index)
    anchor, months = _anchor(start, interval, billing), MONTHS[interval]
    full = Period(_plus_months(anchor, index * months), _plus_months(anchor, (index + 1) * months))
    return Cycle(index, Period(max(start, full.start), full.end), full)


def cycle_containing(
    start: date, interval: Interval, billing: Billing, day: date, *, trial_end: date | None = None
) -> Cycle:
    """The cycle in which `day` lies. Raises ValueError for a day before the start."""
    if day < start:
        raise ValueError(f"{day} is before the subscription's start, {start}")
    if trial_end is not None and day < trial_end:
        return cycle(start, interval, billing, 0, trial_end=trial_end)
    if trial_end is not None:
        found = cycle_containing(trial_end, interval, billing, day)
        return replace(found, index=found.index + 1)
    anchor = _anchor(start, interval, billing)
    passed = (day.year - anchor.year) * 12 + day.month - anchor.month
    index = passed // MONTHS[interval]
    if _plus_months(anchor, index * MONTHS[interval]) > day:
        index -= 1
    return cycle(start, interval, billing, index)


def _anchor(start: date, interval: Interval, billing: Billing) -> date:
    """The day from which every boundary is counted."""
    if billing == "anniversary":
        return start
    months = MONTHS[interval]
    return date(start.year, (start.month - 1) // months * months + 1, 1)


def _plus_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(day.day, last))
