"""What a cycle will probably count by its end: the weekly rhythm of the last four weeks, carried on.

A day to come is expected to count what the same weekday counted on average; today at least what it has counted
already. The range is the expected total plus and minus 1.28 standard deviations of the daily differences, times the
root of the days that are left: about four of five cycles end inside it, if days vary independently and normally.
docs/forecast.md tells more.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from functools import lru_cache
from itertools import cycle as over_and_over
from itertools import islice

from apps.common.periods import Period

WEEKS, WEEK = 4, 7
SPREAD = Decimal("1.28")
PLACES = Decimal("0.000000000001")
ZERO = Decimal(0)
Daily = Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Quantities at the cycle's end."""

    expected: Decimal
    low: Decimal
    high: Decimal


def history(today: date) -> Period:
    """The days whose counts a forecast made on `today` looks at."""
    return Period(today - timedelta(weeks=WEEKS), today)


def forecast(counted: Daily, cycle: Period, today: date) -> Forecast:
    """Forecast one outcome's quantity at the end of the cycle.

    `counted` has the quantity of each day of the cycle and of `history(today)`; a day that is missing counted
    nothing. Days before the first that counted anything say nothing and are left out.
    """
    with localcontext(prec=60):
        so_far = sum((quantity for day, quantity in counted.items() if cycle.contains(day)), ZERO)
        first = max(min(counted, default=today), history(today).start)
        left = _days(max(cycle.start, today), cycle.end)
        if not left or first >= today:
            return Forecast(so_far, so_far, so_far)
        past = [counted.get(day, ZERO) for day in _days(first, today)]
        usual = [_mean(past[number::WEEK] or past) for number in range(WEEK)]
        ahead = zip(left, _weekdays(usual, (left[0] - first).days), strict=False)
        more = sum((max(mean - counted.get(day, ZERO), ZERO) for day, mean in ahead), ZERO)
        spread = SPREAD * _deviation(past, usual) * Decimal(len(left)).sqrt()
        expected = so_far + more
        low, high = max(so_far, expected - spread), expected + spread
        return Forecast(*(figure.quantize(PLACES) for figure in (expected, low, high)))


@lru_cache(maxsize=1024)
def _days(start: date, end: date) -> tuple[date, ...]:
    """The days from `start` up to `end`, kept, since they are those of many customers; none where it is not later."""
    return tuple(Period(start, end)) if start < end else ()


def _weekdays(usual: list[Decimal], number: int) -> Iterator[Decimal]:
    """What each day is expected to count, from the one that is so many days after the first counted."""
    return islice(over_and_over(usual), number % WEEK, None)


def _mean(same: list[Decimal]) -> Decimal:
    """What a weekday counted on average; where there was none yet, what a day did."""
    return sum(same, ZERO) / len(same)


def _deviation(past: list[Decimal], usual: list[Decimal]) -> Decimal:
    """The standard deviation of a day's count from its weekday's mean."""
    differences = [quantity - mean for quantity, mean in zip(past, _weekdays(usual, 0), strict=False)]
    return (sum((one * one for one in differences), ZERO) / len(past)).sqrt()
