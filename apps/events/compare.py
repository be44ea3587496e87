"""Whether Usage and PendingSums are what the ledger says: both sides are summed by one statement, and so at one moment.

An entry and what it adds to the sums become durable together. So what differs at one moment is damage, and the same
damage at every later one, however many writers run: they add to both sides alike. That is why mending needs to stop
nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID

from django.db import connection

from apps.common.numbers import plain
from apps.events.pending import FIRST, SPAN, span_of, start_of
from apps.events.usage import FIGURES
from apps.tenants.scope import current_tenant_id

type Figures = tuple[Decimal | int, ...]
"""Sums of one key, as `usage.FIGURES` names them; of a PendingSum the quantity alone."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A key whose sum is not that of its entries: what the ledger says is `expected`, what stood there `found`.

    One of Usage, or the PendingSum that `starts` then.
    """

    customer_id: UUID
    day: date
    starts: datetime | None
    version_id: UUID
    dimension: str
    customer: str
    outcome: str
    version: int
    expected: Figures
    found: Figures

    @property
    def name(self) -> str:
        """The key as a reader knows it: "halden, 2026-11-05, resolved_ticket version 1, email".

        Of a PendingSum: "halden, 2026-11-05, pending until 12:05 UTC, …".
        """
        until = f"pending until {self.starts + SPAN:%H:%M} UTC" if self.starts else ""
        words = [self.customer, f"{self.day}", until, f"{self.outcome} version {self.version}", self.dimension]
        return ", ".join(filter(None, words))

    @property
    def wrong(self) -> dict[str, tuple[str, str]]:
        """(expected, found), as text, of each figure that is not right. `entries` may be more: mending lets it grow."""
        pairs = zip(FIGURES, self.expected, self.found, strict=self.starts is None)
        wrong = [(name, own, other) for name, own, other in pairs if own > other or (own < other and name != "entries")]
        return {name: (plain(Decimal(own)), plain(Decimal(other))) for name, own, other in wrong}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many sums were compared, and those that differ."""

    sums: int
    differences: Sequence[Difference]

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(self.sums + other.sums, [*self.differences, *other.differences])


NAMED = """
  JOIN tenants_customer customer ON customer.tenant_id = %(tenant)s AND customer.id = d.customer_id
  JOIN outcomes_definitionversion version ON version.tenant_id = %(tenant)s AND version.id = d.version_id
  JOIN outcomes_outcomedefinition definition
    ON definition.tenant_id = %(tenant)s AND definition.id = version.definition_id"""
"""The customer and the outcome of what differs."""
COMPARE = f"""
WITH entry AS (
  SELECT customer_id, booked_day AS day, version_id, dimension, quantity, value, items,
    CASE WHEN late THEN quantity ELSE 0 END AS late, 0 AS held, 0 AS voided
  FROM events_outcome
  WHERE tenant_id = %(tenant)s AND booked_day IS NOT NULL AND (%(all_customers)s OR customer_id = ANY(%(customers)s))
    AND (%(all_days)s OR booked_day = ANY(%(days)s))
  UNION ALL
  SELECT o.customer_id, r.booked_day, o.version_id, o.dimension, r.quantity, r.value, r.items,
    CASE WHEN r.late THEN r.quantity ELSE 0 END,
    CASE r.kind WHEN 'hold' THEN o.quantity WHEN 'release' THEN -o.quantity ELSE 0 END,
    CASE r.kind WHEN 'void' THEN o.quantity ELSE 0 END
  FROM events_resolution r JOIN events_outcome o ON o.tenant_id = r.tenant_id AND o.id = r.outcome_id
  WHERE r.tenant_id = %(tenant)s AND r.booked_day IS NOT NULL AND (%(all_days)s OR r.booked_day = ANY(%(days)s))
    AND (%(all_customers)s OR o.customer_id = ANY(%(customers)s))
), counted AS (
  SELECT customer_id, day, version_id, dimension, sum(quantity) AS quantity, sum(value) AS value,
    sum(items)::bigint AS items, sum(late) AS late, sum(held) AS held, sum(voided) AS voided, count(*) AS entries
  FROM entry GROUP BY customer_id, day, version_id, dimension
), kept AS (
  SELECT customer_id, day, version_id, dimension, sum(quantity) AS quantity, sum(value) AS value,
    sum(items)::bigint AS items, sum(late) AS late, sum(held) AS held, sum(voided) AS voided,
    sum(entries)::bigint AS entries
  FROM events_usage
  WHERE tenant_id = %(tenant)s AND (%(all_customers)s OR customer_id = ANY(%(customers)s))
    AND (%(all_days)s OR day = ANY(%(days)s))
  GROUP BY customer_id, day, version_id, dimension
), compared AS (
  SELECT customer_id, day, version_id, dimension,
    COALESCE(c.quantity, 0) AS quantity, COALESCE(c.value, 0) AS value, COALESCE(c.items, 0) AS items,
    COALESCE(c.late, 0) AS late, COALESCE(c.held, 0) AS held, COALESCE(c.voided, 0) AS voided,
    COALESCE(c.entries, 0) AS entries,
    COALESCE(k.quantity, 0) AS quantity_found, COALESCE(k.value, 0) AS value_found, COALESCE(k.items, 0) AS items_found,
    COALESCE(k.late, 0) AS late_found, COALESCE(k.held, 0) AS held_found, COALESCE(k.voided, 0) AS voided_found,
    COALESCE(k.entries, 0) AS entries_found
  FROM counted c FULL JOIN kept k USING (customer_id, day, version_id, dimension)
), differing AS (
  SELECT * FROM compared
  WHERE (quantity, value, items, late, held, voided)
      <> (quantity_found, value_found, items_found, late_found, held_found, voided_found)
    OR entries > entries_found
)
SELECT (SELECT count(*) FROM compared), d.customer_id, d.day, NULL, d.version_id, d.dimension, customer.external_id,
  definition.code, version.number, d.quantity, d.value, d.items, d.late, d.held, d.voided, d.entries,
  d.quantity_found, d.value_found, d.items_found, d.late_found, d.held_found, d.voided_found, d.entries_found
FROM (SELECT) one
LEFT JOIN (
  differing d
{NAMED}
) ON true
ORDER BY customer.external_id, d.day, definition.code, version.number, d.dimension
"""  # noqa: S608  # joins by their names

