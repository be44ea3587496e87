"""A plan version's terms: what is read, what is refused and where, and their canonical form."""

from decimal import Decimal

import pytest

from apps.common.reading import InvalidInput
from apps.plans.terms import Terms
from tests.plans.cast import price_of

GROWTH = {
    "currency": "USD",
    "interval": "month",
    "base_fee": {"amount": "99.00", "timing": "advance"},
    "minimum": None,
    "maximum": "5000.00",
    "prices": [
        {
            "outcome": "resolved_ticket",
            "model": "unit",
            "included": "100",
            "minimum": "10.00",
            "maximum": None,
            "unit_amount": "0.99",
        },
        {
            "outcome": "a",
            "model": "graduated",
            "included": "0",
            "minimum": None,
            "maximum": None,
            "tiers": [
                {"up_to": "1000", "unit_amount": "0.99", "flat_amount": "0.00"},
                {"up_to": None, "unit_amount": "0.79", "flat_amount": "5.00"},
            ],
        },
        {
            "outcome": "b",
            "model": "volume",
            "included": "0",
            "minimum": None,
            "maximum": None,
            "tiers": [{"up_to": None, "unit_amount": "0.000000000001", "flat_amount": "0.00"}],
        },
        {
            "outcome": "c",
            "model": "stairstep",
            "included": "0.5",
            "minimum": None,
            "maximum": None,
            "tiers": [{"up_to": "100", "flat_amount": "50.00"}, {"up_to": None, "flat_amount": "80.00"}],
        },
        {
            "outcome": "d",
            "model": "package",
            "included": "0",
            "minimum": None,
            "maximum": None,
            "package_size": "100",
            "package_amount": "10.00",
        },
        {
            "outcome": "e",
            "model": "percentage",
            "included": "0",
            "minimum": None,
            "maximum": None,
            "percent": "2.5",
            "fixed_amount": "0.1",
        },
        {
            "outcome": "f",
            "model": "matrix",
            "included": "0",
            "minimum": None,
            "maximum": None,
            "amounts": {"email": "0.99", "voice": "1.99"},
            "default_amount": "0.99",
        },
    ],
}


def problems(**changes: object) -> list[tuple[str, str]]:
    """What is wrong with the terms once these fields are changed, as (path, code)."""
    with pytest.raises(InvalidInput) as caught:
        Terms.from_json({**GROWTH, **changes})
    return [(problem.path, problem.code) for problem in caught.value.problems]


def wrong_price(model: str, **fields: object) -> list[tuple[str, str]]:
    """What is wrong with one price, its path cut to the field."""
    found = problems(prices=[price_of(model, **fields)])
    return [(path.removeprefix("prices[0]."), code) for path, code in found]


def test_canonical_terms_come_out_as_they_went_in():
    assert Terms.from_json(GROWTH).to_json() == GROWTH


def test_terms_that_are_written_and_read_again_are_the_same_terms():
    loose = {
        "currency": "JPY",
        "interval": "year",
        "prices": [
            {
                "outcome": "f",
                "model": "matrix",
                "amounts": {"voice": 2, "email": "1.50"},
                "default_amount": "0",
            },
            {"outcome": "e", "model": "percentage", "percent": "2.50"},
            {"outcome": "b", "model": "volume", "tiers": [{"unit_amount": "1.10"}]},
        ],
    }
    terms = Terms.from_json(loose)
    assert Terms.from_json(terms.to_json()) == terms


def test_only_currency_and_interval_are_required():
    assert Terms.from_json({"currency": "USD", "interval": "quarter"}) == Terms("USD", "quarter")
    assert problems(currency=None, interval=None) == [("currency", "required"), ("interval", "required")]


EXTENDED = {
    **GROWTH,
    "base_fee": {**GROWTH["base_fee"], "tax_category": "software"},
    "prices": [{**GROWTH["prices"][0], "tax_category": "support"}],
    "trial_days": 14,
    "one_off": [
        {"name": "Set-up", "amount": "500.00"},
        {"name": "Training", "amount": "250.00", "tax_category": "training"},
    ],
}


