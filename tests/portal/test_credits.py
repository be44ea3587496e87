"""What the customer sees of payments, credit notes and his balance; and that another customer sees none of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from apps.common.clock import now
from apps.invoices.close import close_tenant
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.pay import pay
from apps.tenants.scope import scope
from tests.portal.conftest import Portal


@pytest.fixture
def note(halden: Portal) -> CreditNote:
    """25.00 credited by hand on an invoice of 99.00 that is paid with 80.00: 6.00 is to Halden's credit."""
    at = now() + timedelta(days=40)
    close_tenant(halden.vendor.tenant.pk, at=at)
    with scope(halden.vendor.tenant.pk):
        invoice = Invoice.objects.earliest("pk")
        pay(invoice, Decimal(80), at=at, recorded_at=at, by="ada")
        return credit_by_hand(invoice, [HandLine("Outage", Decimal(25))], at=at)


def test_an_invoice_shows_what_was_paid_and_credited(halden: Portal, note: CreditNote) -> None:
    page = halden.client.get(reverse("portal:invoice", args=[note.invoice_id])).content.decode()
    assert "Paid and credited" in page
    assert "80.00" in page
    assert note.number in page


def test_an_overpaid_invoice_shows_what_went_to_the_balance(halden: Portal, note: CreditNote) -> None:
    with scope(halden.vendor.tenant.pk):
        pay(note.invoice, Decimal(30), at=note.issued_at, recorded_at=note.issued_at, by="ada")
    page = halden.client.get(reverse("portal:invoice", args=[note.invoice_id])).content.decode()
    assert "To your balance" in page
    assert "\N{MINUS SIGN}30.00" in page


def test_a_credit_note_has_a_page_and_a_pdf(halden: Portal, note: CreditNote) -> None:
    assert "Outage" in halden.client.get(reverse("portal:credit_note", args=[note.pk])).content.decode()
    assert halden.client.get(reverse("portal:credit_note_pdf", args=[note.pk])).content.startswith(b"%PDF-")


def test_the_list_tells_the_balance(halden: Portal, note: CreditNote) -> None:
    page = halden.client.get(reverse("portal:invoices")).content.decode()
    assert "6.00" in page
    assert "to your credit" in page


@pytest.mark.parametrize("route", ["portal:credit_note", "portal:credit_note_pdf"])
def test_another_customer_sees_none_of_it(halden: Portal, kestrel: Portal, note: CreditNote, route: str) -> None:
    assert kestrel.client.get(reverse(route, args=[note.pk])).status_code == 404
