"""The journal: every posting of a period, in the order of the documents' days."""

from collections.abc import Callable, Iterator
from datetime import date
from heapq import merge
from typing import Any, NamedTuple

from django.db.models import F

from apps.common.periods import Period
from apps.invoices.exports import period as moved
from apps.invoices.exports import postings
from apps.invoices.exports.period import day_of, with_days, within
from apps.invoices.exports.postings import Posting
from apps.invoices.exports.tables import BUYER, Row, Table, money
from apps.invoices.models import CreditNote, Invoice, Payment

COLUMNS = ("date", "document", "number", "account", "debit", "credit", "currency", "tax_rate", *BUYER, "reference")


class Entry(NamedTuple):
    """A document's postings; entries are ordered by instant, then by kind."""

    at: Any
    order: int
    id: Any
    day: date
    document: Any
    name: str
    number: str
    reference: str
    postings: list[Posting]


def invoices(period: Period) -> Iterator[Entry]:
    issued = with_days(Invoice.objects.exclude(issued_at=None), "issued_at").annotate(taxes=F("document__taxes"))
    for one in within(issued.prefetch_related("lines"), "issued_at", period):
        found = postings.of_invoice(one.total, _lines(one), one.taxes or [])
        day = day_of(one, "issued_at")
        yield Entry(one.issued_at, 0, one.pk, day, one, "invoice", one.number, "", found)


def credit_notes(period: Period) -> Iterator[Entry]:
    notes = CreditNote.objects.defer("invoice__document").annotate(taxes=F("document__taxes"))
    rows = with_days(notes, "issued_at")
    for one in within(rows.select_related("invoice").prefetch_related("lines"), "issued_at", period):
        found = postings.of_credit_note(one.applied, one.to_balance, _lines(one), one.taxes or [])
        day = day_of(one, "issued_at")
        yield Entry(one.issued_at, 1, one.pk, day, one, "credit_note", one.number, one.invoice.number, found)


def payments(period: Period) -> Iterator[Entry]:
    for one in within(moved.payments(), "at", period):
        found = postings.of_payment(one.amount, one.applied, refund=one.kind == Payment.Kind.REFUND)
        yield Entry(one.at, 2, one.pk, day_of(one, "at"), one, one.kind, one.invoice.number, one.reference, found)


def balances(period: Period) -> Iterator[Entry]:
    """What the balance paid; how it grew stands with the payments and credit notes that did it."""
    for one in within(moved.paid_by_balances(), "at", period):
        found = postings.of_balance(one.amount.copy_negate())
        yield Entry(one.at, 3, one.pk, day_of(one, "at"), one, "balance", one.invoice.number, "", found)


SOURCES: tuple[Callable[[Period], Iterator[Entry]], ...] = (invoices, credit_notes, payments, balances)


def rows(period: Period) -> Iterator[Row]:
    for entry in merge(*(source(period) for source in SOURCES), key=lambda entry: entry[:3]):
        document = entry.document
        for one in entry.postings:
            yield (
                entry.day,
                entry.name,
                entry.number,
                one.account,
                None if one.debit is None else money(one.debit, document.currency),
                None if one.credit is None else money(one.credit, document.currency),
                document.currency,
                one.rate,
                document.customer.external_id,
                document.customer.name,
                entry.reference,
            )


def _lines(document: Any) -> list[Any]:
    ordered = sorted(document.lines.all(), key=lambda line: line.position)
    return [(line.kind, line.outcome, line.amount) for line in ordered]


JOURNAL = Table("Journal", COLUMNS, rows)
