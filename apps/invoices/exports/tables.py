"""One table for each kind of document: its columns, and the rows in the order of their days."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.common.csvs import Written
from apps.common.money import amount_text
from apps.common.periods import Period
from apps.invoices.exports.period import CHUNK, day_of, payments, with_days, within
from apps.invoices.models import CreditNote, Invoice, InvoiceLine

type Row = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A file: what it is called, its columns, and the rows of a period."""

    title: str
    columns: tuple[str, ...]
    rows: Callable[[Period], Iterator[Row]]


BUYER = ("customer", "customer_name")
INVOICE = (
    "date",
    "number",
    "status",
    "due_date",
    *BUYER,
    "country",
    "tax_id",
    "period_start",
    "period_end",
    "currency",
    "subtotal",
    "discount",
    "tax",
    "total",
    "paid",
    "credited",
    "due",
)
LINE = (
    "date",
    "invoice",
    "position",
    "kind",
    "outcome",
    "description",
    "period_start",
    "period_end",
    "quantity",
    "currency",
    "amount",
    "amount_exact",
    *BUYER,
    "line",
)
PAYMENT = (
    "date",
    "kind",
    "invoice",
    *BUYER,
    "currency",
    "amount",
    "applied",
    "balance",
    "reference",
    "recorded_at",
    "recorded_by",
)
CREDIT_NOTE = (
    "date",
    "number",
    "invoice",
    "reason",
    "note",
    *BUYER,
    "currency",
    "subtotal",
    "discount",
    "tax",
    "total",
    "applied",
    "balance",
)


def money(amount: Decimal, currency: str) -> Written:
    return Written(amount_text(amount, currency))


def issued() -> QuerySet[Invoice]:
    """All that were issued; their documents stay in the database."""
    rows: QuerySet[Invoice] = with_days(Invoice.objects.exclude(issued_at=None), "issued_at", "due_at")
    return rows


def chosen(ids: Iterable[UUID]) -> Iterator[Invoice]:
    """The issued ones of these, by number."""
    rows = issued().filter(pk__in=ids).select_related("customer").order_by("issued_at", "pk")
    return rows.iterator(chunk_size=CHUNK)


def invoice_rows(found: Iterable[Invoice]) -> Iterator[Row]:
    for one in found:
        names = ("subtotal", "discount", "tax", "total", "paid", "credited", "due")
        yield (
            day_of(one, "issued_at"),
            one.number,
            one.status,
            day_of(one, "due_at"),
            one.customer.external_id,
            one.customer.name,
            one.customer.country,
            one.customer.tax_id,
            one.period_start,
            one.period.last,
            one.currency,
            *(money(getattr(one, name), one.currency) for name in names),
        )


def line_rows(found: Iterable[Invoice]) -> Iterator[Row]:
    for invoice in found:
        for line in InvoiceLine.objects.filter(invoice=invoice).order_by("position"):
            yield (
                day_of(invoice, "issued_at"),
                invoice.number,
                line.position + 1,
                line.kind,
                line.outcome,
                line.description,
                line.period_start,
                line.period_end - timedelta(days=1),
                line.quantity,
                invoice.currency,
                money(line.amount, invoice.currency),
                Written(line.amount_exact),
                invoice.customer.external_id,
                invoice.customer.name,
                line.pk,
            )


def payment_rows(period: Period) -> Iterator[Row]:
    for one in within(payments(), "at", period):
        yield (
            day_of(one, "at"),
            one.kind,
            one.invoice.number,
            one.customer.external_id,
            one.customer.name,
            one.currency,
            money(one.amount, one.currency),
            money(one.applied, one.currency),
            money(one.to_balance, one.currency),
            one.reference,
            one.recorded_at,
            one.by,
        )


def credit_note_rows(period: Period) -> Iterator[Row]:
    rows = with_days(CreditNote.objects.select_related("invoice").defer("invoice__document"), "issued_at")
    for one in within(rows, "issued_at", period):
        names = ("subtotal", "discount", "tax", "total", "applied")
        yield (
            day_of(one, "issued_at"),
            one.number,
            one.invoice.number,
            one.reason,
            one.note,
            one.customer.external_id,
            one.customer.name,
            one.currency,
            *(money(getattr(one, name), one.currency) for name in names),
            money(one.to_balance, one.currency),
        )


TABLES = {
    "invoices": Table("Invoices", INVOICE, lambda period: invoice_rows(within(issued(), "issued_at", period))),
    "lines": Table("Invoice lines", LINE, lambda period: line_rows(within(issued(), "issued_at", period))),
    "payments": Table("Payments", PAYMENT, payment_rows),
    "credit-notes": Table("Credit notes", CREDIT_NOTE, credit_note_rows),
}
