"""What a cycle will probably count by its end: the weekly rhythm of the last four weeks, carried on.

A day to come is expected to count what the same weekday counted on average; today at least what it has counted
already. The range is the expected total plus and minus 1.28 standard deviations of the daily differences, times the
root of the days that are left: about four of five cycles end inside it, if days vary independently and normally.
docs/forecast.md tells more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext

from apps.common.periods import Period

WEEKS = 4
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
        so_far = sum((counted.get(day, ZERO) for day in cycle), ZERO)
        past = [day for day in history(today) if day >= min(counted, default=today)]
        left = [day for day in cycle if day >= today]
        if not left or not past:
            return Forecast(so_far, so_far, so_far)
        usual = {weekday: _mean(counted, past, weekday) for weekday in range(7)}
        more = sum((max(usual[day.weekday()] - counted.get(day, ZERO), ZERO) for day in left), ZERO)
        spread = SPREAD * _deviation(counted, past, usual) * Decimal(len(left)).sqrt()
        expected = so_far + more
        low, high = max(so_far, expected - spread), expected + spread
        return Forecast(*(figure.quantize(PLACES) for figure in (expected, low, high)))


def _mean(counted: Daily, past: list[date], weekday: int) -> Decimal:
    """What this weekday counted on average; where there was none yet, what a day did."""
    same = [day for day in past if day.weekday() == weekday] or past
    return sum((counted.get(day, ZERO) for day in same), ZERO) / len(same)


def _deviation(counted: Daily, past: list[date], usual: Mapping[int, Decimal]) -> Decimal:
    """The standard deviation of a day's count from its weekday's mean."""
    squares = [(counted.get(day, ZERO) - usual[day.weekday()]) ** 2 for day in past]
    return (sum(squares, ZERO) / len(squares)).sqrt()
