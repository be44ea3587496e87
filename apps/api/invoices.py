"""Invoices as issued, their PDFs, and the outcomes that each counted."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples, outcomes
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.invoice_shapes import invoice
from apps.api.paging import Query, page
from apps.api.views import ApiView, answer
from apps.common.reading import Fields
from apps.invoices.counted import line_of
from apps.invoices.credit import void_invoice
from apps.invoices.deliver import stored_pdf
from apps.invoices.drafts import discard_draft, issue_draft
from apps.invoices.find import outcomes_of
from apps.invoices.models import Invoice

PDF = {"application/pdf": {"type": "string", "format": "binary"}}


class Invoices(ApiView):
    """`/invoices`"""

    @described(
        "list_invoices",
        "List invoices",
        answer=examples.invoice.page(),
        parameters=query(customer="External id", status=", ".join(Invoice.Status.values)),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = fetched(Invoice.objects.all())
        if customer := asked.text_or_none("customer", 128):
            rows = rows.filter(customer__external_id=customer)
        if status := asked.choice_or_none("status", Invoice.Status.values):
            rows = rows.filter(status=status)
        return answer(page(asked, rows, invoice))


class OneInvoice(ApiView):
    """`/invoices/{id}`"""

    @described("get_invoice", "Read an invoice", answer=examples.invoice)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        return answer(invoice(fetched(Invoice.objects.all()).get(pk=id)))


class IssueInvoice(ApiView):
    """`/invoices/{id}/issue`"""

    @described(
        "issue_invoice",
        "Issue a draft: it gets its number and today's dates",
        answer=examples.invoice,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        Fields(self.body(optional=True)).raise_if_any()
        issued = issue_draft(id, at=self.call.at)
        return answer(invoice(fetched(Invoice.objects.all()).get(pk=issued.pk)))


class VoidInvoice(ApiView):
    """`/invoices/{id}/void`"""

    @described(
        "void_invoice",
        "Credit all that is left of an invoice, and void it; a draft is thrown away",
        body=examples.void_invoice,
        answer=examples.invoice,
    )
    def post(self, request: Any, id: UUID) -> HttpResponse:
        fields = Fields(self.body(optional=True))
        reason = fields.text("reason", 500, "")
        fields.raise_if_any()
        one = Invoice.objects.get(pk=id)
        if one.status == Invoice.Status.DRAFT:
            discard_draft(id)
        else:
            void_invoice(one, reason=reason, at=self.call.at)
        return answer(invoice(fetched(Invoice.objects.all()).get(pk=id)))


class InvoicePdfFile(ApiView):
    """`/invoices/{id}/pdf`"""

    @described("get_invoice_pdf", "The invoice as PDF; made now if it was not yet", answer=PDF)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        one = Invoice.objects.select_related("customer").get(pk=id)
        name = {"Content-Disposition": f'attachment; filename="{one.number}.pdf"'}
        return HttpResponse(stored_pdf(one, at=self.call.at), content_type="application/pdf", headers=name)


class InvoiceOutcomes(ApiView):
    """`/invoices/{id}/outcomes`"""

    @described(
        "list_outcomes_of_invoice",
        "The outcomes that its lines count",
        answer=examples.outcome.page(),
        parameters=query(line="Id of one of its lines: only what that counts"),
    )
    def get(self, request: Any, id: UUID) -> HttpResponse:
        asked, invoice = Query(request), Invoice.objects.get(pk=id)
        counted = outcomes_of(invoice, _line(asked, invoice))
        return answer(page(asked, outcomes.told(counted, at=self.call.at), outcomes.shape))


def _line(asked: Query, invoice: Invoice) -> dict[str, Any] | None:
    """The line asked for, as the document has it; None where none is."""
    text = asked.text_or_none("line", 36)
    if text is None:
        return None
    row = next((one for one in invoice.lines.all() if str(one.pk) == text.lower()), None)
    if row is None:
        asked.fail("line", "unknown_line", "must be the id of a line of this invoice")
        return None
    return line_of(invoice, row.position)


def fetched(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """The invoices with all that their shape shows."""
    return invoices.select_related("customer").prefetch_related("lines")
