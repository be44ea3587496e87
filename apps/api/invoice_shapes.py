"""An invoice as the API writes it: an issued one from its rows, a draft from its document. One shape for both."""

from decimal import Decimal
from typing import Any

from apps.api.shapes import days
from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.invoices.issue import amount_of
from apps.invoices.models import Invoice, InvoiceLine
from apps.tenants.models import Customer


def invoice(one: Invoice) -> dict[str, Any]:
    """An invoice; needs `customer` and `lines` fetched with it. A draft has no number, no dates and no ids of lines."""
    return {
        "id": one.pk,
        "number": one.number,
        "status": one.status,
        "customer": one.customer.external_id,
        "currency": one.currency,
        "period": days(one.period_start, one.period_end),
        "issued_at": one.issued_at,
        "due_at": one.due_at,
        "lines": _lines(one),
        "subtotal": amount_of(one, one.subtotal),
        "discount": amount_of(one, one.discount),
        "taxes": one.document["taxes"],
        "tax": amount_of(one, one.tax),
        "tax_note": one.document.get("tax_note"),
        "total": amount_of(one, one.total),
        "paid": amount_of(one, one.paid),
        "credited": amount_of(one, one.credited),
        "due": amount_of(one, one.due),
    }


def _lines(one: Invoice) -> list[dict[str, Any]]:
    """The rows of an issued invoice's lines; those of the document where it was never issued."""
    if one.number is None:
        return _of_document(one.document)
    return [_line(line, one) for line in sorted(one.lines.all(), key=lambda line: line.position)]


def _of_document(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": None} | {name: line[name] for name in LINE} | {"period": _period(line["period"])}
        for line in document["lines"]
    ]


def _line(line: InvoiceLine, one: Invoice) -> dict[str, Any]:
    return {
        "id": line.pk,
        "kind": line.kind,
        "outcome": line.outcome,
        "definitions": line.definitions,
        "period": days(line.period_start, line.period_end),
        "description": line.description,
        "quantity": None if line.quantity is None else plain(line.quantity),
        "amount": amount_of(one, line.amount),
        "amount_exact": line.amount_exact,
        "breakdown": line.breakdown,
    }


LINE = ("kind", "outcome", "definitions", "period", "description", "quantity", "amount", "amount_exact", "breakdown")


def draft_invoice(customer: Customer, document: dict[str, Any]) -> dict[str, Any]:
    """The invoice that a document would become: without id, number and dates of its own."""
    zero = amount_text(Decimal(0), document["currency"])
    return {
        "id": None,
        "number": None,
        "status": Invoice.Status.DRAFT,
        "customer": customer.external_id,
        "currency": document["currency"],
        "period": _period(document["period"]),
        "issued_at": None,
        "due_at": None,
        "lines": _of_document(document),
        **{name: document[name] for name in ("subtotal", "discount", "taxes", "tax", "tax_note", "total")},
        "paid": zero,
        "credited": zero,
        "due": document["total"],
    }


def _period(period: dict[str, str]) -> dict[str, str]:
    return {"start": period["start"], "end": period["end"]}
