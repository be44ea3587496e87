"""The customer's invoices: the list, one as a page, and its PDF."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from apps.common.downloads import csv_file, lasting_picture
from apps.invoices.balance import balance_of
from apps.invoices.counted import counted, file_name, line_of, stream
from apps.invoices.deliver import stored_pdf
from apps.invoices.models import CreditNote, Invoice
from apps.invoices.paid import parts_of
from apps.invoices.pdf import PdfUnavailable
from apps.portal.access import PortalRequest, page, portal
from apps.portal.paging import paged
from apps.tenants.logo import find_logo


@require_safe
@portal
def invoices(request: PortalRequest) -> HttpResponse:
    """Newest first, with the customer's balance."""
    context = {"invoices": paged(request, own(request)), "balance": balance_of(request.customer)}
    return page(request, "portal/invoices.html", context)


@require_safe
@portal
def invoice(request: PortalRequest, id: UUID) -> HttpResponse:
    """The document as it was issued, and what was paid and credited since."""
    found: Invoice = own(request).get(pk=id)
    context = {
        "invoice": found,
        "document": found.document,
        "parts": parts_of(found),
        "notes": CreditNote.objects.filter(invoice=found).order_by("pk"),
    }
    return page(request, "portal/invoice.html", context)


@require_safe
@portal
def invoice_pdf(request: PortalRequest, id: UUID) -> HttpResponse:
    """The stored PDF, made now if it wasn't yet."""
    found: Invoice = own(request).get(pk=id)
    try:
        content = stored_pdf(found, at=request.at)
    except PdfUnavailable:
        return page(request, "portal/pdf_unavailable.html", {"invoice": found}, status=503)
    headers = {"Content-Disposition": f'inline; filename="{found.number}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_safe
@portal
def invoice_line(request: PortalRequest, id: UUID, position: int) -> HttpResponse:
    """One line, and the outcomes that it counted, newest first."""
    found: Invoice = own(request).get(pk=id)
    line = line_of(found, position)
    rows = paged(request, counted(found, line, at=request.at))
    context = {"invoice": found, "line": line, "position": position, "list": rows, "currency": found.currency}
    return page(request, "portal/invoice_line.html", context)


@require_safe
@portal
def line_outcomes(request: PortalRequest, id: UUID, position: int) -> StreamingHttpResponse:
    """The outcomes of one line as CSV."""
    found: Invoice = own(request).get(pk=id)
    rows = stream(request.tenant.pk, found, line_of(found, position), at=request.at)
    return csv_file(rows, file_name(found, position))


@require_safe
@portal
def invoice_outcomes(request: PortalRequest, id: UUID) -> StreamingHttpResponse:
    """The outcomes of the whole invoice as CSV."""
    found: Invoice = own(request).get(pk=id)
    return csv_file(stream(request.tenant.pk, found, None, at=request.at), file_name(found, None))


@require_safe
@portal
def logo_picture(request: PortalRequest, sha256: str) -> HttpResponse:
    """The vendor's logo that a document names."""
    found = find_logo(sha256)
    return lasting_picture(bytes(found.content), found.media_type)


def own(request: PortalRequest) -> Any:
    """The customer's invoices; a draft, and one that was thrown away, is the vendor's affair."""
    return Invoice.objects.filter(customer=request.customer).select_related("customer").exclude(number=None)
