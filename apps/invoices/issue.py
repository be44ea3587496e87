"""Issuing: rated cycles become numbered documents that never change, once and only once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text
from apps.invoices.balance import apply_balances
from apps.invoices.document import Heading
from apps.invoices.issuer import Issuer
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.numbers import take_numbers
from apps.outbox.outbox import put_all

AFTER_ISSUE = ("apps.invoices.deliver.store_pdf", "apps.invoices.deliver.mail_invoice")


def heading(issuer: Issuer, *, at: datetime) -> Heading:
    """The heading of what is issued now; `number` puts the number in."""
    return Heading("", at, at + timedelta(days=issuer.profile.payment_days))


def fill(invoice: Invoice, document: dict[str, Any]) -> Invoice:
    """Put a document, and its sums as columns, on the invoice."""
    invoice.document = document
    for name in ("subtotal", "discount", "tax", "total"):
        setattr(invoice, name, Decimal(document[name]))
    return invoice


def number(invoices: Sequence[Invoice], issuer: Issuer, *, at: datetime) -> None:
    """Give filled invoices their numbers and dates, in order: from here on they are issued. Needs `customer` on each.

    One of nothing is paid. The rows are written by the caller.
    """
    years = [invoice.customer.today(at).year for invoice in invoices]
    due_at = heading(issuer, at=at).due_at
    for invoice, taken in zip(invoices, take_numbers(issuer.profile.invoice_prefix, years), strict=True):
        invoice.document["number"] = invoice.number = taken
        invoice.status = Invoice.Status.ISSUED if invoice.total else Invoice.Status.PAID
        invoice.issued_at, invoice.due_at = at, due_at


def after_issue(invoices: Sequence[Invoice], *, at: datetime) -> None:
    """Pay issued invoices from balances, write their lines as rows, and put their PDFs and mails in the outbox."""
    apply_balances(invoices, at=at)
    InvoiceLine.objects.bulk_create(line for invoice in invoices for line in lines_of(invoice))
    put_all([(handler, [str(invoice.pk)]) for invoice in invoices for handler in AFTER_ISSUE], at=at)


def lines_of(invoice: Invoice) -> Iterable[InvoiceLine]:
    """The document's lines as rows, so that they can be asked about."""
    return (
        InvoiceLine(
            invoice=invoice,
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
        for position, line in enumerate(invoice.document["lines"])
    )


def amount_of(invoice: Invoice, amount: Decimal) -> str:
    """An amount of the invoice as the API writes it."""
    return amount_text(amount, invoice.currency)
