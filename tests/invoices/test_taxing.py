"""The taxes of a document's lines: bases add up, and what lowers the whole lowers every rate's base."""

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import amount_text, minor_digits
from apps.invoices.taxing import totals, with_rates
from apps.taxes.tax import Rate

TODAY, JULY = date(2026, 7, 1), date(2026, 7, 1)
CATEGORIES = ("standard", "books", "both")


def choose(category: str, day: date) -> tuple[Rate, ...]:
    """19%, from July on 16%; books 7%; two taxes on the last."""
    if category == "books":
        return (Rate("VAT", Decimal(7)),)
    if category == "both":
        return (Rate("GST", Decimal(5)), Rate("QST", Decimal("9.975")))
    return (Rate("VAT", Decimal(19 if day < JULY else 16)),)


def line(kind: str, amount: str, last: str = "2026-06-30", category: str = "standard") -> dict[str, Any]:
    outcome = "resolved_ticket" if kind == "usage" else None
    return {"kind": kind, "outcome": outcome, "amount": amount, "period": {"last": last}, "tax_category": category}


def taxed(*lines: dict[str, Any], currency: str = "EUR") -> dict[str, Any]:
    return totals(with_rates(lines, choose, TODAY), currency)


def bases(*lines: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["rate"], one["base"], one["amount"]) for one in taxed(*lines)["taxes"]]


FEE = line("base_fee", "60.00", "2026-07-31")
USAGE = line("usage", "40.00")


def test_a_discount_lowers_the_base_of_its_category_only() -> None:
    books = line("usage", "10.00", category="books")
    assert bases(USAGE, books, line("discount", "-4.00", category="books")) == [
        ("19", "40.00", "7.60"),
        ("7", "6.00", "0.42"),
    ]


def test_over_two_rates_a_discount_is_shared_by_what_each_has() -> None:
    assert bases(FEE, USAGE, line("discount", "-10.00")) == [("16", "54.00", "8.64"), ("19", "36.00", "6.84")]


def test_a_discount_on_usage_alone_lowers_the_base_of_the_rate_of_usage() -> None:
    on_usage = line("discount", "-10.00") | {"takes_from": ["usage"]}
    assert bases(FEE, USAGE, on_usage) == [("16", "60.00", "9.60"), ("19", "30.00", "5.70")]


def test_what_is_discounted_whole_has_no_tax() -> None:
    free = taxed(FEE, USAGE, line("discount", "-100.00"))
    assert (free["taxes"], free["tax"], free["total"]) == ([], "0.00", "0.00")


def test_the_maximum_of_the_invoice_is_shared_alike() -> None:
    assert bases(FEE, USAGE, line("maximum", "-50.00")) == [("16", "30.00", "4.80"), ("19", "20.00", "3.80")]


def test_a_one_off_is_taxed_as_of_the_day_of_issue() -> None:
    assert bases(line("one_off", "100.00", "2026-06-30")) == [("16", "100.00", "16.00")]


def test_each_line_names_its_rates() -> None:
    lines = with_rates([FEE, USAGE, line("discount", "-10.00")], choose, TODAY)
    assert [[one["rate"] for one in each["taxes"]] for each in lines] == [["16"], ["19"], ["16", "19"]]


def test_an_untaxed_invoice_is_its_net() -> None:
    lines = with_rates([FEE, USAGE], lambda category, day: (), TODAY)
    assert totals(lines, "EUR")["total"] == "100.00"


@st.composite
def documents(draw: Any) -> tuple[str, list[dict[str, Any]]]:
    """Lines of several categories and rates, and discounts that never take more than there is."""
    currency = draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    digits = minor_digits(currency)

    def text(units: int) -> str:
        return amount_text(Decimal(units).scaleb(-digits), currency)

    lines, left = [], dict.fromkeys(CATEGORIES, 0)
    for _ in range(draw(st.integers(1, 6))):
        category, units = draw(st.sampled_from(CATEGORIES)), draw(st.integers(0, 10**9))
        last = draw(st.sampled_from(["2026-06-30", "2026-07-31"]))
        left[category] += units
        lines.append(line(draw(st.sampled_from(["base_fee", "usage", "one_off"])), text(units), last, category))
    for category in CATEGORIES:
        for kind in draw(st.lists(st.sampled_from(["discount", "maximum"]), max_size=2)):
            taken = draw(st.integers(0, left[category]))
            left[category] -= taken
            lines.append(line(kind, text(-taken), category=category))
    return currency, lines


@given(documents())
def test_totals_add_up_and_no_base_falls_below_nought(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    currency, lines = drawn
    sums = taxed(*lines, currency=currency)
    figures = {name: Decimal(sums[name]) for name in ("subtotal", "discount", "tax", "total")}
    assert figures["total"] == figures["subtotal"] - figures["discount"] + figures["tax"]
    assert figures["tax"] == sum(Decimal(one["amount"]) for one in sums["taxes"])
    assert all(Decimal(one["base"]) > 0 for one in sums["taxes"])


@given(documents())
def test_bases_add_up_to_the_net_of_what_is_taxed(drawn: tuple[str, list[dict[str, Any]]]) -> None:
    currency, lines = drawn
    net = sum(Decimal(one["amount"]) for one in lines)
    once = [one for one in taxed(*lines, currency=currency)["taxes"] if one["name"] != "QST"]
    assert sum(Decimal(one["base"]) for one in once) == net