def test_trial_one_offs_and_tax_categories_come_out_as_they_went_in():
    assert Terms.from_json(EXTENDED).to_json() == EXTENDED


def test_what_says_nothing_is_not_written():
    silent = {"trial_days": 0, "one_off": [], "base_fee": {**GROWTH["base_fee"], "tax_category": "standard"}}
    assert Terms.from_json({**GROWTH, **silent}).to_json() == GROWTH


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"trial_days": 731}, ("trial_days", "out_of_range")),
        ({"trial_days": -1}, ("trial_days", "out_of_range")),
        ({"trial_days": "14"}, ("trial_days", "wrong_type")),
        ({"one_off": {}}, ("one_off", "not_a_list")),
        ({"one_off": [{"name": "Set-up"}]}, ("one_off[0].amount", "required")),
        ({"one_off": [{"name": "Set-up", "amount": "-1"}]}, ("one_off[0].amount", "negative")),
        ({"one_off": [{"name": " ", "amount": "1"}]}, ("one_off[0].name", "length")),
        ({"one_off": [{"name": "a", "amount": "1", "once": True}]}, ("one_off[0].once", "unknown_field")),
        ({"one_off": [{"name": "a", "amount": "1", "tax_category": 7}]}, ("one_off[0].tax_category", "invalid_code")),
    ],
)
def test_what_is_wrong_with_trial_and_one_offs_is_said_with_its_path(changes, found):
    assert problems(**changes) == [found]


def test_amounts_are_held_with_the_currencys_digits_so_that_breakdowns_read_well():
    terms = Terms.from_json({**GROWTH, "prices": [price_of("unit", unit_amount="0.5")]})
    assert str(terms.prices[0].unit_amount) == "0.50"


@pytest.mark.parametrize("data", [None, [], "USD", 3])
def test_terms_are_an_object(data):
    with pytest.raises(InvalidInput, match="body: must be an object"):
        Terms.from_json(data)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"currency": "ABC"}, ("currency", "unknown_currency")),
        ({"currency": 5}, ("currency", "unknown_currency")),
        ({"interval": "week"}, ("interval", "unknown_value")),
        ({"interval": ["month"]}, ("interval", "unknown_value")),
        ({"trial": True}, ("trial", "unknown_field")),
        ({"minimum": "0.001"}, ("minimum", "too_fine")),
        ({"minimum": "-1"}, ("minimum", "negative")),
        ({"minimum": 1.5}, ("minimum", "invalid_number")),
        ({"minimum": "6000.00"}, ("maximum", "below_minimum")),
        ({"base_fee": "99.00"}, ("base_fee", "not_an_object")),
        ({"base_fee": {"amount": "99.005", "timing": "advance"}}, ("base_fee.amount", "too_fine")),
        ({"base_fee": {"amount": "99.00", "timing": "later"}}, ("base_fee.timing", "unknown_value")),
        ({"base_fee": {"amount": "99.00", "timing": "advance", "tax": 1}}, ("base_fee.tax", "unknown_field")),
        ({"prices": {}}, ("prices", "not_a_list")),
        ({"prices": ["unit"]}, ("prices[0]", "not_an_object")),
        ({"prices": [price_of("free")]}, ("prices[0].model", "unknown_value")),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_with_its_path(changes, found):
    assert found in problems(**changes)


