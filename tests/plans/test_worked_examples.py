"""What other billing systems' public documentation works out for its readers, worked out by ours: numbers only.

Rows were chosen where the rules agree. Where another system has a rule that ours lacks, the row keeps to the part that
both have, and its comment says so.
"""

from typing import NamedTuple

import pytest

from apps.plans.rating import DiscountTerm, FeePeriod, rate
from tests.plans.cast import price_of, terms_of, tickets


class Example(NamedTuple):
    """Which page, which price, how much was used, and what that page says it costs."""

    source: str
    model: str
    fields: dict[str, object]
    quantity: str
    total: str


def tiers(*rows: tuple[str | None, str, str]) -> dict[str, object]:
    """Tiers as (up to, each, flat)."""
    return {"tiers": [{"up_to": up_to, "unit_amount": each, "flat_amount": flat} for up_to, each, flat in rows]}


def steps(*rows: tuple[str | None, str]) -> dict[str, object]:
    return {"tiers": [{"up_to": up_to, "flat_amount": flat} for up_to, flat in rows]}


STRIPE = "Stripe, Set up tiered pricing"
STRIPE_EARLIER = "Stripe, Tiered pricing (the earlier page)"
FONTS = tiers(("5", "7", "0"), ("10", "6.50", "0"), (None, "6", "0"))
FIVE_TIERS = tiers(("5", "5", "0"), ("10", "4", "0"), ("15", "3", "0"), ("20", "2", "0"), (None, "1", "0"))
SUGER = "Suger, Price model"
STORAGE = tiers(("5", "0.5", "10"), ("10", "0.3", "5"), (None, "0.2", "0"))
ORACLE = "Oracle Banking Virtual Account Management, Examples for tier based amount"
SLABS = steps(("250", "10"), ("500", "20"), (None, "30"))
COUNTS = tiers(("250", "1", "0"), ("500", "2", "0"), (None, "3", "0"))
METRIFOX = "Metrifox, Pricing models"
TWO_TIERS = tiers(("1000", "0.10", "0"), (None, "0.08", "0"))
ZUPLO = "Zuplo, Pricing models"
REQUESTS = tiers(("1000", "0.10", "0"), ("10000", "0.05", "0"), (None, "0.01", "0"))
ORB = "Orb, Price configuration"
BULK = tiers(("10", "0.50", "0"), (None, "0.40", "0"))

