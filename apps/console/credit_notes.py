"""Credit notes: the list, each one as it was frozen, and its PDF."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.console.access import ConsoleRequest, console, page
from apps.console.lists import listed
from apps.invoices.models import CreditNote
from apps.outbox.mail import about

REASONS = {"outcomes": "Taken back outcomes", "fee": "Days of a fee", "void": "Void invoice", "hand": "By hand"}


def search(text: str, reason: str) -> QuerySet[CreditNote]:
    """Credit notes whose number, invoice or customer has the text, for this reason; an empty filter lets all pass."""
    rows: QuerySet[CreditNote] = CreditNote.objects.select_related("customer", "invoice")
    if text:
        customer = Q(customer__name__icontains=text) | Q(customer__external_id=text)
        rows = rows.filter(Q(number__icontains=text) | Q(invoice__number__icontains=text) | customer)
    return rows.filter(reason=reason) if reason in REASONS else rows


@console()
def credit_notes(request: ConsoleRequest) -> HttpResponse:
    """Every credit note, newest first."""
    text, reason = request.GET.get("q", "").strip(), request.GET.get("reason", "")
    found = listed(request, search(text, reason))
    context = {
        "list": found,
        "rows": [{"note": one, "reason": REASONS[one.reason]} for one in found.rows],
        "q": text,
        "reason": reason,
        "reasons": REASONS,
        "section": "invoices",
    }
    return page(request, "console/credit_notes.html", context)


@console()
def credit_note(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """One credit note: the frozen document, as its PDF and the portal show it too."""
    one: Any = CreditNote.objects.select_related("customer", "invoice").get(pk=id)
    context = {
        "note": one,
        "document": one.document,
        "reason": REASONS[one.reason],
        "mails": about(one.pk)[:10],
        "section": "invoices",
    }
    return page(request, "console/credit_note.html", context)


@console()
def credit_note_pdf(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """The stored PDF; the first one is made here where the worker has not got to it yet."""
    from apps.invoices.deliver import stored_pdf  # noqa: PLC0415  # it loads Pango, which pages don't need
    from apps.invoices.pdf import PdfUnavailable  # noqa: PLC0415

    one = CreditNote.objects.get(pk=id)
    try:
        content = stored_pdf(one, at=request.at)
    except PdfUnavailable as error:
        messages.error(request, str(error))
        return redirect("console:credit_note", one.pk)
    name = {"Content-Disposition": f'inline; filename="{one.number}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=name)