@pytest.mark.parametrize(
    ("model", "fields", "found"),
    [
        ("unit", {}, ("unit_amount", "required")),
        ("unit", {"unit_amount": 0.99}, ("unit_amount", "invalid_number")),
        ("unit", {"unit_amount": "0.1234567890123"}, ("unit_amount", "invalid_number")),
        ("unit", {"unit_amount": "-1"}, ("unit_amount", "negative")),
        ("unit", {"unit_amount": "1", "included": "-1"}, ("included", "negative")),
        ("unit", {"unit_amount": "1", "minimum": "0.001"}, ("minimum", "too_fine")),
        ("unit", {"unit_amount": "1", "minimum": "2", "maximum": "1"}, ("maximum", "below_minimum")),
        ("unit", {"unit_amount": "1", "tiers": []}, ("tiers", "unknown_field")),
        ("unit", {"unit_amount": "1", "outcome": "two words"}, ("outcome", "invalid_code")),
        ("graduated", {}, ("tiers", "required")),
        ("graduated", {"tiers": []}, ("tiers", "required")),
        ("volume", {"tiers": "none"}, ("tiers", "not_a_list")),
        ("stairstep", {"tiers": [{"up_to": None}]}, ("tiers[0].flat_amount", "required")),
        ("package", {"package_size": "0", "package_amount": "1"}, ("package_size", "not_positive")),
        ("package", {"package_size": "5", "package_amount": "0.001"}, ("package_amount", "too_fine")),
        ("percentage", {"percent": "-2"}, ("percent", "negative")),
        ("percentage", {"percent": "2", "included": "0.5"}, ("included", "not_whole")),
        ("matrix", {"amounts": {"email": 0.5}, "default_amount": "1"}, ("amounts.email", "invalid_number")),
        ("matrix", {"amounts": {}}, ("default_amount", "required")),
        ("matrix", {"default_amount": "1"}, ("amounts", "required")),
    ],
)
def test_what_is_wrong_with_a_price_is_the_only_thing_said_of_it(model, fields, found):
    assert wrong_price(model, **fields) == [found]


def tier(up_to: object, **amounts: object) -> dict[str, object]:
    return {"up_to": up_to, "unit_amount": "1", **amounts}


@pytest.mark.parametrize(
    ("tiers", "found"),
    [
        ([tier("10")], ("tiers[0].up_to", "closed")),
        ([tier(None), tier(None)], ("tiers[0].up_to", "required")),
        ([tier("10"), tier("10"), tier(None)], ("tiers[1].up_to", "not_ascending")),
        ([tier("10"), tier("5"), tier(None)], ("tiers[1].up_to", "not_ascending")),
        ([tier("0"), tier(None)], ("tiers[0].up_to", "not_positive")),
        ([tier(10.5), tier(None)], ("tiers[0].up_to", "invalid_number")),
        ([tier(None, flat_amount="0.005")], ("tiers[0].flat_amount", "too_fine")),
        ([tier(None, price="1")], ("tiers[0].price", "unknown_field")),
    ],
)
def test_tiers_ascend_and_the_last_alone_is_open(tiers, found):
    assert wrong_price("graduated", tiers=tiers) == [found]


def test_a_stair_has_no_unit_amount():
    found = wrong_price("stairstep", tiers=[{"up_to": None, "flat_amount": "1", "unit_amount": "1"}])
    assert found == [("tiers[0].unit_amount", "unknown_field")]


def test_an_outcome_has_one_price_at_most():
    twice = [price_of("unit", unit_amount="1"), price_of("package", package_size="1", package_amount="1")]
    assert problems(prices=twice) == [("prices[1].outcome", "duplicate")]


def test_all_that_is_wrong_is_said_at_once():
    assert problems(minimum="x", prices=[price_of("unit"), price_of("matrix", "b", amounts=[])]) == [
        ("minimum", "invalid_number"),
        ("prices[0].unit_amount", "required"),
        ("prices[1].amounts", "not_an_object"),
        ("prices[1].default_amount", "required"),
    ]


@pytest.mark.parametrize(("currency", "finest"), [("JPY", "1"), ("USD", "0.01"), ("KWD", "0.001")])
def test_whole_amounts_go_down_to_the_currencys_minor_unit(currency, finest):
    fee = {"amount": finest, "timing": "arrears"}
    terms = Terms.from_json({"currency": currency, "interval": "month", "base_fee": fee})
    assert terms.base_fee.amount == Decimal(finest)
    with pytest.raises(InvalidInput, match=f"as {currency} has"):
        Terms.from_json({"currency": currency, "interval": "month", "minimum": plain_tenth(finest)})


def plain_tenth(amount: str) -> str:
    return format(Decimal(amount) / 10, "f")
