"""Trial, one-offs and discounts, and how what lowers an invoice is shared by tax categories."""

from decimal import Decimal

from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import DiscountTerm, FeePeriod, OneOff, rate, rate_fees
from tests.plans.cast import OUTCOME, account, price_of, terms_of, tickets, told

FEE = {"amount": "99.00", "timing": "advance"}
SETUP = OneOff("Set-up", Decimal(500))


def percent(number: str, name: str = "Autumn", **where: bool) -> DiscountTerm:
    return DiscountTerm(name, percent=Decimal(number), **where)


def off(amount: str, name: str = "Voucher") -> DiscountTerm:
    return DiscountTerm(name, amount=Decimal(amount))


def billed(terms, *usage, trial=False, **more):
    return rate(terms, usage, [] if trial else [FeePeriod()], None, trial=trial, **more)


PLAIN = terms_of(price_of("unit", unit_amount="0.99", included="100"), base_fee=FEE)


def test_in_a_trial_usage_is_shown_and_costs_nothing():
    terms = terms_of(price_of("unit", unit_amount="0.99", minimum="50"), base_fee=FEE, minimum="100")
    rating = billed(terms, tickets(412), trial=True)
    assert account(rating) == [("usage", OUTCOME, "0.00")]
    assert (str(rating.lines[0].quantity), told(rating.lines[0])) == ("412", ["412 in the free trial = 0"])


def test_the_fee_of_the_cycle_after_a_trial_is_billed_with_it():
    assert account(rate(PLAIN, [tickets(412)], [FeePeriod()], None, trial=True))[0] == ("base_fee", None, "99.00")


def test_a_trial_without_usage_has_nothing_to_say():
    assert told(billed(PLAIN, trial=True).lines[0]) == []


def test_a_one_off_is_charged_even_in_a_trial():
    rating = billed(PLAIN, tickets(5), trial=True, charges=[SETUP])
    assert account(rating) == [("usage", OUTCOME, "0.00"), ("one_off", None, "500.00")]


def test_one_offs_stand_behind_the_invoices_bounds_and_outside_them():
    terms = terms_of(price_of("unit", unit_amount="1"), maximum="20.00")
    rating = billed(terms, tickets(30), charges=[SETUP])
    assert account(rating)[1:] == [("maximum", None, "-10.00"), ("one_off", None, "500.00")]
    assert (rating.lines[-1].label, told(rating.lines[-1])) == ("Set-up", ["1 at 500.00 = 500"])


def test_a_percentage_is_taken_from_all_that_is_billed():
    rating = billed(PLAIN, tickets(412), discounts=[percent("20")])
    line = rating.lines[-1]
    assert (line.kind, str(line.amount), line.label) == ("discount", "-81.58", "Autumn")
    assert told(line) == ["20% of 407.88 = -81.576"]
    assert [str(amount) for amount in (rating.subtotal, rating.discount, rating.total)] == ["407.88", "81.58", "326.30"]


def test_a_percentage_may_be_of_usage_or_of_fees_alone():
    assert told(billed(PLAIN, tickets(412), discounts=[percent("10", fees=False)]).lines[-1]) == [
        "10% of 308.88 = -30.888"
    ]
    assert told(billed(PLAIN, tickets(412), discounts=[percent("10", usage=False)]).lines[-1]) == [
        "10% of 99.00 = -9.9"
    ]


def test_discounts_follow_each_other_on_what_is_left():
    rating = billed(PLAIN, tickets(412), discounts=[percent("50"), off("10.00"), percent("50")])
    assert [told(line)[0] for line in rating.lines[2:]] == [
        "50% of 407.88 = -203.94",
        "10.00 off, once a cycle = -10",
        "50% of 193.94 = -96.97",
    ]


def test_a_fixed_discount_takes_no_more_than_is_left():
    rating = billed(PLAIN, discounts=[off("150.00"), off("10.00")])
    assert told(rating.lines[-1]) == ["150.00 off, once a cycle, but no more than the 99.00 left = -99"]
    assert (rating.total, len(rating.lines)) == (0, 3)


def test_amounts_are_told_in_the_currencys_digits_however_they_are_stored():
    stored = OneOff("Set-up", Decimal("500.0000"))
    rating = billed(PLAIN, charges=[stored], discounts=[off("10.0000")])
    assert [told(line) for line in rating.lines[2:]] == [["1 at 500.00 = 500"], ["10.00 off, once a cycle = -10"]]


def test_a_discount_over_two_tax_categories_is_shared_by_largest_remainder():
    terms = terms_of(
        price_of("unit", "a", unit_amount="1"),
        price_of("unit", "b", unit_amount="1", tax_category="reduced"),
    )
    usage = [UsageRow("a", Decimal("66.67")), UsageRow("b", Decimal("33.34"))]
    rating = billed(terms, *usage, discounts=[percent("10")])
    assert [(line.tax_category, str(line.amount)) for line in rating.lines[2:]] == [
        ("standard", "-6.67"),
        ("reduced", "-3.33"),
    ]
    assert told(rating.lines[2]) == ["10% of 100.01; of this the part of 66.67 in 100.01 = -6.67"]


def test_an_invoices_maximum_is_shared_by_the_categories_too():
    terms = terms_of(
        price_of("unit", unit_amount="1", tax_category="reduced"),
        base_fee=FEE,
        maximum="100.00",
    )
    rating = billed(terms, tickets(101))
    assert [(line.kind, line.tax_category, str(line.amount)) for line in rating.lines] == [
        ("base_fee", "standard", "99.00"),
        ("usage", "reduced", "101.00"),
        ("maximum", "standard", "-49.50"),
        ("maximum", "reduced", "-50.50"),
    ]
    assert told(rating.lines[2]) == ["maximum of 100.00 less 200.00; of this the part of 99.00 in 200.00 = -49.5"]


def test_an_invoices_minimum_is_of_the_base_fees_category():
    fee = {**FEE, "tax_category": "software"}
    rating = billed(terms_of(price_of("unit", unit_amount="1"), base_fee=fee, minimum="200.00"))
    assert (rating.lines[-1].kind, rating.lines[-1].tax_category) == ("minimum", "software")


def test_a_minimum_without_base_fee_is_of_the_first_prices_category():
    rating = billed(terms_of(price_of("unit", unit_amount="1", tax_category="reduced"), minimum="200.00"))
    assert rating.lines[-1].tax_category == "reduced"


def test_a_first_invoice_of_fees_has_its_one_offs_and_discounts():
    rating = rate_fees(PLAIN, [FeePeriod()], discounts=[percent("10", usage=False)], charges=[SETUP])
    assert account(rating) == [
        ("base_fee", None, "99.00"),
        ("one_off", None, "500.00"),
        ("discount", None, "-9.90"),
    ]
