"""Reading Usage: the sums of a customer's ledger, by version, dimension and day, its slots added up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from apps.common.arrays import array
from apps.common.money import exact
from apps.common.periods import Period
from apps.common.statements import ask
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


TOTALS_OF = """
SELECT used.key, definition.code, version.id, version.number, version.hash, used.dimension, NULL,
  used.quantity, used.value, used.items, used.late, used.held, used.voided, used.entries
FROM (
  SELECT span.key, version_id, dimension, sum(quantity) AS quantity, sum(value) AS value, sum(items)::bigint AS items,
    sum(late) AS late, sum(held) AS held, sum(voided) AS voided, sum(entries)::bigint AS entries
  FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::date[]) AS span (key, customer_id, starts, ends)
  JOIN events_usage used ON used.tenant_id = %b AND used.customer_id = span.customer_id
    AND used.day >= span.starts AND used.day < span.ends
  GROUP BY span.key, version_id, dimension
) used
JOIN outcomes_definitionversion version ON version.tenant_id = %b AND version.id = used.version_id
JOIN outcomes_outcomedefinition definition
  ON definition.tenant_id = %b AND definition.id = version.definition_id
ORDER BY 1, 2, 4, 6
"""


def ask_totals_of(spans: Mapping[UUID, tuple[UUID, Period]]) -> Callable[[], dict[UUID, list[Sums]]]:
    """Ask for the `totals` of many (customer, days) at once, by the keys that they are given under: one statement."""
    rows = _ask_of(TOTALS_OF, spans)

    def totals() -> dict[UUID, list[Sums]]:
        found: dict[UUID, list[Sums]] = {key: [] for key in spans}
        for key, *figures in rows():
            found[key].append(Sums(*figures))
        return found

    return totals


def _ask_of(statement: LiteralString, spans: Mapping[UUID, tuple[UUID, Period]]) -> Callable[[], list[Any]]:
    """Ask a statement about many (customer, days)."""
    tenant_id, days = current_tenant_id(), [period for _, period in spans.values()]
    keys = [
        array("uuid", list(spans)),
        array("uuid", [customer_id for customer_id, _ in spans.values()]),
        array("day", [period.start for period in days]),
        array("day", [period.end for period in days]),
    ]
    return ask(statement, [*keys, tenant_id, tenant_id, tenant_id])


DAYS_OF = """
SELECT used.key, used.code, array_agg(used.day), array_agg(used.quantity)
FROM (
  SELECT span.key, definition.code, used.day, sum(used.quantity) AS quantity
  FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::date[]) AS span (key, customer_id, starts, ends)
  JOIN events_usage used ON used.tenant_id = %b AND used.customer_id = span.customer_id
    AND used.day >= span.starts AND used.day < span.ends
  JOIN outcomes_definitionversion version ON version.tenant_id = %b AND version.id = used.version_id
  JOIN outcomes_outcomedefinition definition
    ON definition.tenant_id = %b AND definition.id = version.definition_id
  GROUP BY span.key, definition.code, used.day
) used
GROUP BY used.key, used.code
"""


def ask_days_of(
    spans: Mapping[UUID, tuple[UUID, Period]],
) -> Callable[[], dict[UUID, dict[str, dict[date, Decimal]]]]:
    """Ask for the quantity of each day of many (customer, days) at once, by outcome: one statement."""
    rows = _ask_of(DAYS_OF, spans)

    def counted() -> dict[UUID, dict[str, dict[date, Decimal]]]:
        found: dict[UUID, dict[str, dict[date, Decimal]]] = {key: {} for key in spans}
        for key, code, days, quantities in rows():
            found[key][code] = dict(zip(days, quantities, strict=True))
        return found

    return counted


BY_DAY = """
SELECT definition.code, version.id, version.number, version.hash, used.dimension, used.day,
  used.quantity, used.value, used.items, used.late, used.held, used.voided, used.entries
FROM (
  SELECT version_id, dimension, day, sum(quantity) AS quantity, sum(value) AS value, sum(items)::bigint AS items,
    sum(late) AS late, sum(held) AS held, sum(voided) AS voided, sum(entries)::bigint AS entries
  FROM events_usage WHERE tenant_id = %b AND customer_id = %b AND day >= %b AND day < %b
  GROUP BY version_id, dimension, day
) used
JOIN outcomes_definitionversion version ON version.tenant_id = %b AND version.id = used.version_id
JOIN outcomes_outcomedefinition definition ON definition.tenant_id = %b AND definition.id = version.definition_id
ORDER BY 1, 3, 5, 6
"""


def ask_by_day(customer_id: UUID, days: Period) -> Callable[[], list[Sums]]:
    """Ask for the sums of each day that has any, by definition code, version and dimension."""
    tenant_id = current_tenant_id()
    rows = ask(BY_DAY, [tenant_id, customer_id, days.start, days.end, tenant_id, tenant_id])
    return lambda: [Sums(*row) for row in rows()]


def by_day(customer_id: UUID, days: Period) -> list[Sums]:
    """The sums of each day that has any."""
    return ask_by_day(customer_id, days)()


def totals(customer_id: UUID, days: Period) -> list[Sums]:
    """The sums over the days, by definition code, version and dimension."""
    return added(by_day(customer_id, days))


def added(rows: Iterable[Sums]) -> list[Sums]:
    """Sums of single days added up over them, in the order in which they come."""
    found: dict[tuple[UUID, str], list[Sums]] = {}
    for row in rows:
        found.setdefault((row.version_id, row.dimension), []).append(row)
    with exact():
        return [
            replace(same[0], day=None, **{name: sum(getattr(row, name) for row in same) for name in FIGURES})
            for same in found.values()
        ]


ENTRIES = """
SELECT coalesce(sum(entries), 0)::bigint FROM events_usage WHERE tenant_id = %b AND customer_id = %b AND day >= %b
"""


def ask_entries(customer_id: UUID, start: date) -> Callable[[], int]:
    """Ask how many entries were ever booked from this day on: it grows with each, so an equal number is an unchanged
    page.
    """
    rows = ask(ENTRIES, [current_tenant_id(), customer_id, start])
    return lambda: int(rows()[0][0])
