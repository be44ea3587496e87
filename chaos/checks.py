"""What has to hold once everything was answered, asked of the database itself and compared with what clients were told.

Each check returns what is wrong, in words; nothing is right.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from apps.invoices.law import classes
from apps.tenants.scope import scope
from chaos.book import Book
from chaos.scene import Vendor

MOST_SHOWN = 5

STORED = """
SELECT e.external_id, o.id, q.id IS NOT NULL
FROM events_event e
LEFT JOIN events_outcome o ON o.tenant_id = e.tenant_id AND o.id = e.id
LEFT JOIN events_quarantine q ON q.tenant_id = e.tenant_id AND q.event_id = e.id
WHERE e.tenant_id = %(tenant)s
"""

LEDGER = """
SELECT o.customer_id, o.version_id, o.dimension, o.booked_day AS day, o.quantity, o.value, o.items,
  CASE WHEN o.late THEN o.quantity ELSE 0 END AS late, 0 AS held, 0 AS voided, 1 AS entries
FROM events_outcome o WHERE o.tenant_id = %(tenant)s AND o.booked_day IS NOT NULL
UNION ALL
SELECT o.customer_id, o.version_id, o.dimension, r.booked_day, r.quantity, r.value, r.items,
  CASE WHEN r.late THEN r.quantity ELSE 0 END,
  CASE r.kind WHEN 'hold' THEN o.quantity WHEN 'release' THEN -o.quantity ELSE 0 END,
  CASE r.kind WHEN 'void' THEN o.quantity ELSE 0 END, 1
FROM events_resolution r JOIN events_outcome o ON o.tenant_id = r.tenant_id AND o.id = r.outcome_id
WHERE r.tenant_id = %(tenant)s AND r.booked_day IS NOT NULL
"""
FIGURES = ("quantity", "value", "items", "late", "held", "voided", "entries")
SUMS = ", ".join(f"sum({figure})::numeric AS {figure}" for figure in FIGURES)
KEY = "customer_id, version_id, dimension, day"
DRIFT = f"""
WITH ledger AS (SELECT {KEY}, {SUMS} FROM ({LEDGER}) entry GROUP BY {KEY}),
  usage AS (SELECT {KEY}, {SUMS} FROM events_usage WHERE tenant_id = %(tenant)s GROUP BY {KEY})
(SELECT 'ledger', * FROM ledger EXCEPT ALL SELECT 'ledger', * FROM usage)
UNION ALL (SELECT 'usage', * FROM usage EXCEPT ALL SELECT 'usage', * FROM ledger)
"""  # noqa: S608

UNHEEDED = """
SELECT o.id, s.event_id
FROM events_signal s
JOIN events_outcome o ON o.tenant_id = s.tenant_id AND o.customer_id = s.customer_id AND o.subject = s.subject
  AND o.heeds_signals AND s.time BETWEEN o.occurred_at AND o.settles_at AND s.event_id <> o.id
JOIN outcomes_definitionversion v ON v.tenant_id = o.tenant_id AND v.id = o.version_id
  AND v.definition_id = s.definition_id
WHERE s.tenant_id = %(tenant)s AND NOT EXISTS (
  SELECT FROM events_resolution r WHERE r.tenant_id = o.tenant_id AND r.outcome_id = o.id
    AND r.kind IN ('void', 'confirm'))
"""

CLAIMED_TWICE = """
SELECT v.definition_id, o.customer_id, o.subject, to_char(o.occurred_at AT TIME ZONE c.time_zone, 'YYYY-MM'), count(*)
FROM events_outcome o
JOIN outcomes_definitionversion v ON v.tenant_id = o.tenant_id AND v.id = o.version_id AND v.once_per_subject = 'month'
JOIN tenants_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
WHERE o.tenant_id = %(tenant)s AND NOT EXISTS (
  SELECT FROM events_resolution r WHERE r.tenant_id = o.tenant_id AND r.outcome_id = o.id AND r.kind = 'void')
GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
"""


def events(database: psycopg.Connection[Any], vendor: Vendor, book: Book) -> Iterator[str]:
    """Every acknowledged event is stored, with the outcome that was told; nothing else is stored."""
    stored = {id: (outcome, waits) for id, outcome, waits in ask(database, STORED, vendor)}
    yield from book.wrong
    yield from (f"{id}: sent and never answered" for id in book.unacknowledged())
    yield from (f"{id}: stored and never sent" for id in stored.keys() - book.sent)
    for id, told in book.told.items():
        if id not in stored:
            yield f"{id}: acknowledged and not stored: {told}"
            continue
        outcome, waits = stored[id]
        if told.stored and (waits or told.outcomes != {str(outcome) if outcome else None}):
            yield f"{id}: told {told}, stored with outcome {outcome}{', waiting' if waits else ''}"
        if not told.stored and not waits and not told.quarantined:
            yield f"{id}: told {told}, but it does not wait"


def ledger(database: psycopg.Connection[Any], vendor: Vendor, book: Book) -> Iterator[str]:
    """Usage is the ledger's sum; signals and words have acted; a subject counts once; the law holds."""
    yield from (f"usage differs from the ledger: {row}" for row in ask(database, DRIFT, vendor))
    yield from (f"a signal did nothing: {row}" for row in ask(database, UNHEEDED, vendor))
    yield from (f"a subject counts twice: {row}" for row in ask(database, CLAIMED_TWICE, vendor))
    voids = "SELECT outcome_id FROM events_resolution WHERE tenant_id = %(tenant)s AND kind = 'void'"
    missing = book.voided - {str(id) for (id,) in ask(database, voids, vendor)}
    yield from (f"outcome {one}: its void was acknowledged and is not there" for one in missing)
    outcomes = {outcome for _, outcome, _ in ask(database, STORED, vendor) if outcome}
    counted = law(vendor.tenant_id)
    if sum(counted.values()) != len(outcomes):
        yield f"the classes {counted} do not sum to {len(outcomes)} outcomes"


def law(tenant_id: UUID) -> dict[str, int]:
    """The classes of the law, which sum to what was accepted as billable."""
    with scope(tenant_id):
        return dict(classes(tenant_id, at=datetime.now(UTC)))


def ask(database: psycopg.Connection[Any], query: str, vendor: Vendor) -> list[Any]:
    return database.execute(query, {"tenant": vendor.tenant_id}).fetchall()


def shown(found: list[str]) -> list[str]:
    """The first of them, and how many more there are."""
    more = len(found) - MOST_SHOWN
    return found[:MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