COMPARE_PENDING = f"""
WITH own AS (
  SELECT id, customer_id, booked_day, version_id, dimension, quantity,
    date_bin(%(span)s, settles_at, %(first)s) AS starts
  FROM events_outcome
  WHERE tenant_id = %(tenant)s AND pending_summed IS NOT NULL AND pending_summed AND settles_at >= %(coming)s
    AND (%(all_customers)s OR customer_id = ANY(%(customers)s))
), entry AS (
  SELECT customer_id, booked_day AS day, starts, version_id, dimension, quantity FROM own
  UNION ALL
  SELECT own.customer_id, r.booked_day, own.starts, own.version_id, own.dimension, r.quantity
  FROM own JOIN events_resolution r
    ON r.tenant_id = %(tenant)s AND r.outcome_id = own.id AND r.booked_day IS NOT NULL
), counted AS (
  SELECT customer_id, day, starts, version_id, dimension, sum(quantity) AS quantity
  FROM entry GROUP BY customer_id, day, starts, version_id, dimension
), kept AS (
  SELECT customer_id, day, starts, version_id, dimension, sum(quantity) AS quantity
  FROM events_pendingsum
  WHERE tenant_id = %(tenant)s AND starts >= %(coming)s AND (%(all_customers)s OR customer_id = ANY(%(customers)s))
  GROUP BY customer_id, day, starts, version_id, dimension
), compared AS (
  SELECT customer_id, day, starts, version_id, dimension, COALESCE(c.quantity, 0) AS quantity,
    COALESCE(k.quantity, 0) AS found
  FROM counted c FULL JOIN kept k USING (customer_id, day, starts, version_id, dimension)
)
SELECT (SELECT count(*) FROM compared), d.customer_id, d.day, d.starts, d.version_id, d.dimension,
  customer.external_id, definition.code, version.number, d.quantity, d.found
FROM (SELECT) one
LEFT JOIN (
  compared d
{NAMED}
) ON d.quantity <> d.found
ORDER BY customer.external_id, d.starts, d.day, definition.code, version.number, d.dimension
"""  # noqa: S608  # joins by their names


def compare(customers: Sequence[UUID] | None = None, days: Sequence[date] | None = None) -> Comparison:
    """Compare Usage with the ledger, for these customers and days or for all. Needs a scope, and no lock."""
    return _compared(COMPARE, customers, {"all_days": days is None, "days": list(days or ())})


def compare_pending(customers: Sequence[UUID] | None = None, *, at: datetime) -> Comparison:
    """Compare the PendingSums that are read from `at` on with the ledger. Needs a scope, and no lock."""
    return _compared(COMPARE_PENDING, customers, {"span": SPAN, "first": FIRST, "coming": start_of(span_of(at) + 1)})


def _compared(statement: LiteralString, customers: Sequence[UUID] | None, values: dict[str, Any]) -> Comparison:
    values |= {
        "tenant": current_tenant_id(),
        "all_customers": customers is None,
        "customers": list(customers or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows = cursor.fetchall()
    return Comparison(rows[0][0], [_difference(*row[1:]) for row in rows if row[1] is not None])


def _difference(
    customer_id: UUID, day: date, starts: datetime | None, version_id: UUID, dimension: str, *rest: Any
) -> Difference:
    (customer, outcome, version), figures = rest[:3], rest[3:]
    expected, found = figures[: len(figures) // 2], figures[len(figures) // 2 :]
    return Difference(customer_id, day, starts, version_id, dimension, customer, outcome, version, expected, found)
