"""What follows an invoice out of the outbox: its PDF, stored once, and its mail."""

import pytest
from django.core import mail

from apps.invoices import deliver, pdf
from apps.invoices.close import close_tenant
from apps.invoices.credit import void_invoice
from apps.invoices.models import CreditNote, Invoice, InvoicePdf
from apps.outbox.models import OutboxEntry
from apps.outbox.outbox import drain
from apps.tenants.customers import invite_contact
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_user, ticket
from tests.threads import times

CLOSE = instant("2026-12-01 06:00")


@pytest.fixture
def invoice(northwind: Vendor) -> Invoice:
    """Halden's invoice for November, with Ines as a contact and a ticket counted."""
    northwind.definition()
    customer = northwind.customer()
    northwind.subscribe(customer, northwind.plan(), "2026-11-01")
    northwind.send(ticket("1"), at="2026-11-05 10:00")
    with scope(northwind.tenant.pk):
        invite_contact(customer, new_user("ines").email)
    close_tenant(northwind.tenant.pk, at=CLOSE)
    with scope(northwind.tenant.pk):
        found: Invoice = Invoice.objects.get()
    mail.outbox.clear()
    return found


def drained(vendor: Vendor) -> int:
    return drain(vendor.tenant.pk, at=CLOSE)


def stored(vendor: Vendor) -> list[bytes]:
    with scope(vendor.tenant.pk):
        return [bytes(one) for one in InvoicePdf.objects.values_list("content", flat=True)]


def break_pango(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the library: WeasyPrint can't be imported."""

    def missing() -> None:
        raise pdf.PdfUnavailable("libpango-1.0-0 not found")

    monkeypatch.setattr(pdf, "_weasyprint", missing)


def test_the_outbox_stores_the_pdf_and_sends_the_mail(northwind: Vendor, invoice: Invoice) -> None:
    assert drained(northwind) == 3
    assert len(stored(northwind)) == len(mail.outbox) == 1


def test_the_mail_names_invoice_and_vendor(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    assert mail.outbox[0].subject == f"Invoice {invoice.number} from Northwind Support AI"


def test_the_mail_goes_to_the_customer_and_his_contacts(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    first, second = mail.outbox[0].to
    assert first == "ap@halden.example"
    assert second.startswith("ines-")


def test_the_mail_links_the_portal_page(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    assert f"/portal/invoices/{invoice.pk}" in mail.outbox[0].body


def test_the_mail_says_the_total_as_text_and_as_html(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    (html,) = [part for part, kind in mail.outbox[0].alternatives if kind == "text/html"]
    assert "99.00 USD" in mail.outbox[0].body
    assert "99.00 USD" in html


def test_the_stored_pdf_is_attached(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    (attached,) = mail.outbox[0].attachments
    assert (attached.filename, bytes(attached.content)) == (f"{invoice.number}.pdf", stored(northwind)[0])


def test_an_entry_that_runs_twice_writes_one_mail(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk):
        deliver.mail_invoice(str(invoice.pk), at=CLOSE)
        deliver.mail_invoice(str(invoice.pk), at=CLOSE)
    drained(northwind)
    assert len(mail.outbox) == 1


def test_the_first_stored_pdf_is_the_one_that_is_kept(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk):
        InvoicePdf.objects.create(invoice=invoice, content=b"the first", made_at=CLOSE)
        assert deliver.stored_pdf(invoice, at=CLOSE) == b"the first"
    assert stored(northwind) == [b"the first"]


def test_several_who_ask_at_once_get_the_same_pdf(northwind: Vendor, invoice: Invoice) -> None:

    def ask(_: int) -> bytes:
        with scope(northwind.tenant.pk):
            return deliver.stored_pdf(invoice, at=CLOSE)

    assert times(3, ask) == stored(northwind) * 3


def test_without_pango_the_outbox_is_done_and_stays_quiet(
    northwind: Vendor, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_pango(monkeypatch)
    assert drained(northwind) == 3
    with scope(northwind.tenant.pk):
        assert not OutboxEntry.objects.filter(done_at=None).exists()


def test_without_pango_the_mail_goes_with_its_link_alone(
    northwind: Vendor, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_pango(monkeypatch)
    drained(northwind)
    assert mail.outbox[0].attachments == []


def test_once_pango_is_there_the_pdf_is_made_on_demand(
    northwind: Vendor, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        break_pango(without)
        drained(northwind)
    with scope(northwind.tenant.pk):
        assert deliver.stored_pdf(invoice, at=CLOSE).startswith(b"%PDF-")


def test_a_credit_note_is_mailed_with_its_pdf_in_the_customers_language(northwind: Vendor, invoice: Invoice) -> None:
    drained(northwind)
    mail.outbox.clear()
    with scope(northwind.tenant.pk):
        Invoice.objects.filter(pk=invoice.pk).update(document=invoice.document | {"locale": "de"})
        void_invoice(invoice, at=CLOSE)
        note = CreditNote.objects.get()
    drained(northwind)
    [message] = mail.outbox
    assert message.subject == f"Rechnungskorrektur (Gutschrift) {note.number} von Northwind Support AI"
    assert "99,00 USD" in message.body
    assert message.attachments[0].filename == f"{note.number}.pdf"
