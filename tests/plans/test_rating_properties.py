"""What holds for every price and every usage, in every currency."""

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.money import is_whole, minor_digits, round_money
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import FeePeriod, rate
from apps.plans.terms import Terms
from tests.plans.cast import OUTCOME, added, price_of, terms_of

some = settings(max_examples=40, deadline=None)  # a plan takes a while to invent

QUANTITIES = st.decimals(0, 10**6, places=6) | st.integers(0, 300).map(Decimal)
BIG = st.decimals(0, 10**18 - 1, places=12)
AMOUNTS = st.decimals(0, 100, places=6).map(str)
WHOLE = st.integers(0, 500).map(str)
DIMENSIONS = st.sampled_from(["email", "voice", "chat", None])


@st.composite
def tiers(draw, stairs=False):
    """Two to four tiers; the flat amounts of stairs ascend, as those of a sane plan do."""
    bounds = sorted(draw(st.sets(st.integers(1, 300), min_size=1, max_size=3)))
    ups = [*map(str, bounds), None]
    flats = [draw(st.integers(0, 500)) for _ in ups]
    if stairs:
        return [{"up_to": up, "flat_amount": str(flat)} for up, flat in zip(ups, sorted(flats), strict=True)]
    return [
        {"up_to": up, "flat_amount": str(flat), "unit_amount": draw(AMOUNTS)}
        for up, flat in zip(ups, flats, strict=True)
    ]


FIELDS = {
    "unit": st.fixed_dictionaries({"unit_amount": AMOUNTS}),
    "graduated": st.fixed_dictionaries({"tiers": tiers()}),
    "volume": st.fixed_dictionaries({"tiers": tiers()}),
    "stairstep": st.fixed_dictionaries({"tiers": tiers(stairs=True)}),
    "package": st.fixed_dictionaries({"package_size": st.integers(1, 50).map(str), "package_amount": WHOLE}),
    "percentage": st.fixed_dictionaries({"percent": AMOUNTS, "fixed_amount": AMOUNTS}),
    "matrix": st.fixed_dictionaries(
        {"amounts": st.dictionaries(st.sampled_from(["email", "voice"]), AMOUNTS), "default_amount": AMOUNTS}
    ),
}
MONOTONE = [model for model in FIELDS if model != "volume"]


def prices(models=tuple(FIELDS), outcome=OUTCOME):
    """A price of one of the models, with or without included units."""
    return st.one_of(
        *(
            st.builds(
                lambda fields, included, model=model: price_of(model, outcome, included=included, **fields),
                FIELDS[model],
                st.integers(0, 200).map(str),
            )
            for model in models
        )
    )


def rows(outcome=OUTCOME, quantities=QUANTITIES):
    """One row of usage in which every item has a quantity."""
    return st.builds(UsageRow, st.just(outcome), quantities, QUANTITIES, st.integers(1, 500), DIMENSIONS)


@st.composite
def bounds(draw):
    """A minimum not above the maximum, each of them or neither."""
    low, more = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    return {
        "minimum": draw(st.sampled_from([None, low])),
        "maximum": draw(st.sampled_from([None, low + more])),
    }


@st.composite
def plans(draw):
    """A plan of up to three prices in one of three currencies."""
    codes = draw(st.sampled_from(["a", "ab", "abc"]))
    listed = [{**draw(prices(outcome=code)), **draw(bounds())} for code in codes]
    fee = draw(st.none() | st.fixed_dictionaries({"amount": WHOLE, "timing": st.just("arrears")}))
    return terms_of(*listed, currency=draw(st.sampled_from(["USD", "JPY", "KWD"])), base_fee=fee, **draw(bounds()))


USAGE = st.lists(st.sampled_from("abc").flatmap(rows), max_size=6)


@some
@given(plans(), USAGE)
def test_each_line_is_its_steps_summed_and_rounded_once(terms, usage):
    for line in rate(terms, usage, [FeePeriod()], None).lines:
        assert line.amount_exact == added([step.amount for step in line.breakdown])
        assert line.amount == round_money(line.amount_exact, terms.currency)
        assert -line.amount.as_tuple().exponent == minor_digits(terms.currency)


@some
@given(plans(), USAGE)
def test_each_step_can_be_redone_by_hand(terms, usage):
    for line in rate(terms, usage, [FeePeriod()], None).lines:
        for step in line.breakdown:
            with localcontext(prec=100):
                assert step.unit_amount is None or step.quantity * step.unit_amount == step.amount


@some
@given(plans(), USAGE)
def test_lines_add_up_and_the_total_keeps_within_the_bounds(terms, usage):
    rating = rate(terms, usage, [FeePeriod()], None)
    assert rating.total == rating.subtotal == added([line.amount for line in rating.lines])
    assert is_whole(rating.total, terms.currency)
    assert terms.minimum is None or rating.total >= terms.minimum
    assert terms.maximum is None or rating.total <= terms.maximum


@some
@given(plans(), USAGE)
def test_usage_lines_are_never_negative_and_there_is_one_for_each_price(terms, usage):
    lines = [line for line in rate(terms, usage, [], None).lines if line.kind == "usage"]
    assert [line.outcome for line in lines] == [price.outcome for price in terms.prices]
    assert all(line.amount >= 0 for line in lines)


@some
@given(plans(), USAGE, st.randoms())
def test_the_order_in_which_usage_arrived_changes_nothing(terms, usage, random):
    shuffled = random.sample(usage, len(usage))
    assert rate(terms, usage, [], None) == rate(terms, shuffled, [], None)


@some
@given(plans(), USAGE)
def test_terms_come_back_from_json_as_the_same_bill(terms, usage):
    again = Terms.from_json(terms.to_json())
    assert again == terms
    assert rate(again, usage, [], None) == rate(terms, usage, [], None)


@pytest.mark.parametrize("model", MONOTONE)
@some
@given(data=st.data())
def test_more_usage_never_costs_less(model, data):
    terms = terms_of(data.draw(prices([model])))
    less = data.draw(st.lists(rows(), max_size=4))
    more = [
        replace(
            row,
            quantity=added([row.quantity, data.draw(QUANTITIES)]),
            value=added([row.value, data.draw(QUANTITIES)]),
            items=row.items + data.draw(st.integers(0, 100)),
        )
        for row in less
    ] + data.draw(st.lists(rows(), max_size=2))
    assert rate(terms, less, [], None).total <= rate(terms, more, [], None).total


@given(BIG, st.decimals(0, 10**18 - 1, places=12))
def test_thirty_digits_by_thirty_digits_are_exact(quantity, unit_amount):
    terms = terms_of(price_of("unit", unit_amount=f"{unit_amount:f}"))
    (line,) = rate(terms, [UsageRow(OUTCOME, quantity)], [], None).lines
    with localcontext(prec=100):
        scaled = int(quantity.scaleb(12)) * int(unit_amount.scaleb(12))
        half_up = (2 * scaled + 10**22) // (2 * 10**22)
        assert line.amount == Decimal(half_up).scaleb(-2)


@some
@given(plans(), USAGE)
def test_a_bill_does_not_depend_on_the_decimal_context_around_it(terms, usage):
    expected = rate(terms, usage, [FeePeriod()], None)
    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert rate(terms, usage, [FeePeriod()], None) == expected
