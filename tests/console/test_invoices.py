"""Invoices in the console: listed, filtered, and shown as they were issued."""

import pytest
from django.urls import reverse

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of

LIST = "/invoices"


@pytest.fixture
def invoice(northwind: Vendor) -> Invoice:
    """Halden's invoice of September: 99.00 and two tickets, which are included; it has been due since October."""
    customer = northwind.customer()
    northwind.definition()
    northwind.subscribe(customer, northwind.plan(), "2026-09-01")
    northwind.send(ticket("1"), ticket("2"), at="2026-09-05 10:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-10-02 00:00"))
    with scope(northwind.tenant.pk):
        found: Invoice = Invoice.objects.get()
    return found


def test_an_invoice_is_shown_as_it_was_issued(northwind: Vendor, invoice: Invoice) -> None:
    page = text_of(client_of(northwind).get(reverse("console:invoice", args=[invoice.pk])))
    assert invoice.number in page
    assert "2 included" in page


def test_it_is_found_by_its_number(northwind: Vendor, invoice: Invoice) -> None:
    assert invoice.number in text_of(client_of(northwind).get(LIST, {"q": invoice.number[-4:]}))


def test_it_is_overdue_and_not_paid(northwind: Vendor, invoice: Invoice) -> None:
    client = client_of(northwind)
    assert invoice.number in text_of(client.get(LIST, {"status": "overdue"}))
    assert invoice.number not in text_of(client.get(LIST, {"status": "paid"}))


def test_its_pdf_is_a_pdf(northwind: Vendor, invoice: Invoice) -> None:
    answer = client_of(northwind).get(reverse("console:invoice_pdf", args=[invoice.pk]))
    assert answer.content.startswith(b"%PDF-")


def test_globex_can_not_read_it(globex: Vendor, invoice: Invoice) -> None:
    assert client_of(globex).get(reverse("console:invoice", args=[invoice.pk])).status_code == 404


def test_its_days_are_those_of_its_document_whatever_zone_the_reader_is_in(northwind: Vendor, invoice: Invoice) -> None:
    """Halden's 31 October ends when it is 1 November in UTC already, where the owner is."""
    assert invoice.document["due_on"] == "2026-10-31"
    assert "Due by 31 Oct 2026" in text_of(client_of(northwind).get(LIST))
