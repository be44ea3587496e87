"""What holds for every price and every usage, in every currency."""

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.common.money import is_whole, minor_digits, round_money
from apps.plans.left import shared
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import DiscountTerm, FeePeriod, OneOff, rate
from apps.plans.terms import Terms
from tests.plans.cast import OUTCOME, added, price_of, terms_of, tickets

some = settings(max_examples=40, deadline=None)  # a plan takes a while to invent

QUANTITIES = st.decimals(0, 10**6, places=6) | st.integers(0, 300).map(Decimal)
BIG = st.decimals(0, 10**18 - 1, places=12)
AMOUNTS = st.decimals(0, 100, places=6).map(str)
WHOLE = st.integers(0, 500).map(str)
DIMENSIONS = st.sampled_from(["email", "voice", "chat", None])
CATEGORIES = st.sampled_from(["standard", "reduced", "exempt"])


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
LONG = BIG.map(lambda number: f"{number:f}")
BILLIONS = st.integers(0, 10**18 - 1).map(str)
HUGE_TIERS = st.builds(
    lambda bound, first, second, flat: [
        {"up_to": str(bound), "unit_amount": first},
        {"up_to": None, "unit_amount": second, "flat_amount": flat},
    ],
    st.integers(1, 10**18 - 1),
    LONG,
    LONG,
    BILLIONS,
)
HUGE = {
    "unit": st.fixed_dictionaries({"unit_amount": LONG}),
    "graduated": st.fixed_dictionaries({"tiers": HUGE_TIERS}),
    "volume": st.fixed_dictionaries({"tiers": HUGE_TIERS}),
    "stairstep": st.fixed_dictionaries(
        {"tiers": BILLIONS.map(lambda flat: [{"up_to": "1", "flat_amount": "1"}, {"up_to": None, "flat_amount": flat}])}
    ),
    "package": st.fixed_dictionaries(
        {"package_size": st.just("0.000000000001") | st.just("7"), "package_amount": BILLIONS}
    ),
    "percentage": st.fixed_dictionaries({"percent": LONG, "fixed_amount": LONG}),
    "matrix": st.fixed_dictionaries(
        {"amounts": st.dictionaries(st.sampled_from(["email", "voice"]), LONG), "default_amount": LONG}
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
    listed = [{**draw(prices(outcome=code)), **draw(bounds()), "tax_category": draw(CATEGORIES)} for code in codes]
    fees = st.fixed_dictionaries({"amount": WHOLE, "timing": st.just("arrears"), "tax_category": CATEGORIES})
    fee = draw(st.none() | fees)
    return terms_of(*listed, currency=draw(st.sampled_from(["USD", "JPY", "KWD"])), base_fee=fee, **draw(bounds()))


USAGE = st.lists(st.sampled_from("abc").flatmap(rows), max_size=6)
CHARGES = st.lists(st.builds(OneOff, st.just("Set-up"), st.integers(0, 500).map(Decimal), CATEGORIES), max_size=2)
PERCENTS = st.decimals("0.000000000001", 100, places=12)
DISCOUNTS = st.lists(
    st.builds(
        lambda percent, amount, fees, usage: DiscountTerm("Off", percent, None if percent else amount, usage, fees),
        st.none() | PERCENTS,
        st.integers(1, 800).map(Decimal),
        st.booleans(),
        st.booleans(),
    ),
    max_size=3,
)


@st.composite
def invoices(draw):
    """What `rate` takes for a whole invoice: terms, usage and all that modifies them."""
    more = {"trial": draw(st.booleans()), "charges": draw(CHARGES), "discounts": draw(DISCOUNTS)}
    return draw(plans()), draw(USAGE), [FeePeriod()] * draw(st.integers(0, 2)), more


def rated(invoice):
    terms, usage, fees, more = invoice
    return rate(terms, usage, fees, None, **more)


def net(lines):
    return added([line.amount for line in lines])


@some
@given(invoices())
def test_a_whole_invoice_adds_up_and_each_line_is_rounded_once(invoice):
    rating = rated(invoice)
    discounts = [line for line in rating.lines if line.kind == "discount"]
    assert rating.total == net(rating.lines)
    assert rating.discount == -net(discounts)
    assert rating.subtotal == added([rating.total, rating.discount])
    for line in rating.lines:
        assert line.amount_exact == added([step.amount for step in line.breakdown])
        assert line.amount == round_money(line.amount_exact, rating.currency)


@some
@given(invoices())
def test_only_maximums_and_discounts_lower_an_invoice_and_no_part_of_it_falls_below_zero(invoice):
    rating = rated(invoice)
    for line in rating.lines:
        assert line.amount < 0 if line.kind in ("maximum", "discount") else line.amount >= 0
    for category in {line.tax_category for line in rating.lines}:
        assert net(line for line in rating.lines if line.tax_category == category) >= 0
    assert rating.total >= 0


@some
@given(invoices())
def test_a_discount_takes_what_it_says_of_what_is_left_and_no_more(invoice):
    terms, usage, fees, more = invoice
    whole = {**more, "discounts": [replace(one, usage=True, fees=True) for one in more["discounts"]]}
    left = rate(terms, usage, fees, None, **{**whole, "discounts": []}).total
    for count, one in enumerate(whole["discounts"], 1):
        now = rate(terms, usage, fees, None, **{**whole, "discounts": whole["discounts"][:count]}).total
        with localcontext(prec=100):
            exact = left * one.percent / 100 if one.percent else min(one.amount, left)
        assert added([left, -now]) == round_money(exact, terms.currency)
        left = now


@some
@given(invoices())
def test_a_discount_of_fees_leaves_usage_alone(invoice):
    terms, usage, _, more = invoice
    nothing = {**more, "discounts": [replace(one, usage=False, fees=True) for one in more["discounts"]]}
    rating = rate(terms, usage, [], None, **nothing)
    assert not [line for line in rating.lines if line.kind == "discount"]


@some
@given(plans(), USAGE, CHARGES)
def test_a_trial_costs_what_is_charged_once_and_counts_what_was_used(terms, usage, charges):
    trial = rate(terms, usage, [], None, trial=True, charges=charges)
    billed = rate(terms, usage, [], None)
    assert trial.total == added([one.amount for one in charges])
    assert [line.quantity for line in trial.lines if line.kind == "usage"] == [
        line.quantity for line in billed.lines if line.kind == "usage"
    ]


@some
@given(invoices())
def test_every_step_of_an_invoice_can_be_redone_by_hand(invoice):
    for line in rated(invoice).lines:
        for step in line.breakdown:
            with localcontext(prec=100):
                assert step.unit_amount is None or step.quantity * step.unit_amount == step.amount


@some
@given(invoices())
def test_an_invoice_does_not_depend_on_the_decimal_context_around_it(invoice):
    expected = rated(invoice)
    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert rated(invoice) == expected


@given(st.lists(st.integers(0, 10**30), min_size=1, max_size=5).filter(any), st.sampled_from([0, 2, 3]), st.data())
def test_shares_sum_exactly_and_stay_within_a_unit_of_their_proportion(units, digits, data):
    whole = data.draw(st.integers(0, sum(units)))
    with localcontext(prec=100):
        weights, amount = [Decimal(unit).scaleb(-digits) for unit in units], Decimal(whole).scaleb(-digits)
        shares = shared(amount, weights, digits)
        assert sum(shares) == amount
        for share, weight, unit in zip(shares, weights, units, strict=True):
            assert 0 <= share <= weight
            assert abs(int(share.scaleb(digits)) * sum(units) - whole * unit) < sum(units)


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


def less_and_more(data):
    """Usage, and the same with more of it."""
    less = data.draw(st.lists(rows(), max_size=4))
    more = [
        replace(
            row,
            quantity=added([row.quantity, data.draw(QUANTITIES)]),
            value=added([row.value, data.draw(QUANTITIES)]),
            items=row.items + data.draw(st.integers(0, 100)),
        )
        for row in less
    ]
    return less, more + data.draw(st.lists(rows(), max_size=2))


@pytest.mark.parametrize("model", MONOTONE)
@some
@given(data=st.data())
def test_more_usage_never_costs_less(model, data):
    terms = terms_of(data.draw(prices([model])))
    less, more = less_and_more(data)
    assert rate(terms, less, [], None).total <= rate(terms, more, [], None).total


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("model", MONOTONE)
@some
@given(data=st.data())
def test_more_usage_never_makes_an_invoice_cheaper_within_its_bounds_and_after_its_discounts(model, currency, data):
    """Of discounts on the whole: one of usage alone may take more where a maximum leaves more of it."""
    price = {**data.draw(prices([model])), **data.draw(bounds()), "tax_category": data.draw(CATEGORIES)}
    fee = {"amount": data.draw(WHOLE), "timing": "arrears", "tax_category": data.draw(CATEGORIES)}
    terms = terms_of(price, currency=currency, base_fee=fee, **data.draw(bounds()))
    off = [replace(one, usage=True, fees=True) for one in data.draw(DISCOUNTS)]
    totals = [rate(terms, usage, [FeePeriod()], None, discounts=off).total for usage in less_and_more(data)]
    assert totals == sorted(totals)


@given(BIG, st.decimals(0, 10**18 - 1, places=12))
def test_thirty_digits_by_thirty_digits_are_exact(quantity, unit_amount):
    terms = terms_of(price_of("unit", unit_amount=f"{unit_amount:f}"))
    (line,) = rate(terms, [UsageRow(OUTCOME, quantity)], [], None).lines
    with localcontext(prec=100):
        scaled = int(quantity.scaleb(12)) * int(unit_amount.scaleb(12))
        half_up = (2 * scaled + 10**22) // (2 * 10**22)
        assert line.amount == Decimal(half_up).scaleb(-2)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
@pytest.mark.parametrize("model", FIELDS)
@some
@given(data=st.data())
def test_every_model_is_exact_in_every_currency_with_numbers_of_thirty_digits(model, currency, data):
    """The line is the exact sum of its steps, rounded half up by hand."""
    price = {**data.draw(HUGE[model]), **price_of(model, included=f"{data.draw(st.integers(0, 10**17))}")}
    usage = data.draw(st.lists(st.builds(UsageRow, st.just(OUTCOME), BIG, BIG, st.integers(1, 500), DIMENSIONS)))
    line = rate(terms_of(price, currency=currency), usage, [], None).lines[0]
    digits = minor_digits(currency)
    with localcontext(prec=200, rounding="ROUND_FLOOR"):
        exact = sum((step.amount for step in line.breakdown), Decimal(0))
        by_hand = (exact.scaleb(digits) + Decimal("0.5")).to_integral_value().scaleb(-digits)
    assert (line.amount_exact, line.amount) == (exact, by_hand)
    assert line.quantity == added([row.quantity for row in usage])


@some
@given(BIG, st.decimals(0, 100, places=12))
def test_a_discount_of_thirty_digits_is_exact(quantity, percent):
    discount = DiscountTerm("Off", percent=percent)
    rating = rate(terms_of(price_of("unit", unit_amount="1")), [tickets(quantity)], [], None, discounts=[discount])
    cents, parts = int(rating.subtotal.scaleb(2)), int(percent.scaleb(12))
    assert int(rating.discount.scaleb(2)) == (2 * cents * parts + 10**14) // (2 * 10**14)


@some
@given(plans(), USAGE)
def test_a_bill_does_not_depend_on_the_decimal_context_around_it(terms, usage):
    expected = rate(terms, usage, [FeePeriod()], None)
    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert rate(terms, usage, [FeePeriod()], None) == expected
