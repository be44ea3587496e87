"""Credit notes: the list, each one, its PDF, and making one: of what was voided, or by hand."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.invoices import PDF
from apps.api.paging import Query, page
from apps.api.payments import positive
from apps.api.problems import HttpProblem
from apps.api.shapes import days
from apps.api.views import ApiView, answer
from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields, InvalidInput
from apps.invoices.credit import credit_now
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.deliver import stored_pdf
from apps.invoices.models import CreditNote, CreditNoteLine, Invoice


class CreditNotes(ApiView):
    """`/credit-notes`"""

    @described(
        "list_credit_notes",
        "List credit notes",
        answer=examples.credit_note.page(),
        parameters=query(customer="External id", invoice="Id of the credited invoice"),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = fetched(CreditNote.objects.all())
        if customer := asked.text_or_none("customer", 128):
            rows = rows.filter(customer__external_id=customer)
        if invoice := _id(asked, "invoice"):
            rows = rows.filter(invoice=invoice)
        return answer(page(asked, rows, shape))

    @described(
        "create_credit_note",
        "Credit what was voided of an invoice until now; with lines, credit those",
        body=examples.new_credit_note,
        answer=examples.credit_note,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        fields = Fields(self.body())
        fields.text("invoice", 36)
        invoice = _invoice(fields)
        reason, by_hand = fields.text("reason", 500, ""), fields.given("lines")
        lines = [_line(one, invoice) for one in fields.objects("lines", required=by_hand)]
        fields.finish()
        if fields.problems or invoice is None:
            raise InvalidInput(fields.problems)
        made = credit_by_hand(invoice, lines, reason=reason, at=self.call.at) if by_hand else self._now(invoice)
        return answer(shape(fetched(CreditNote.objects.all()).get(pk=made.pk)), 201)

    def _now(self, invoice: Invoice) -> CreditNote:
        made = credit_now(invoice, at=self.call.at)
        if made is None:
            raise HttpProblem(409, "Nothing that was voided of this invoice lowers what it comes to.")
        return made


class OneCreditNote(ApiView):
    """`/credit-notes/{id}`"""

    @described("get_credit_note", "Read a credit note", answer=examples.credit_note)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        return answer(shape(fetched(CreditNote.objects.all()).get(pk=id)))


class CreditNotePdfFile(ApiView):
    """`/credit-notes/{id}/pdf`"""

    @described("get_credit_note_pdf", "The credit note as PDF; made now if it was not yet", answer=PDF)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        one = CreditNote.objects.get(pk=id)
        name = {"Content-Disposition": f'attachment; filename="{one.number}.pdf"'}
        return HttpResponse(stored_pdf(one, at=self.call.at), content_type="application/pdf", headers=name)


def _invoice(fields: Fields) -> Invoice | None:
    id = _id(fields, "invoice")
    found = Invoice.objects.filter(pk=id).first() if id else None
    if found is None and not fields.problems:
        fields.fail("invoice", "unknown", "names no invoice of this account")
    return found


def _line(fields: Fields, invoice: Invoice | None) -> HandLine:
    description = fields.text("description", 300)
    amount = positive(fields, "amount", invoice.currency if invoice else "USD")
    line = _id(fields, "line")
    fields.finish()
    return HandLine(description, amount, line)


def _id(fields: Fields, name: str) -> UUID | None:
    """An id; None, with its problem noted, for another text, and where it is not given."""
    noted, text = len(fields.problems), fields.text_or_none(name, 36)
    if text is None or len(fields.problems) > noted:
        return None
    try:
        return UUID(text)
    except ValueError:
        fields.fail(name, "invalid_id", "must be an id, as answers have them")
        return None


def fetched(notes: QuerySet[CreditNote]) -> QuerySet[CreditNote]:
    """The credit notes with all that their shape shows."""
    return notes.select_related("customer", "invoice").prefetch_related("lines")


def shape(one: CreditNote) -> dict[str, Any]:
    """A credit note of `fetched`: as an invoice, with the one that it credits, and where its money went."""
    names = ("subtotal", "discount", "tax", "total", "applied", "to_balance")
    amounts = {name: getattr(one, name) for name in names}
    return {
        "id": one.pk,
        "number": one.number,
        "status": "issued",
        "customer": one.customer.external_id,
        "invoice": one.invoice_id,
        "invoice_number": one.invoice.number,
        "reason": one.reason,
        "note": one.note,
        "currency": one.currency,
        "period": days(one.period_start, one.period_end),
        "issued_at": one.issued_at,
        "lines": [_shape_of(line, one) for line in sorted(one.lines.all(), key=lambda line: line.position)],
        "taxes": one.document["taxes"],
        **{name: amount_text(amount, one.currency) for name, amount in amounts.items()},
    }


def _shape_of(line: CreditNoteLine, one: CreditNote) -> dict[str, Any]:
    return {
        "id": line.pk,
        "line": line.line_id,
        "kind": line.kind,
        "outcome": line.outcome,
        "period": days(line.period_start, line.period_end),
        "description": line.description,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "amount": amount_text(line.amount, one.currency),
        "amount_exact": line.amount_exact,
        "breakdown": line.breakdown,
        "definitions": line.definitions,
    }
