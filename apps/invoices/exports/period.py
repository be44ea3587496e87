"""Which documents and payments fall into a period: by the customer's day, as it was at issue or when money moved."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import DateField, F, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.common.periods import Period
from apps.invoices.models import BalanceEntry, Payment

APART = timedelta(days=1)
"""No zone is further from UTC than this."""
CHUNK = 500
"""Documents that are read from the database at once."""


PRINTED = {"issued_at": "issued_on", "due_at": "due_on"}
"""Instants of a document, and where in it the day stands that they were to its customer."""


def with_days(documents: QuerySet[Any], *fields: str) -> QuerySet[Any]:
    """The documents, left in the database, annotated with the days that stand on them: what `day_of` needs."""
    days = {f"{field}_day": _day(field, "document") for field in fields}
    rows: QuerySet[Any] = documents.defer("document").annotate(**days)
    return rows


def payments() -> QuerySet[Any]:
    """Payments and refunds with their invoices, annotated with the days on which the money moved."""
    rows = Payment.objects.select_related("invoice").defer("invoice__document")
    told: QuerySet[Any] = rows.annotate(at_day=F("day"))
    return told


def paid_by_balances() -> QuerySet[Any]:
    """What balances paid, with the invoices, annotated with the days on which those were issued: then it was paid."""
    rows = BalanceEntry.objects.filter(kind=BalanceEntry.Kind.APPLIED)
    rows = rows.select_related("invoice").defer("invoice__document")
    told: QuerySet[Any] = rows.annotate(at_day=_day("issued_at", "invoice__document"))
    return told


def _day(field: str, document: str) -> Cast:
    return Cast(KeyTextTransform(PRINTED[field], document), DateField())


def within(rows: QuerySet[Any], field: str, period: Period) -> Iterator[Any]:
    """The rows whose instant `field` was to their customer on a day of the period, oldest first, in chunks."""
    start = datetime.combine(period.start, time.min, UTC) - APART
    end = datetime.combine(period.end, time.min, UTC) + APART
    near = rows.filter(**{f"{field}__gte": start, f"{field}__lt": end}).select_related("customer").order_by(field, "pk")
    for row in near.iterator(chunk_size=CHUNK):
        if period.contains(day_of(row, field)):
            yield row


def day_of(row: Any, field: str) -> date:
    """The day that the instant `field` was to the row's customer then, to whatever zone he has moved since."""
    day: date = getattr(row, f"{field}_day")
    return day


def months(period: Period) -> list[Period]:
    """The period cut at the first of each month."""
    cuts = [period.start, *(day for day in period if day.day == 1 and day != period.start), period.end]
    return [Period(start, end) for start, end in pairwise(cuts)]
