"""Invoices: the list, and each one as it was frozen at issue."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.downloads import csv_file
from apps.console.access import ConsoleRequest, console, page
from apps.console.bulk import act
from apps.console.confirming import ask, confirmed
from apps.console.drafts import draft
from apps.console.invoice_money import money_of
from apps.console.lists import listed
from apps.invoices.counted import counted, file_name, line_of, stream
from apps.invoices.models import Invoice
from apps.invoices.remind import NotOverdue, remind
from apps.outbox.mail import about

STATUSES = {"draft": "Draft", "issued": "Issued", "overdue": "Overdue", "paid": "Paid", "void": "Void"}


def search(text: str, status: str, *, at: datetime) -> QuerySet[Invoice]:
    """Invoices whose number or customer has the text, in this status; an empty filter lets all pass."""
    rows: QuerySet[Invoice] = _in_status(Invoice.objects.select_related("customer"), status, at)
    if text:
        customer = Q(customer__name__icontains=text) | Q(customer__external_id=text)
        rows = rows.filter(Q(number__icontains=text) | customer)
    return rows


def _in_status(rows: Any, status: str, at: datetime) -> Any:
    if status == "overdue":
        return rows.overdue(at)
    if status == "issued":
        return rows.not_overdue(at)
    return rows.filter(status=status) if status in STATUSES else rows


@console(change="bill")
def invoices(request: ConsoleRequest) -> HttpResponse:
    """Every invoice, newest first; a POST does something with many of them."""
    text, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    if request.method == "POST":
        return act(request, search(text, status, at=request.at))
    found = listed(request, search(text, status, at=request.at))
    rows = [{"invoice": one, "status": one.status_at(request.at)} for one in found.rows]
    context = {"list": found, "rows": rows, "q": text, "status": status, "statuses": STATUSES}
    return page(request, "console/invoices.html", context)


@console(change="bill")
def invoice(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """One invoice: the frozen document, as its PDF and the portal show it too. A draft can be changed here."""
    one: Any = Invoice.objects.select_related("customer", "subscription").get(pk=id)
    if one.status == Invoice.Status.DRAFT:
        return draft(request, one)
    context = {
        "invoice": one,
        "document": one.document,
        "status": one.status_at(request.at),
        "mails": about(one.pk)[:10],
    } | money_of(one)
    return page(request, "console/invoice.html", context)


@console("bill")
def invoice_remind(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """Remind of one invoice by hand, once the reader was asked."""
    one: Any = Invoice.objects.select_related("customer").get(pk=id)
    back = reverse("console:invoice", args=[one.pk])
    if not confirmed(request):
        detail = f"{one.customer.name} gets a mail with the invoice attached."
        return ask(request, f"Remind of {one}?", detail=detail, label="Remind", back=back, mild=True)
    try:
        if remind(one, at=request.at):
            messages.success(request, "The reminder is on its way.")
        else:
            messages.info(request, "It was reminded of today already.")
    except NotOverdue as reason:
        messages.error(request, str(reason))
    return redirect(back)


@console()
def invoice_pdf(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """The stored PDF; the first one is made here where the worker has not got to it yet."""
    from apps.invoices.deliver import stored_pdf  # noqa: PLC0415  # it loads Pango, which pages don't need
    from apps.invoices.pdf import PdfUnavailable  # noqa: PLC0415
    from apps.invoices.subscribe import Refused  # noqa: PLC0415

    one = Invoice.objects.select_related("customer").get(pk=id)
    name = {"Content-Disposition": f'inline; filename="{one.number}.pdf"'}
    try:
        content = stored_pdf(one, at=request.at)
    except (PdfUnavailable, Refused) as error:
        messages.error(request, str(error))
        return redirect("console:invoice", one.pk)
    return HttpResponse(content, content_type="application/pdf", headers=name)


@console()
def invoice_line(request: ConsoleRequest, id: UUID, position: int) -> HttpResponse:
    """One line, and the outcomes that it counted, newest first."""
    one: Any = Invoice.objects.select_related("customer").get(pk=id)
    line = line_of(one, position)
    found = listed(request, counted(one, line, at=request.at))
    context = {"invoice": one, "line": line, "position": position, "list": found, "currency": one.currency}
    return page(request, "console/invoice_line.html", context)


@console()
def line_outcomes(request: ConsoleRequest, id: UUID, position: int) -> StreamingHttpResponse:
    """The outcomes of one line as CSV."""
    one = Invoice.objects.get(pk=id)
    rows = stream(request.tenant.pk, one, line_of(one, position), at=request.at)
    return csv_file(rows, file_name(one, position))


@console()
def invoice_outcomes(request: ConsoleRequest, id: UUID) -> StreamingHttpResponse:
    """The outcomes of the whole invoice as CSV."""
    one = Invoice.objects.get(pk=id)
    return csv_file(stream(request.tenant.pk, one, None, at=request.at), file_name(one, None))
