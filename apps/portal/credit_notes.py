"""The customer's credit notes: one as a page, and its PDF."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from apps.invoices.deliver import stored_pdf
from apps.invoices.models import CreditNote
from apps.invoices.pdf import PdfUnavailable
from apps.portal.access import PortalRequest, page, portal


@require_safe
@portal
def credit_note(request: PortalRequest, id: UUID) -> HttpResponse:
    """The document as it was issued."""
    found = own(request).get(pk=id)
    return page(request, "portal/credit_note.html", {"note": found, "document": found.document})


@require_safe
@portal
def credit_note_pdf(request: PortalRequest, id: UUID) -> HttpResponse:
    """The stored PDF, made now if it wasn't yet."""
    found: CreditNote = own(request).get(pk=id)
    try:
        content = stored_pdf(found, at=request.at)
    except PdfUnavailable:
        return page(request, "portal/pdf_unavailable.html", {"invoice": found.invoice}, status=503)
    headers = {"Content-Disposition": f'inline; filename="{found.number}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def own(request: PortalRequest) -> Any:
    """The customer's credit notes."""
    return CreditNote.objects.filter(customer=request.customer).select_related("invoice")
