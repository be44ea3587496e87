"""The outcomes that an invoice counted, or one of its lines: as rows of a page, and as CSV straight from the ledger."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from apps.common import csvs
from apps.events.models import Event
from apps.invoices.find import outcomes_of, with_all, with_state
from apps.invoices.models import Invoice
from apps.tenants.scope import scope

FIELDS = {
    "outcome": "pk",
    "event": "external_id",
    "definition": "version__definition__code",
    "version": "version__number",
    "subject": "subject",
    "dimension": "dimension",
    "occurred_at": "occurred_at",
    "booked_day": "final_day",
    "state": "state",
    "quantity": "quantity",
    "value": "value",
    "evidence": "evidence",
}
"""The columns of the file, and where each comes from."""
CHUNK = 2_000
"""Rows that are fetched from the database at once."""


def line_of(invoice: Invoice, position: int) -> dict[str, Any]:
    """The line at this position of the document. Raises Invoice.DoesNotExist where there is none."""
    lines: list[dict[str, Any]] = invoice.document["lines"]
    if position >= len(lines):
        raise Invoice.DoesNotExist(f"{invoice} has no line {position}.")
    return lines[position]


def counted(invoice: Invoice, line: dict[str, Any] | None, *, at: datetime) -> QuerySet[Any]:
    """What the line counted, or the whole invoice without one, each with its state, event and version."""
    return with_all(outcomes_of(invoice, line), at=at)


def stream(tenant_id: UUID, invoice: Invoice, line: dict[str, Any] | None, *, at: datetime) -> Iterator[bytes]:
    """The same as CSV, in a scope of its own and by a cursor of the server's: a million outcomes take no more memory
    than a few thousand.
    """
    with scope(tenant_id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # plan for all rows: one for the first is 8 times slower
        events = Event.objects.filter(pk=OuterRef("event"))
        rows = with_state(outcomes_of(invoice, line), at=at).annotate(
            external_id=Subquery(events.values("external_id")), evidence=Subquery(events.values("evidence"))
        )
        yield from csvs.encoded(_rows(rows.order_by("pk").values_list(*FIELDS.values())))


def _rows(found: QuerySet[Any, Any]) -> Iterator[Sequence[Any]]:
    yield list(FIELDS)
    yield from found.iterator(chunk_size=CHUNK)


def file_name(invoice: Invoice, position: int | None) -> str:
    part = "outcomes" if position is None else f"line-{position + 1}-outcomes"
    return f"{invoice.number or 'draft'}-{part}.csv"
