"""docs/forecast.md tells the rule by an example: its figures are those of the code."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.conf import settings

from apps.common.periods import Period
from apps.invoices.forecast import forecast, history

TODAY = date(2026, 11, 23)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
MONDAYS = [8, 12, 8, 12]
MONDAY, FRIDAY = 0, 4


@pytest.fixture(scope="module")
def told() -> dict[str, Decimal]:
    """The example's table: what stands in its left column, and the figure beside it."""
    text = (settings.BASE_DIR / "docs" / "forecast.md").read_text()
    return {name: Decimal(figure) for name, figure in re.findall(r"^\| ([^|]+?) \| ([\d.]+) \|$", text, re.M)}


def counted() -> dict[date, Decimal]:
    """The days that the example describes."""
    mondays = iter(MONDAYS)
    days = [day for day in history(TODAY) if day.weekday() <= FRIDAY]
    return {day: Decimal(next(mondays) if day.weekday() == MONDAY else 10) for day in days}


def test_the_table_has_every_figure(told: dict[str, Decimal]) -> None:
    assert len(told) == 7


def test_what_was_counted(told: dict[str, Decimal]) -> None:
    days = counted()
    assert sum(days.get(day, Decimal(0)) for day in NOVEMBER) == told["counted from 1 to 22 November"]


def test_the_days_left(told: dict[str, Decimal]) -> None:
    assert sum(1 for day in NOVEMBER if day >= TODAY) == told["days left"]


@pytest.mark.parametrize(("figure", "name"), [("expected", "expected total"), ("low", "low"), ("high", "high")])
def test_the_forecast(told: dict[str, Decimal], figure: str, name: str) -> None:
    made = getattr(forecast(counted(), NOVEMBER, TODAY), figure)
    assert round(made, 6) == told[name]


def test_what_is_expected_of_the_days_ahead(told: dict[str, Decimal]) -> None:
    made = forecast(counted(), NOVEMBER, TODAY).expected - told["counted from 1 to 22 November"]
    assert made == told["expected of 23 to 30 November"]


def test_the_deviation_is_what_the_range_is_made_of(told: dict[str, Decimal]) -> None:
    made = forecast(counted(), NOVEMBER, TODAY)
    one_side = (made.high - made.low) / 2
    assert round(one_side / Decimal("1.28") / told["days left"].sqrt(), 6) == told["standard deviation of a day"]
