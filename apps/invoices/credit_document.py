"""The document of a credit note: as an invoice's, and the invoice that it credits. Parties and looks are that one's."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text, exact
from apps.invoices.models import CreditNoteLine, Invoice
from apps.invoices.rerating import ZERO, Credit, keys_of

type Json = Mapping[str, Any]
SAME = ("period", "currency", "plan", "locale", "seller", "buyer", "tax_note", "paper", "logo", "accent")
"""What a credit note has of its invoice."""


def credit_document(invoice: Invoice, credit: Credit, *, reason: str, note: str, at: datetime) -> dict[str, Any]:
    """The document, not yet numbered. Needs `customer` fetched with the invoice, and what is due of it as it is now."""
    currency = invoice.currency
    with exact():
        discount = -sum((Decimal(one["amount"]) for one in credit.lines if one["kind"] == "discount"), ZERO)
        subtotal = sum((Decimal(one["amount"]) for one in credit.lines if one["kind"] != "discount"), ZERO)
        tax = sum((Decimal(one["amount"]) for one in credit.taxes), ZERO)
        applied = min(credit.total, invoice.due)
        amounts = {
            "subtotal": subtotal,
            "discount": discount,
            "tax": tax,
            "total": credit.total,
            "applied": applied,
            "to_balance": credit.total - applied,
        }
    return {
        **{name: invoice.document[name] for name in SAME},
        "number": "",
        "issued_on": invoice.customer.today(at).isoformat(),
        "due_on": None,
        "invoice": {
            "id": str(invoice.pk),
            "number": invoice.number,
            "issued_on": invoice.document["issued_on"],
        },
        "reason": reason,
        "note": note,
        "intro": "",
        "footer": invoice.document["footer"],
        "payment_instructions": "",
        "lines": credit.lines,
        "taxes": credit.taxes,
        **{name: amount_text(amount, currency) for name, amount in amounts.items()},
    }


def lines_of(document: Json, invoice: Invoice) -> list[CreditNoteLine]:
    """The document's lines as rows, each with the line of the invoice that it credits, where there is one."""
    ids = {key: line.pk for key, line in invoice_lines(invoice).items()}
    return [
        CreditNoteLine(
            line_id=ids.get(line["key"]),
            position=position,
            kind=line["kind"],
            outcome=line["outcome"],
            description=line["description"],
            period_start=line["period"]["start"],
            period_end=line["period"]["end"],
            quantity=Decimal(line["quantity"]),
            amount=Decimal(line["amount"]),
            amount_exact=line["amount_exact"],
            breakdown=line["breakdown"],
            definitions=line["definitions"],
        )
        for position, line in enumerate(document["lines"])
    ]


def invoice_lines(invoice: Invoice) -> dict[str, Any]:
    """The invoice's lines as rows, by the keys of its document's lines."""
    rows = {row.position: row for row in invoice.lines.all()}
    return {key: rows[position] for position, key in enumerate(keys_of(invoice.document))}
