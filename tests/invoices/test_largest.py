"""Whatever is accepted can be invoiced: numbers of the most digits that are taken, in every price model."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import exact
from apps.common.periods import Period
from apps.invoices.close import Closed, close_tenant
from apps.invoices.exports.journal import JOURNAL
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.models.fields import MONEY_DIGITS
from apps.invoices.taxing import totals
from apps.invoices.void import void_outcome
from apps.plans.discounts import DiscountTerm
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import FeePeriod, Line, rate
from apps.plans.terms import Terms
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

LARGEST = "999999999999999999.999999999999"
WHOLE = "999999999999999999"
SMALLEST = "0.000000000001"
CENTS = f"{WHOLE}.99"
TIERS = [
    {"up_to": SMALLEST, "unit_amount": LARGEST, "flat_amount": CENTS},
    {"up_to": None, "unit_amount": LARGEST, "flat_amount": CENTS},
]
STAIRS = [{"up_to": SMALLEST, "flat_amount": CENTS}, {"up_to": None, "flat_amount": CENTS}]
MODELS: dict[str, dict[str, Any]] = {
    "unit": {"unit_amount": LARGEST},
    "graduated": {"tiers": TIERS},
    "volume": {"tiers": TIERS},
    "stairstep": {"tiers": STAIRS},
    "package": {"package_size": SMALLEST, "package_amount": CENTS},
    "percentage": {"percent": LARGEST, "fixed_amount": LARGEST},
    "matrix": {"amounts": {"email": LARGEST}, "default_amount": LARGEST},
}
EVENTS = 10**12
"""More than a customer can send in a cycle: thirty thousand a second for a year."""


def price(model: str, **changes: Any) -> dict[str, Any]:
    return {"outcome": "resolved_ticket", "model": model, **MODELS[model], **changes}


numbers = st.sampled_from([LARGEST, SMALLEST, "1", "0.333333333333", "123456789012345678.9"])


scenarios = st.fixed_dictionaries(
    {
        "model": st.sampled_from(sorted(MODELS)),
        "sent": st.lists(st.tuples(numbers, numbers, st.sampled_from([1, 7, EVENTS])), min_size=1, max_size=3),
        "currency": st.sampled_from(["USD", "JPY", "KWD", "CLF"]),
        "included": st.sampled_from(["0", SMALLEST, "1"]),
        "percent": st.sampled_from([None, SMALLEST, "33.333333333333", "100"]),
        "tax": st.sampled_from(["0.0001", "8.875", "100"]),
    }
)


@given(scenarios)
def test_an_invoice_of_the_largest_numbers_fits(case: dict[str, Any]) -> None:
    """So many events of so much, at the largest prices, less a coupon and taxed twice."""
    rows = used(case["sent"])
    discounts = [DiscountTerm("Coupon", percent=Decimal(case["percent"]))] if case["percent"] else []
    rates = [{"name": name, "rate": case["tax"]} for name in ("GST", "PST")]
    found = rate(terms(case), rows, [FeePeriod()], None, discounts=discounts)
    sums = totals([taxed(line, rates) for line in found.lines], case["currency"])
    assert all(len(sums[name].split(".")[0]) <= MONEY_DIGITS - 4 for name in ("total", "subtotal", "tax"))


def used(sent: list[tuple[str, str, int]]) -> list[UsageRow]:
    """Usage of so many events, each of this quantity and value."""
    with exact():
        return [
            UsageRow("resolved_ticket", Decimal(quantity) * count, Decimal(value) * count, count, dimension)
            for (quantity, value, count), dimension in zip(sent, ("email", "voice", None), strict=False)
        ]


def terms(case: dict[str, Any]) -> Terms:
    whole = WHOLE if case["currency"] == "JPY" else CENTS
    included = "1" if case["model"] == "percentage" else case["included"]
    fee = {"amount": whole, "timing": "arrears"}
    prices = [_in(whole, price(case["model"], included=included))]
    return Terms.from_json({"currency": case["currency"], "interval": "month", "base_fee": fee, "prices": prices})


def taxed(line: Line, rates: list[dict[str, str]]) -> dict[str, Any]:
    """The line as its taxes are worked out on it."""
    own = {name: getattr(line, name) for name in ("kind", "outcome", "tax_category", "takes_from")}
    return own | {"amount": str(line.amount), "taxes": rates}


def _in(whole: str, price: dict[str, Any]) -> dict[str, Any]:
    """The price with its flat amounts in the currency's minor unit."""
    tiers = [tier | {"flat_amount": whole} for tier in price.get("tiers", [])]
    own = {"package_amount": whole} if "package_amount" in price else {}
    return {**price, **own, **({"tiers": tiers} if tiers else {})}


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    """Taxed at 100%."""
    northwind.definition()
    with scope(northwind.tenant.pk):
        TaxRate.objects.create(name="Tax", country="US", percent=100, valid_from="2026-01-01")
    return northwind.customer()


@pytest.mark.parametrize("model", MODELS)
def test_a_cycle_of_the_largest_numbers_is_invoiced_credited_and_exported(
    northwind: Vendor, halden: Customer, model: str
) -> None:
    northwind.subscribe(halden, northwind.plan(prices=[price(model)]), "2026-11-01")
    tickets = [ticket(name, time="2026-11-10T12:00:00Z", quantity=LARGEST, value=LARGEST) for name in "abc"]
    sent = northwind.send(*tickets, at="2026-11-10 12:00")
    assert close_tenant(northwind.tenant.pk, at=instant("2026-12-01 05:00")) == Closed(1, 1, 0)
    with scope(northwind.tenant.pk):
        void_outcome(sent[0].outcome, by="ada", reason="wrong", at=instant("2026-12-02 12:00"))
    close_tenant(northwind.tenant.pk, at=instant("2026-12-03 12:00"))
    with scope(northwind.tenant.pk):
        invoice = Invoice.objects.get()
        assert invoice.total > Decimal(WHOLE)
        assert CreditNote.objects.exists() == (model != "stairstep")
        assert sum(1 for _ in JOURNAL.rows(Period(invoice.period_start, instant("2027-01-01 00:00").date()))) > 2
