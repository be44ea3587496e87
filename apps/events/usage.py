"""Reading Usage: the sums of a customer's ledger, by version, dimension and day, its slots added up."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from apps.common.periods import Period
from apps.events.models import Outcome, Resolution, Usage
from apps.tenants.scope import current_tenant_id

FIGURES = ("quantity", "value", "items", "late", "held", "voided", "entries")


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of one definition version and dimension, of one day or of many (`day` None)."""

    definition: str
    version_id: UUID
    version: int
    hash: str
    dimension: str
    day: date | None
    quantity: Decimal
    value: Decimal
    items: int
    late: Decimal
    held: Decimal
    voided: Decimal
    entries: int


def _sums(customer_id: UUID, days: Period, *, by_day: bool) -> list[Sums]:
    key = ["version__definition__code", "version_id", "version__number", "version__hash", "dimension"]
    key += ["day"] if by_day else []
    rows = (
        Usage.objects.filter(customer_id=customer_id, day__gte=days.start, day__lt=days.end)
        .values_list(*key)
        .annotate(*(Sum(figure) for figure in FIGURES))
        .order_by(*key)
    )
    found: Iterable[Any] = rows
    return [Sums(*(row if by_day else (*row[:5], None, *row[5:]))) for row in found]


def totals(customer_id: UUID, days: Period) -> list[Sums]:
    """The sums over the days, by definition code, version and dimension."""
    return _sums(customer_id, days, by_day=False)


TOTALS_OF = """
SELECT used.key, definition.code, version.id, version.number, version.hash, used.dimension, NULL,
  used.quantity, used.value, used.items, used.late, used.held, used.voided, used.entries
FROM (
  SELECT span.key, version_id, dimension, sum(quantity) AS quantity, sum(value) AS value, sum(items)::bigint AS items,
    sum(late) AS late, sum(held) AS held, sum(voided) AS voided, sum(entries)::bigint AS entries
  FROM unnest(%(keys)s::uuid[], %(customers)s::uuid[], %(starts)s::date[], %(ends)s::date[])
    AS span (key, customer_id, starts, ends)
  JOIN events_usage used ON used.tenant_id = %(tenant)s AND used.customer_id = span.customer_id
    AND used.day >= span.starts AND used.day < span.ends
  GROUP BY span.key, version_id, dimension
) used
JOIN outcomes_definitionversion version ON version.tenant_id = %(tenant)s AND version.id = used.version_id
JOIN outcomes_outcomedefinition definition
  ON definition.tenant_id = %(tenant)s AND definition.id = version.definition_id
ORDER BY 1, 2, 4, 6
"""


def totals_of(spans: Mapping[UUID, tuple[UUID, Period]]) -> dict[UUID, list[Sums]]:
    """`totals` of many (customer, days) at once, by the keys that they are given under: one statement."""
    found: dict[UUID, list[Sums]] = {key: [] for key in spans}
    days = [period for _, period in spans.values()]
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "keys": list(spans),
        "customers": [customer_id for customer_id, _ in spans.values()],
        "starts": [period.start for period in days],
        "ends": [period.end for period in days],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOTALS_OF, values)
        for key, *figures in cursor:
            found[key].append(Sums(*figures))
    return found


def by_day(customer_id: UUID, days: Period) -> list[Sums]:
    """The sums of each day that has any."""
    return _sums(customer_id, days, by_day=True)


def entries(customer_id: UUID, days: Period) -> int:
    """How many entries were ever booked on the days: it grows with each, so an equal number is an unchanged page."""
    rows = Usage.objects.filter(customer_id=customer_id, day__gte=days.start, day__lt=days.end)
    return int(rows.aggregate(sum=Sum("entries"))["sum"] or 0)


def unsettled_today(customer_id: UUID, today: date, *, at: datetime) -> dict[tuple[UUID, str], Decimal]:
    """Quantity booked today but not settled yet, by version and dimension; without what was voided or held."""
    rows: Any = Outcome.objects.pending(at).filter(customer_id=customer_id, booked_day=today)
    resolved = Resolution.objects.filter(outcome__in=rows.values("pk"), booked_day=today)
    left: dict[tuple[UUID, str], Decimal] = {}
    changes: Iterable[Any] = [
        *rows.values_list("version_id", "dimension").annotate(Sum("quantity")).order_by(),
        *resolved.values_list("outcome__version_id", "outcome__dimension").annotate(Sum("quantity")).order_by(),
    ]
    for version_id, dimension, quantity in changes:
        key = (version_id, dimension)
        left[key] = left.get(key, Decimal(0)) + quantity
    return left


def next_settlement(customer_id: UUID, *, at: datetime) -> datetime | None:
    """When the next pending outcome settles, by the clock alone; None when none is pending."""
    rows = Outcome.objects.pending(at).filter(customer_id=customer_id).order_by("settles_at")
    found: datetime | None = rows.values_list("settles_at", flat=True).first()
    return found
