"""After issue, from the outbox: the PDF is stored and the mail is written. Both may run again without harm."""

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.invoices import letters, pdf
from apps.invoices.models import CreditNote, CreditNotePdf, Invoice, InvoicePdf
from apps.invoices.pdf import PdfUnavailable
from apps.invoices.subscribe import Refused
from apps.outbox import mail
from apps.outbox.mail import Attachment, Unwanted
from apps.outbox.models import Mail
from apps.tenants.logo import find_logo

log = logging.getLogger(__name__)


def store_pdf(invoice_id: str, *, at: datetime) -> None:
    """Make and store the invoice's PDF, if it isn't there yet."""
    _store(Invoice.objects.get(pk=UUID(invoice_id)), at)


def store_credit_note_pdf(credit_note_id: str, *, at: datetime) -> None:
    """Make and store the credit note's PDF, if it isn't there yet."""
    _store(CreditNote.objects.get(pk=UUID(credit_note_id)), at)


def _store(one: Invoice | CreditNote, at: datetime) -> None:
    """Where the machine can't make PDFs the entry is done all the same: trying again would not help, and whoever opens
    the PDF after Pango was installed has it made then. One line in the log says so.
    """
    try:
        stored_pdf(one, at=at)
    except PdfUnavailable as error:
        log.warning("The PDF of %s will be made when it is first opened. %s", one.number, error)


def stored_pdf(one: Invoice | CreditNote, *, at: datetime) -> bytes:
    """The document's PDF, made on demand. Of several made at once the first stored wins, and all callers get that one.

    Raises PdfUnavailable where none is stored and the machine can't make one, and Refused for a draft: what is stored
    would stay when it is issued.
    """
    if one.number is None:
        raise Refused("It has no PDF: it was not issued.")
    known = _known(one)
    if known is not None:
        return known
    content = pdf.render(one.document, _logo(one.document))
    if isinstance(one, CreditNote):
        made = CreditNotePdf(credit_note=one, content=content, made_at=at)
        CreditNotePdf.objects.bulk_create([made], ignore_conflicts=True)
    else:
        InvoicePdf.objects.bulk_create([InvoicePdf(invoice=one, content=content, made_at=at)], ignore_conflicts=True)
    stored = _known(one)
    if stored is None:
        raise LookupError(f"The PDF of {one.number} was stored and can't be found.")
    return stored


def _known(one: Invoice | CreditNote) -> bytes | None:
    of_note = isinstance(one, CreditNote)
    rows = CreditNotePdf.objects.filter(credit_note=one) if of_note else InvoicePdf.objects.filter(invoice=one)
    content = rows.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def _logo(document: dict[str, Any]) -> bytes | None:
    """The picture that the document names."""
    named = document.get("logo")
    return bytes(find_logo(named).content) if named else None


ATTACH = "apps.invoices.deliver.attachments"


def mail_invoice(invoice_id: str, *, at: datetime) -> None:
    """Write the invoice's mail, once, to the customer's address and to those of his contacts."""
    invoice = Invoice.objects.select_related("customer").get(pk=UUID(invoice_id))
    mail.write(f"invoice:{invoice.pk}", letters.of_invoice(invoice), attach=ATTACH, at=at)


def mail_credit_note(credit_note_id: str, *, at: datetime) -> None:
    """Write the credit note's mail, once, to the same."""
    note = CreditNote.objects.select_related("customer", "invoice").get(pk=UUID(credit_note_id))
    mail.write(f"credit_note:{note.pk}", letters.of_credit_note(note), attach=ATTACH, at=at)


def attachments(written: Mail, *, at: datetime) -> list[Attachment]:
    """The PDF of what a mail is about; none where the machine can't make PDFs, for the mail has a link too.

    Raises Unwanted for a reminder of what isn't due any more.
    """
    models: dict[str, Any] = {letters.INVOICE: Invoice, letters.CREDIT_NOTE: CreditNote}
    if written.about not in models or written.about_id is None:
        return []
    one = models[written.about].objects.get(pk=written.about_id)
    if written.kind == letters.REMINDER and one.status != Invoice.Status.ISSUED:
        raise Unwanted(f"{one.number} is {one.get_status_display().lower()} meanwhile.")
    try:
        return [(f"{one.number}.pdf", stored_pdf(one, at=at), "application/pdf")]
    except PdfUnavailable as error:
        log.warning("The mail of %s goes without its PDF. %s", one.number, error)
        return []
