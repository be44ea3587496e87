"""A cycle's lines: their order, the base fee by days, and the bounds."""

from datetime import date

import pytest

from apps.common.periods import Period
from apps.plans.cycles import cycle
from apps.plans.rating import FeePeriod, UsageRow, rate, rate_fees
from tests.plans.cast import OUTCOME, account, bill, price_of, terms_of, tickets, told

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
WHOLE = FeePeriod()
UNIT = price_of("unit", unit_amount="0.99")
FEE = {"amount": "99.00", "timing": "advance"}


def test_the_example_of_the_documentation():
    terms = terms_of(price_of("unit", unit_amount="0.99", included="100"), base_fee=FEE)
    rating = bill(terms, tickets(412), fees=[WHOLE])
    assert account(rating) == [("base_fee", None, "99.00"), ("usage", OUTCOME, "308.88")]
    assert [str(amount) for amount in (rating.subtotal, rating.discount, rating.total)] == [
        "407.88",
        "0.00",
        "407.88",
    ]


def test_lines_stand_in_the_plans_order_whatever_the_order_of_usage():
    terms = terms_of(price_of("unit", "b", unit_amount="1"), price_of("unit", "a", unit_amount="1"))
    rating = bill(terms, UsageRow("a"), UsageRow("b"))
    assert [line.outcome for line in rating.lines] == ["b", "a"]


def test_a_price_has_its_line_without_usage_too():
    assert account(bill(terms_of(UNIT))) == [("usage", OUTCOME, "0.00")]


def test_usage_without_a_price_has_no_line():
    assert account(bill(terms_of(UNIT), UsageRow("meeting"))) == [("usage", OUTCOME, "0.00")]


def test_usage_may_come_in_rows_of_any_grain():
    assert bill(terms_of(UNIT), *[tickets(1)] * 412) == bill(terms_of(UNIT), tickets(412))


def test_a_line_carries_the_period_it_is_for():
    terms = terms_of(UNIT, base_fee=FEE, minimum="500.00")
    december = Period(date(2026, 12, 1), date(2027, 1, 1))
    rating = rate(terms, [], [FeePeriod(december, december)], NOVEMBER)
    assert [line.period for line in rating.lines] == [december, NOVEMBER, NOVEMBER]


@pytest.mark.parametrize(
    ("start", "amount", "text"),
    [
        (date(2026, 11, 1), "99.00", "1 at 99.00 = 99"),
        (date(2026, 11, 16), "49.50", "15 of 30 days at 99.00 = 49.5"),
        (date(2026, 11, 30), "3.30", "1 of 30 days at 99.00 = 3.3"),
        (date(2026, 12, 25), "22.35", "7 of 31 days at 99.00 = 22.354838709677"),
    ],
)
def test_a_base_fee_is_prorated_by_day(start, amount, text):
    first = cycle(start, "month", "calendar", 0)
    (line,) = rate_fees(terms_of(UNIT, base_fee=FEE), [FeePeriod(first.period, first.full)]).lines
    assert (str(line.amount), told(line)) == (amount, [text])


def test_each_fee_period_has_a_line_of_its_own():
    rating = bill(terms_of(base_fee=FEE), fees=[WHOLE, WHOLE])
    assert account(rating) == [("base_fee", None, "99.00"), ("base_fee", None, "99.00")]


def test_a_plan_without_base_fee_has_no_fee_line():
    assert account(bill(terms_of(UNIT), fees=[WHOLE])) == [("usage", OUTCOME, "0.00")]


def test_a_first_advance_fee_stands_alone_outside_the_bounds():
    terms = terms_of(price_of("unit", unit_amount="1", minimum="20.00"), base_fee=FEE, minimum="500.00")
    assert account(rate_fees(terms, [WHOLE])) == [("base_fee", None, "99.00")]


@pytest.mark.parametrize(
    ("quantity", "lines"),
    [
        (0, [("usage", OUTCOME, "0.00"), ("minimum", OUTCOME, "50.00")]),
        (10, [("usage", OUTCOME, "9.90"), ("minimum", OUTCOME, "40.10")]),
        (60, [("usage", OUTCOME, "59.40")]),
        (200, [("usage", OUTCOME, "198.00"), ("maximum", OUTCOME, "-98.00")]),
    ],
)
def test_a_price_is_held_within_its_own_bounds(quantity, lines):
    terms = terms_of(price_of("unit", unit_amount="0.99", minimum="50.00", maximum="100.00"))
    assert account(bill(terms, tickets(quantity))) == lines


@pytest.mark.parametrize(
    ("quantity", "bound"),
    [
        (0, ("minimum", None, "51.00")),
        (50, ("minimum", None, "1.50")),
        (52, None),
        (300, ("maximum", None, "-96.00")),
    ],
)
def test_an_invoice_bounds_base_fee_and_usage_together(quantity, bound):
    terms = terms_of(UNIT, base_fee=FEE, minimum="150.00", maximum="300.00")
    last = account(bill(terms, tickets(quantity), fees=[WHOLE]))[-1]
    assert last == bound if bound else last[0] == "usage"


def test_a_prices_bounds_come_before_the_invoices():
    terms = terms_of(
        price_of("unit", "a", unit_amount="1", maximum="80.00"),
        price_of("unit", "b", unit_amount="1", minimum="5.00"),
        minimum="100.00",
    )
    assert account(bill(terms, UsageRow("a", quantity=tickets(90).quantity))) == [
        ("usage", "a", "90.00"),
        ("maximum", "a", "-10.00"),
        ("usage", "b", "0.00"),
        ("minimum", "b", "5.00"),
        ("minimum", None, "15.00"),
    ]


def test_bounds_are_met_to_the_minor_unit_although_lines_are_rounded():
    # Three lines of 3.335 are 3.34 each: rounded they pass a maximum that the exact amounts just reach.
    prices = [price_of("unit", code, unit_amount="3.335") for code in "abc"]
    rating = bill(terms_of(*prices, maximum="10.00"), *[UsageRow(code, tickets(1).quantity) for code in "abc"])
    assert account(rating)[-1] == ("maximum", None, "-0.02")
    assert str(rating.total) == "10.00"


def test_a_bound_line_says_how_it_came_about():
    terms = terms_of(price_of("unit", unit_amount="0.99", minimum="50"))
    assert told(bill(terms, tickets(10)).lines[-1]) == ["minimum of 50.00 less 9.90 = 40.1"]
