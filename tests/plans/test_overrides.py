"""Overrides: what one customer's terms say instead of the plan's."""

import pytest

from apps.common.reading import InvalidInput
from apps.plans.overrides import apply, read_overrides
from tests.plans.cast import price_of, terms_of

FEE = {"amount": "99.00", "timing": "advance", "tax_category": "software"}
PLAN = terms_of(
    price_of("unit", "ticket", unit_amount="0.99", included="100"),
    price_of("unit", "meeting", unit_amount="7.50"),
    base_fee=FEE,
    minimum="50.00",
    maximum="900.00",
    one_off=[{"name": "Set-up", "amount": "500.00"}],
)


def merged(**overrides: object):
    return apply(PLAN, read_overrides(overrides, PLAN))


def problems(**overrides: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        read_overrides(overrides, PLAN)
    return [(one.path, one.code) for one in caught.value.problems]


def test_nothing_overridden_is_the_plan() -> None:
    assert merged() == PLAN


def test_a_price_takes_the_place_of_the_plans_price_of_its_outcome() -> None:
    terms = merged(prices=[price_of("package", "ticket", package_size="10", package_amount="5.00")])
    assert [(price.outcome, price.model) for price in terms.prices] == [("ticket", "package"), ("meeting", "unit")]


def test_a_price_of_another_outcome_stands_behind_the_plans() -> None:
    terms = merged(prices=[price_of("unit", "call", unit_amount="1")])
    assert [price.outcome for price in terms.prices] == ["ticket", "meeting", "call"]


def test_null_takes_away_and_absence_leaves() -> None:
    terms = merged(base_fee=None, minimum=None, one_off=None)
    assert (terms.base_fee, terms.minimum, terms.one_offs) == (None, None, ())
    assert terms.maximum == PLAN.maximum


def test_what_is_stored_is_canonical_and_holds_no_more_than_was_said() -> None:
    stored = read_overrides({"base_fee": {"amount": 80, "timing": "arrears"}, "maximum": None}, PLAN)
    assert stored == {"base_fee": {"amount": "80.00", "timing": "arrears"}, "maximum": None}
    assert read_overrides(stored, PLAN) == stored


def test_amounts_are_judged_by_the_plans_currency() -> None:
    assert problems(minimum="1.005") == [("minimum", "too_fine")]


def test_bounds_are_judged_together_with_the_plans() -> None:
    assert problems(maximum="10.00") == [("maximum", "below_minimum")]
    assert problems(minimum="1000.00") == [("minimum", "below_minimum")]


def test_all_that_is_wrong_is_said_by_its_path() -> None:
    twice = [price_of("unit", unit_amount=0.5), price_of("free")]
    assert problems(prices=twice, currency="EUR", base_fee={"amount": "1"}) == [
        ("base_fee.timing", "required"),
        ("prices[0].unit_amount", "invalid_number"),
        ("prices[1].model", "unknown_value"),
        ("currency", "unknown_field"),
    ]


@pytest.mark.parametrize("data", [[], "free", 3])
def test_overrides_are_an_object(data: object) -> None:
    with pytest.raises(InvalidInput, match="must be an object"):
        read_overrides(data, PLAN)
