"""A German vendor's second half of 2026: VAT falls from 19% to 16% on 1 July and returns to 19% on 1 January.

Each customer pays a fee in advance and 100 tickets of June: the invoice of 1 July bills July's fee at the new rate and
June's tickets at the old one.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.invoices.preview import preview
from apps.taxes.change import add_rate, end_rate
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

JULY, NEW_YEAR = date(2026, 7, 1), date(2027, 1, 1)
RATES: list[dict[str, Any]] = [
    {"country": "DE", "name": "VAT", "percent": "19", "valid_from": date(2021, 1, 1), "valid_until": JULY},
    {"country": "DE", "name": "VAT", "percent": "16", "valid_from": JULY},
    {"country": "FR", "name": "TVA", "percent": "20", "valid_from": date(2014, 1, 1)},
    {"country": "CA", "name": "GST", "percent": "5", "valid_from": date(2008, 1, 1)},
    {"country": "CA", "name": "QST", "percent": "9.975", "valid_from": date(2013, 1, 1), "region": "Quebec"},
    {"country": "JP", "name": "消費税", "percent": "10", "valid_from": date(2019, 10, 1)},
    {"country": "KW", "name": "Levy", "percent": "5", "valid_from": date(2026, 1, 1)},
    {"country": "CH", "name": "MWST", "percent": "8.1", "valid_from": date(2024, 1, 1)},
    {"country": "ID", "name": "PPN", "percent": "11", "valid_from": date(2022, 4, 1)},
]


@pytest.fixture
def berliner(northwind: Vendor) -> Vendor:
    """Northwind, moved to Berlin."""
    northwind.definition()
    with scope(northwind.tenant.pk):
        Profile.objects.update(country="DE", tax_id="DE136695976", locale="de")
        for one in RATES:
            add_rate(**one | {"percent": Decimal(one["percent"])})
        end_rate(TaxRate.objects.get(percent=16), on=NEW_YEAR)
        add_rate(country="DE", name="VAT", percent=Decimal(19), valid_from=NEW_YEAR)
    return northwind


def customer(vendor: Vendor, fee: str = "40.00", unit: str = "1.00", **details: Any) -> Customer:
    """On a plan from 1 June on, with 100 tickets in June."""
    fields = {"country": "DE", "currency": "EUR", "time_zone": "UTC"} | details
    one = vendor.customer(**fields)
    prices = [{"outcome": "resolved_ticket", "model": "unit", "unit_amount": unit}]
    base_fee = {"amount": fee, "timing": "advance"}
    plan = vendor.plan(currency=fields["currency"], base_fee=base_fee, prices=prices)
    vendor.subscribe(one, plan, "2026-06-01")
    sent = [ticket(str(number), time="2026-06-20T10:00:00Z") for number in range(100)]
    vendor.send(*sent, at="2026-06-20 10:00")
    return one


def bill(vendor: Vendor, at: str = "2026-07-01 00:00") -> Invoice:
    """What is due by then is billed; the newest invoice."""
    close_tenant(vendor.tenant.pk, at=instant(at))
    with scope(vendor.tenant.pk):
        invoice: Invoice = Invoice.objects.latest("id")
        return invoice


def taxes(invoice: Invoice) -> list[tuple[str, str, str, str]]:
    names = ("name", "rate", "base", "amount")
    return [tuple(one[name] for name in names) for one in invoice.document["taxes"]]


def test_the_first_fee_is_taxed_at_the_rate_of_its_last_day(berliner: Vendor) -> None:
    customer(berliner)
    assert taxes(bill(berliner, "2026-06-01 00:00")) == [("VAT", "19", "40.00", "7.60")]


def test_a_change_of_the_rate_gives_two_rates_on_one_invoice(berliner: Vendor) -> None:
    customer(berliner)
    invoice = bill(berliner)
    assert taxes(invoice) == [("VAT", "16", "40.00", "6.40"), ("VAT", "19", "100.00", "19.00")]
    assert (invoice.subtotal, invoice.tax, invoice.total) == (140, Decimal("25.40"), Decimal("165.40"))


def test_the_rate_returns_with_the_new_year(berliner: Vendor) -> None:
    customer(berliner)
    berliner.send(ticket("december", time="2026-12-20T10:00:00Z"), at="2026-12-20 10:00")
    assert taxes(bill(berliner, "2027-01-01 00:00")) == [("VAT", "19", "40.00", "7.60"), ("VAT", "16", "1.00", "0.16")]


def test_a_french_business_accounts_for_the_tax_itself(berliner: Vendor) -> None:
    customer(berliner, country="FR", tax_id="FR40303265045", locale="en")
    invoice = bill(berliner)
    assert (taxes(invoice), invoice.tax, invoice.total) == ([], 0, 140)
    assert "Articles 44 and 196" in invoice.document["tax_note"]
    assert invoice.document["buyer"]["tax_id"] == "FR40303265045"


def test_a_french_consumer_pays_the_tax_of_france(berliner: Vendor) -> None:
    customer(berliner, country="FR")
    assert taxes(bill(berliner)) == [("TVA", "20", "140.00", "28.00")]


def test_an_exempt_customer_pays_none_and_reads_why(berliner: Vendor) -> None:
    customer(berliner, tax_status="exempt", exemption="Art. 151 MwStSystRL", locale="en")
    invoice = bill(berliner)
    assert (invoice.tax, invoice.total) == (0, 140)
    assert invoice.document["tax_note"] == "Exempt from tax: Art. 151 MwStSystRL"


def test_quebec_has_two_taxes_each_on_the_net(berliner: Vendor) -> None:
    customer(berliner, country="CA", currency="CAD", address={"region": "Québec"})
    assert taxes(bill(berliner)) == [("GST", "5", "140.00", "7.00"), ("QST", "9.975", "140.00", "13.97")]


@pytest.mark.parametrize(
    ("country", "currency", "prices", "tax", "total"),
    [
        ("JP", "JPY", ("4005", "15"), "551", "6056"),  # 10% of 5,505 is 550.5
        ("KW", "KWD", ("4.005", "0.0155"), "0.278", "5.833"),  # 5% of 5.555 is 0.27775
        ("CH", "CHF", ("40.00", "0.15"), "4.46", "59.46"),  # 8.1% of 55 is 4.455
        ("ID", "IDR", ("4000.00", "15.00"), "605.00", "6105.00"),  # ISO 4217 gives the rupiah two digits
    ],
)
def test_each_currency_is_taxed_in_its_own_minor_unit(
    berliner: Vendor, country: str, currency: str, prices: tuple[str, str], *, tax: str, total: str
) -> None:
    customer(berliner, *prices, country=country, currency=currency)
    document = bill(berliner).document
    assert (document["tax"], document["total"]) == (tax, total)


def test_a_preview_shows_the_taxes_that_the_invoice_will_have(berliner: Vendor) -> None:
    one = customer(berliner)
    bill(berliner, "2026-06-01 00:00")
    with scope(berliner.tenant.pk):
        shown = preview(one, at=instant("2026-06-30 23:00"))
    assert (shown["number"], shown["issued_on"]) == ("", None)
    invoice = bill(berliner)
    same = ("lines", "taxes", "tax", "total", "tax_note", "rated", "locale")
    assert {name: shown[name] for name in same} == {name: invoice.document[name] for name in same}
