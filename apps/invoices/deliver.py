"""After issue, from the outbox: an invoice's PDF is stored and its mail is sent. Both may run again without harm."""

import logging
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from apps.invoices import pdf
from apps.invoices.models import Invoice, InvoicePdf
from apps.invoices.pdf import PdfUnavailable
from apps.tenants.models import Contact

log = logging.getLogger(__name__)


def store_pdf(invoice_id: str, *, at: datetime) -> None:
    """Make and store the PDF, if it isn't there yet.

    Where the machine can't make PDFs the entry is done all the same: trying again would not help, and whoever opens the
    PDF after Pango was installed has it made then. One line in the log says so.
    """
    invoice = Invoice.objects.get(pk=UUID(invoice_id))
    try:
        stored_pdf(invoice, at=at)
    except PdfUnavailable as error:
        log.warning("The PDF of %s will be made when it is first opened. %s", invoice.number, error)


def stored_pdf(invoice: Invoice, *, at: datetime) -> bytes:
    """The invoice's PDF, made on demand. Of several made at once the first stored wins, and all callers get that one.

    Raises PdfUnavailable where none is stored and the machine can't make one.
    """
    known = _known(invoice)
    if known is not None:
        return known
    made = InvoicePdf(invoice=invoice, content=pdf.render(invoice.document), made_at=at)
    InvoicePdf.objects.bulk_create([made], ignore_conflicts=True)
    stored = _known(invoice)
    if stored is None:
        raise LookupError(f"The PDF of {invoice.number} was stored and can't be found.")
    return stored


def _known(invoice: Invoice) -> bytes | None:
    content = InvoicePdf.objects.filter(invoice=invoice).values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def mail_invoice(invoice_id: str, *, at: datetime) -> None:
    """Send the invoice, its PDF attached, to the customer's address and to those of his contacts.

    The entry is done once; the mail may go out twice. It leaves before the transaction that marks the entry as done,
    so a crash between the two sends it again: an invoice that comes twice is better than one that never comes. Its
    Message-ID is the same both times, so mail programs can show it once. Without Pango it goes with the link alone.
    """
    invoice = Invoice.objects.select_related("customer").get(pk=UUID(invoice_id))
    with translation.override(pdf.LANGUAGE):
        message = _message(invoice)
    try:
        message.attach(f"{invoice.number}.pdf", stored_pdf(invoice, at=at), "application/pdf")
    except PdfUnavailable as error:
        log.warning("The mail of %s goes without its PDF. %s", invoice.number, error)
    message.send()


def recipients(invoice: Invoice) -> list[str]:
    """The customer's own address first, then his contacts', each once."""
    contacts = Contact.objects.filter(customer=invoice.customer, user__is_active=True).order_by("id")
    addresses = [invoice.customer.email, *contacts.values_list("user__email", flat=True)]
    return list({address.lower(): address for address in reversed(addresses) if address}.values())[::-1]


def _message(invoice: Invoice) -> EmailMultiAlternatives:
    context = {
        "document": invoice.document,
        "url": f"{settings.SITE_URL}{reverse('portal:invoice', args=[invoice.pk])}",
    }
    message = EmailMultiAlternatives(
        subject=" ".join(render_to_string("email/invoice_subject.txt", context).split()),
        body=render_to_string("email/invoice.txt", context),
        to=recipients(invoice),
        headers={"Message-ID": f"<invoice-{invoice.pk}@{_host()}>"},
    )
    if reply_to := invoice.document["seller"]["email"]:
        message.reply_to = [reply_to]
    message.attach_alternative(render_to_string("email/invoice.html", context), "text/html")
    return message


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
