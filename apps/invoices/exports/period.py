"""Which documents fall into a period: by the day that stands on them, which was the customer's at issue."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Protocol

from django.db.models import QuerySet
from django.db.models.fields.json import KT

from apps.common.periods import Period, local_day
from apps.tenants.models import Customer

APART = timedelta(days=1)
"""No zone is further from UTC than this."""
CHUNK = 500
"""Documents that are read from the database at once."""


PRINTED = {"issued_at": "issued_on", "due_at": "due_on"}
"""Instants of a document, and where in it the day stands that they were to its customer."""


class Dated(Protocol):
    """What belongs to a customer."""

    customer: Customer


def with_days(documents: QuerySet[Any], *fields: str) -> QuerySet[Any]:
    """The documents, left in the database, annotated with the days that stand on them: what `day_of` needs."""
    days = {f"{field}_day": KT(f"document__{PRINTED[field]}") for field in fields}
    rows: QuerySet[Any] = documents.defer("document").annotate(**days)
    return rows


def within(rows: QuerySet[Any], field: str, period: Period) -> Iterator[Any]:
    """The rows whose instant `field` falls into the period on the customer's calendar, oldest first, in chunks."""
    start = datetime.combine(period.start, time.min, UTC) - APART
    end = datetime.combine(period.end, time.min, UTC) + APART
    near = rows.filter(**{f"{field}__gte": start, f"{field}__lt": end}).select_related("customer").order_by(field, "pk")
    for row in near.iterator(chunk_size=CHUNK):
        if period.contains(day_of(row, field)):
            yield row


def day_of(row: Dated, field: str) -> date:
    """The day of the instant `field` at the row's customer: of a document the one that stands on it, to whatever zone
    he has moved since.
    """
    if field in PRINTED:
        return date.fromisoformat(getattr(row, f"{field}_day"))
    return local_day(getattr(row, field), row.customer.zone)


def months(period: Period) -> list[Period]:
    """The period cut at the first of each month."""
    cuts = [period.start, *(day for day in period if day.day == 1 and day != period.start), period.end]
    return [Period(start, end) for start, end in pairwise(cuts)]
