"""Estimates of many cycles at once: by few rows and few steps, and nothing of it changes what they say."""

from datetime import date, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.usage import Sums, added
from apps.invoices.basis import Basis
from apps.invoices.draft import drafted
from apps.invoices.forecast import PLACES, SPREAD, Daily, Forecast, forecast, history
from apps.invoices.live import daily_counts, estimate, forecast_days
from apps.invoices.models import Cycle
from tests.plans.cast import OUTCOME, price_of, terms_of

TODAY = date(2026, 11, 18)
NOVEMBER = Cycle(start=date(2026, 11, 1), end=date(2026, 12, 1))
CENT = Decimal("0.01")
ZERO = Decimal(0)
QUANTITIES = st.decimals(0, 10**4, places=4) | st.integers(0, 30).map(Decimal)
DAYS = st.integers(-30, 20).map(lambda number: TODAY + timedelta(days=number))
BY_CHANNEL = terms_of(
    price_of("matrix", included="7", amounts={"email": "0.333", "voice": "1.99"}, default_amount="0.5")
)


def sums_of(day: date, dimension: str, quantity: Decimal) -> Sums:
    return Sums(OUTCOME, UUID(int=1), 1, "", dimension, day, quantity, ZERO, int(quantity), ZERO, ZERO, ZERO, 1)


USAGE = st.dictionaries(st.tuples(DAYS, st.sampled_from(["email", "voice", ""])), QUANTITIES, max_size=40).map(
    lambda found: [sums_of(day, dimension, quantity) for (day, dimension), quantity in found.items()]
)


@given(USAGE)
def test_a_cycle_costs_by_its_sums_what_it_costs_day_by_day(usage: list[Sums]) -> None:
    own = [one for one in usage if one.day and NOVEMBER.period.contains(one.day)]
    basis = Basis(BY_CHANNEL, NOVEMBER.period)
    assert drafted(basis, tuple(added(own))).rating == drafted(basis, tuple(own)).rating


@given(USAGE)
def test_an_estimate_by_sums_is_that_day_by_day_but_for_the_last_digits(usage: list[Sums]) -> None:
    """What each row grows by is rounded to twelve places: no more than a cent may turn on it."""
    days = forecast_days(NOVEMBER, TODAY)
    counted = daily_counts(one for one in usage if one.day and days.contains(one.day))
    own = [one for one in usage if one.day and NOVEMBER.period.contains(one.day)]
    basis = Basis(BY_CHANNEL, NOVEMBER.period)
    by_day = estimate(NOVEMBER, drafted(basis, tuple(own)), counted, TODAY)
    by_sums = estimate(NOVEMBER, drafted(basis, tuple(added(own))), counted, TODAY)
    for name in ("cycle_end", "low", "high"):
        assert abs(getattr(by_sums, name) - getattr(by_day, name)) <= CENT


@given(
    st.dictionaries(DAYS, QUANTITIES, max_size=40),
    st.integers(-40, 0).map(lambda number: TODAY + timedelta(days=number)),
    st.integers(1, 40),
)
def test_a_forecast_is_what_its_rule_says_day_by_day(counted: Daily, start: date, length: int) -> None:
    days = Period(start, start + timedelta(days=length))
    assert forecast(counted, days, TODAY) == by_the_rule(counted, days)


def by_the_rule(counted: Daily, days: Period) -> Forecast:
    """docs/forecast.md, said as it stands there and with no thought of speed."""
    with exact():
        so_far = sum((counted.get(day, ZERO) for day in days), ZERO)
    past = [day for day in history(TODAY) if day >= min(counted, default=TODAY)]
    left = [day for day in days if day >= TODAY]
    if not left or not past:
        return Forecast(so_far, so_far, so_far)

    def usual(day: date) -> Decimal:
        same = [one for one in past if one.weekday() == day.weekday()] or past
        return sum((counted.get(one, ZERO) for one in same), ZERO) / len(same)

    with localcontext(prec=60):
        expected = so_far + sum((max(usual(day) - counted.get(day, ZERO), ZERO) for day in left), ZERO)
        squares = [(counted.get(day, ZERO) - usual(day)) ** 2 for day in past]
        spread = SPREAD * (sum(squares, ZERO) / len(past)).sqrt() * Decimal(len(left)).sqrt()
        low, high = max(so_far, expected - spread), expected + spread
        return Forecast(*(figure.quantize(PLACES) for figure in (expected, low, high)))
