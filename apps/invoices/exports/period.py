"""Which documents fall into a period: by the day that stands on them, which is the customer's."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Protocol

from django.db.models import QuerySet

from apps.common.periods import Period, local_day
from apps.tenants.models import Customer

APART = timedelta(days=1)
"""No zone is further from UTC than this."""
CHUNK = 500
"""Documents that are read from the database at once."""


class Dated(Protocol):
    """What belongs to a customer."""

    customer: Customer


def within(rows: QuerySet[Any], field: str, period: Period) -> Iterator[Any]:
    """The rows whose instant `field` falls into the period on the customer's calendar, oldest first, in chunks."""
    start = datetime.combine(period.start, time.min, UTC) - APART
    end = datetime.combine(period.end, time.min, UTC) + APART
    near = rows.filter(**{f"{field}__gte": start, f"{field}__lt": end}).select_related("customer").order_by(field, "pk")
    for row in near.iterator(chunk_size=CHUNK):
        day = day_of(row, getattr(row, field))
        if day and period.contains(day):
            yield row


def day_of(row: Dated, at: datetime | None) -> date | None:
    """The day of the instant at the row's customer."""
    return None if at is None else local_day(at, row.customer.zone)


def months(period: Period) -> list[Period]:
    """The period cut at the first of each month."""
    cuts = [period.start, *(day for day in period if day.day == 1 and day != period.start), period.end]
    return [Period(start, end) for start, end in pairwise(cuts)]
