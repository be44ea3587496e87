"""The frozen document: all that pages, PDF and a second rating need, in the customer's language."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.common.periods import Period
from apps.invoices.basis import Basis
from apps.invoices.close import close_tenant
from apps.invoices.document import Heading, Unissued, build, frozen
from apps.invoices.draft import draft_close, usage_rows
from apps.invoices.issuer import read_issuer
from apps.invoices.models import Cycle, Invoice
from apps.plans.rating import DiscountTerm, FeePeriod, OneOff
from apps.tenants.models import Logo, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.plans.cast import terms_of

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
DRAFTED, ISSUED = instant("2026-12-01 12:00"), instant("2026-12-02 12:00")


@pytest.fixture
def cycle(northwind: Vendor) -> Cycle:
    """Halden's November: 1,200 tickets."""
    northwind.definition()
    halden = northwind.customer(country="AT", locale="de-AT")
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.send(ticket("1", quantity="1200"), at="2026-11-05 10:00")
    with scope(northwind.tenant.pk):
        return Cycle.objects.select_related("customer", "subscription__plan_version__plan").get()


def built(vendor: Vendor, cycle: Cycle, **settings: Any) -> dict[str, Any]:
    with scope(vendor.tenant.pk):
        Profile.objects.update(**settings or {"country": "DE"})
        plan = cycle.subscription.plan_version
        return build(draft_close(cycle), Unissued(DRAFTED), issuer=read_issuer(), buyer=cycle.customer, plan=plan)


def test_a_draft_has_neither_number_nor_dates(northwind: Vendor, cycle: Cycle) -> None:
    document = built(northwind, cycle)
    assert (document["number"], document["issued_on"], document["due_on"]) == ("", None, None)


def test_figures_in_texts_are_as_the_customer_writes_them(northwind: Vendor, cycle: Cycle) -> None:
    document = built(northwind, cycle)
    assert document["locale"] == "de-AT"
    assert "0,99" in document["lines"][1]["breakdown"][1]["text"]
    assert document["lines"][1]["amount"] == "1089.00"


@pytest.mark.parametrize(("paper", "shown"), [("auto", "A4"), ("a4", "A4"), ("letter", "Letter")])
def test_the_paper_is_the_tenants_or_that_of_the_customers_country(
    northwind: Vendor, cycle: Cycle, paper: str, shown: str
) -> None:
    assert built(northwind, cycle, paper=paper)["paper"] == shown


def test_the_tenants_texts_and_logo_are_frozen(northwind: Vendor, cycle: Cycle) -> None:
    with scope(northwind.tenant.pk):
        Logo.objects.create(sha256="a" * 64, media_type="image/png", content=b"x")
    document = built(northwind, cycle, invoice_intro="Hello", invoice_footer="Bye")
    assert (document["logo"], document["intro"], document["footer"]) == ("a" * 64, "Hello", "Bye")


def test_a_logo_without_content_is_none(northwind: Vendor, cycle: Cycle) -> None:
    with scope(northwind.tenant.pk):
        Logo.objects.create(sha256="a" * 64, media_type="image/png", content=b"x")
        Logo.objects.create(sha256="b" * 64, media_type="image/png", content=b"")
    assert built(northwind, cycle)["logo"] is None


def test_issuing_a_draft_freezes_the_parties_and_taxes_anew(northwind: Vendor, cycle: Cycle) -> None:
    document = built(northwind, cycle)
    with scope(northwind.tenant.pk):
        buyer = cycle.customer
        buyer.name = "Halden GmbH"
        issued = frozen(document, Heading("CF-2026-0001", ISSUED, ISSUED), issuer=read_issuer(), buyer=buyer)
    assert (issued["number"], issued["issued_on"], issued["buyer"]["name"]) == (
        "CF-2026-0001",
        "2026-12-02",
        "Halden GmbH",
    )
    assert issued["lines"] == document["lines"]


def test_what_it_was_rated_on_gives_the_same_lines_again(northwind: Vendor, cycle: Cycle) -> None:
    with scope(northwind.tenant.pk):
        draft = draft_close(cycle)
    kept = Basis.from_json(built(northwind, cycle)["rated"])
    assert kept == draft.basis
    assert kept.rate(usage_rows(draft.sums)) == draft.rating


def test_a_basis_is_kept_whole() -> None:
    basis = Basis(
        terms_of(),
        NOVEMBER,
        (FeePeriod(NOVEMBER, NOVEMBER), FeePeriod()),
        trial=True,
        discounts=(DiscountTerm("Spring", Decimal(20), fees=False), DiscountTerm("Thanks", amount=Decimal("5.00"))),
        charges=(OneOff("Set-up", Decimal("50.00"), "books"), OneOff("Training", Decimal("1.00"))),
        only_fees=True,
    )
    assert Basis.from_json(basis.to_json()) == basis


def test_an_issued_invoice_holds_the_sums_of_its_document(northwind: Vendor, cycle: Cycle) -> None:
    close_tenant(northwind.tenant.pk, at=DRAFTED)
    with scope(northwind.tenant.pk):
        invoice = Invoice.objects.get()
    assert [str(Decimal(invoice.document[name])) for name in ("subtotal", "discount", "tax", "total")] == [
        str(round(amount, 2)) for amount in (invoice.subtotal, invoice.discount, invoice.tax, invoice.total)
    ]