EXAMPLES = [
    *(Example(STRIPE_EARLIER, "unit", {"unit_amount": "5"}, *row) for row in [("1", "5.00"), ("6", "30.00")]),
    Example(STRIPE_EARLIER, "unit", {"unit_amount": "5"}, "25", "125.00"),
    Example(ZUPLO, "unit", {"unit_amount": "0.001"}, "100000", "100.00"),
    Example("Flexprice, Flat fee", "unit", {"unit_amount": "0.05"}, "1000", "50.00"),
    Example(STRIPE, "graduated", FONTS, "5", "35.00"),
    Example(STRIPE_EARLIER, "graduated", FIVE_TIERS, "6", "29.00"),
    Example(ZUPLO, "graduated", REQUESTS, "15000", "600.00"),
    Example(METRIFOX, "graduated", TWO_TIERS, "2500", "220.00"),
    Example(
        "Autumn, Graduated pricing",
        "graduated",
        tiers(("1000", "0.01", "0"), ("10000", "0.008", "0"), (None, "0.005", "0")),
        "15000",
        "107.00",
    ),
    # A flat fee for each tier that is entered, as ours. (For 8 the page prints 18.8; its own sum gives 18.4.)
    *(Example(SUGER, "graduated", STORAGE, *row) for row in [("4", "12.00"), ("8", "18.40"), ("15", "20.00")]),
    Example(ORACLE, "graduated", tiers(("250", "0", "10"), ("500", "0", "20"), (None, "0", "30")), "1000", "60.00"),
    Example(ORACLE, "graduated", COUNTS, "1000", "2250.00"),
    *(
        Example(STRIPE, "volume", FONTS, *row)
        for row in [("1", "7.00"), ("5", "35.00"), ("6", "39.00"), ("20", "120.00"), ("25", "150.00")]
    ),
    *(
        Example(STRIPE_EARLIER, "volume", FIVE_TIERS, *row)
        for row in [("1", "5.00"), ("5", "25.00"), ("6", "24.00"), ("20", "40.00"), ("25", "25.00")]
    ),
    Example(ZUPLO, "volume", REQUESTS, "15000", "150.00"),
    Example(METRIFOX, "volume", TWO_TIERS, "2500", "200.00"),
    Example(ORACLE, "volume", COUNTS, "1000", "3000.00"),
    *(
        Example(SUGER, "volume", tiers(("10", "0.50", "5"), (None, "0.40", "0")), *row)
        for row in [("8", "9.00"), ("15", "6.00")]
    ),
    *(Example(ORB, "volume", BULK, *row) for row in [("10", "5.00"), ("101", "40.40")]),
    Example(ORACLE, "stairstep", SLABS, "1000", "30.00"),
    # The page gives the steps (0-50: 0, 51-500: 49) and no quantities; these stand on the steps' bounds.
    *(
        Example("Chargify, Product components", "stairstep", steps(("50", "0"), ("500", "49"), (None, "99")), *row)
        for row in [("50", "0.00"), ("51", "49.00"), ("500", "49.00")]
    ),
    Example("Zuora, Example: flat fee pricing model", "stairstep", steps((None, "99")), "160", "99.00"),
    Example(
        "Lago, Package",
        "package",
        {"package_size": "100", "package_amount": "5", "included": "100"},
        "201",
        "10.00",
    ),
    *(
        Example(SUGER, "package", {"package_size": "5", "package_amount": "5"}, *row)
        for row in [("4", "5.00"), ("6", "10.00")]
    ),
    # The page says how many are billed (4 as 10, 11 as 20); 0.80 is its price of a package.
    *(
        Example(ORB, "package", {"package_size": "10", "package_amount": "0.80"}, *row)
        for row in [("4", "0.80"), ("11", "1.60")]
    ),
    Example(
        "Flexprice, Tiered (package size)",
        "package",
        {"package_size": "1000", "package_amount": "1"},
        "4500",
        "5.00",
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.source}: {one.model} of {one.quantity}")
def test_a_model_costs_what_the_page_says(example):
    terms = terms_of(price_of(example.model, **example.fields))
    assert str(rate(terms, [tickets(example.quantity)], [], None).total) == example.total


def test_a_percentage_and_a_fixed_amount():
    """Lago, Percentage: the fourth transaction, of 50, at 1.2% and 0.10 each.

    Theirs frees the first transactions one by one; ours frees shares of an average. So this is the charged one alone.
    """
    terms = terms_of(price_of("percentage", percent="1.2", fixed_amount="0.10"))
    assert str(rate(terms, [tickets(1, value=tickets(50).quantity, items=1)], [], None).total) == "0.70"


def test_a_price_for_each_value_of_a_dimension():
    """Orb, Price configuration: any call is 3.00, one in the regions alpha or west 2.00. One call in each of three."""
    terms = terms_of(price_of("matrix", amounts={"alpha": "2", "west": "2"}, default_amount="3"))
    calls = [tickets(1, dimension=region) for region in ("alpha", "west", "east")]
    assert str(rate(terms, calls, [], None).total) == "7.00"


def test_a_prices_minimum_adds_what_is_missing():
    """Lago, Spending minimums: 0.010 for each tracked user, a minimum of 100, 50 used: 50 are added.

    Theirs is prorated by days where a cycle is cut; ours is not.
    """
    terms = terms_of(price_of("unit", unit_amount="0.010", minimum="100"))
    rating = rate(terms, [tickets(5000)], [], None)
    assert [str(line.amount) for line in rating.lines] == ["50.00", "50.00"]


@pytest.mark.parametrize(("used", "added"), [("800", ["800.00", "200.00"]), ("1300", ["1300.00"])])
def test_a_monthly_commitment(used, added):
    """Lago, Negotiated contract billing: 1,000 a month at least; 800 used get 200 more, 1,300 stay."""
    rating = rate(terms_of(price_of("unit", unit_amount="1"), minimum="1000"), [tickets(used)], [], None)
    assert [str(line.amount) for line in rating.lines] == added


def test_an_invoices_minimum_counts_the_base_fee():
    """Lago, feature request "Set minimum spend for subscriptions": 50 a month + 3 at 10 each, 100 at least: 20 more."""
    fee = {"amount": "50", "timing": "arrears"}
    terms = terms_of(price_of("unit", unit_amount="10"), base_fee=fee, minimum="100")
    rating = rate(terms, [tickets(3)], [FeePeriod()], None)
    assert [str(line.amount) for line in rating.lines] == ["50.00", "30.00", "20.00"]


def test_a_percentage_off_usage_and_then_an_amount_off_the_rest():
    """Flexprice, Invoice calculation: usage of 80 and a fee of 20; 25% off the usage, then 10 off: 70 before tax."""
    fee = {"amount": "20", "timing": "arrears"}
    terms = terms_of(price_of("unit", unit_amount="1"), base_fee=fee)
    discounts = [
        DiscountTerm("Off usage", percent=tickets(25).quantity, fees=False),
        DiscountTerm("Off all", amount=tickets(10).quantity),
    ]
    rating = rate(terms, [tickets(80)], [FeePeriod()], None, discounts=discounts)
    assert [str(line.amount) for line in rating.lines] == ["20.00", "80.00", "-20.00", "-10.00"]
    assert str(rating.total) == "70.00"


def test_two_discounts_of_ten_per_cent_are_nineteen():
    """Flexprice, Invoice calculation: coupons follow each other, so two of 10% take 19%."""
    ten = DiscountTerm("Ten", percent=tickets(10).quantity)
    rating = rate(terms_of(price_of("unit", unit_amount="1")), [tickets(100)], [], None, discounts=[ten, ten])
    assert str(rating.discount) == "19.00"
