"""The statements by which a batch reaches the tables: each a single one over arrays, in the documented order of locks.

Arrays go to PostgreSQL in its binary form, which spares both sides the text.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from apps.common.arrays import array, columns
from apps.common.money import exact
from apps.common.statements import ask, read, write
from apps.tenants.base import new_id

USAGE_SLOTS = 16
PENDING_SLOTS = 4


class Standing(NamedTuple):
    """A stored event beside one that was sent under its id; `differs` names the first field that is not the same."""

    position: int
    id: UUID
    differs: str | None
    quarantined: bool
    reason: str | None
    field: str | None
    billable: bool
    settles_at: Any


class UsageDelta(NamedTuple):
    """What entries of one key add; `customer, day, version, dimension` is the key."""

    customer_id: UUID
    day: date
    version_id: UUID
    dimension: str
    quantity: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    items: int = 0
    late: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    voided: Decimal = Decimal(0)
    entries: int = 0


def summed(deltas: Sequence[UsageDelta]) -> list[tuple[UUID, UsageDelta]]:
    """Deltas of one key added up, in order of key, each with an id for a row that is new."""
    same: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for delta in deltas:
        same.setdefault(delta[:4], []).append(delta[4:])
    with exact():
        return [(new_id(), UsageDelta(*key, *map(sum, zip(*same[key], strict=True)))) for key in sorted(same)]


SAID = ["text", "code", "code", "text", "instant", "number", "number", "text", "text"]
EVENT = ["uuid", *SAID, "code", "code", "code", "uuid"]
SENT = ["int", *SAID]
OUTCOME = ["uuid", "uuid", "uuid", "text", "code", "instant", "instant", "flag", "flag", "day", "flag", "flag"]
OUTCOME += ["number", "number"]
WAITING = ["uuid", "uuid", "code", "code", "text"]
USAGE = ["uuid", "uuid", "day", "uuid", "code", "number", "number", "int", "number", "number", "number", "int"]
PENDING = ["uuid", "uuid", "day", "instant", "uuid", "code", "number"]
JUDGEMENT = ["uuid", "uuid", "uuid", "code", "code", "code"]
CLAIM = ["uuid", "uuid", "uuid", "text", "code", "uuid"]
SIGNAL = ["uuid", "uuid", "uuid", "uuid", "text", "instant"]
SUBJECT = ["uuid", "text"]
"""The kinds of the columns of the rows below, in order (apps/common/arrays.py)."""


def keep_plans() -> None:
    """Have no statement of this transaction planned anew: their arrays say nothing that would make a better plan."""
    write("SELECT set_config('plan_cache_mode', 'force_generic_plan', true)")


READ_CONFIG = """
SELECT profile.config_version, customer.external_id, customer.id, customer.time_zone, customer.closed_through
FROM tenants_profile profile
LEFT JOIN tenants_customer customer
  ON customer.tenant_id = profile.tenant_id AND customer.external_id = ANY(%b::text[])
WHERE profile.tenant_id = %b
"""


def ask_config(tenant_id: UUID, external_ids: Iterable[str]) -> Callable[[], list[Any]]:
    """Ask for (config_version, external id, id, time zone, closed_through) of known customers, for none of them a row
    of NULLs; returns what waits for the rows."""
    return ask(READ_CONFIG, [list(external_ids), tenant_id])


EVENTS = """
INSERT INTO events_event (tenant_id, id, external_id, type, customer, subject, time, quantity, value, properties,
  evidence, status, reason, field, version_id, received_at)
SELECT %b, n.id, n.external_id, n.type, n.customer, n.subject, n.time, n.quantity::numeric, n.value::numeric,
  n.properties::jsonb, n.evidence, n.status, n.reason, n.field, n.version_id, %b
FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[],
  %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::uuid[])
  AS n(id, external_id, type, customer, subject, time, quantity, value, properties, evidence, status, reason, field,
       version_id)
"""
ONCE = "ON CONFLICT (tenant_id, external_id) DO NOTHING RETURNING id"
INSERT_EVENTS = f"{EVENTS} {ONCE}"


def insert_events(tenant_id: UUID, received_at: Any, rows: Sequence[Sequence[Any]]) -> Callable[[], set[UUID]]:
    """Store those whose external id is new, in the order given; returns what waits for their ids. At least one row."""
    found = ask(INSERT_EVENTS, [tenant_id, received_at, *columns(EVENT, rows)])
    return lambda: {row[0] for row in found()}


CLASSIFY = """
SELECT n.position, e.id,
  CASE
    WHEN e.type <> n.type THEN 'type'
    WHEN e.customer <> n.customer THEN 'customer'
    WHEN e.subject IS DISTINCT FROM n.subject THEN 'subject'
    WHEN e.time <> n.time THEN 'time'
    WHEN e.quantity <> n.quantity::numeric THEN 'quantity'
    WHEN e.value IS DISTINCT FROM n.value::numeric THEN 'value'
    WHEN e.properties <> n.properties::jsonb THEN 'properties'
    WHEN e.evidence IS DISTINCT FROM n.evidence THEN 'evidence'
  END,
  q.id IS NOT NULL, COALESCE(q.reason, j.reason, CASE WHEN j.id IS NULL THEN e.reason END),
  COALESCE(q.field, j.field, CASE WHEN j.id IS NULL THEN e.field END),
  o.id IS NOT NULL, o.settles_at
FROM unnest(%b::int8[], %b::text[], %b::text[], %b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::text[],
  %b::text[], %b::text[])
  AS n(position, external_id, type, customer, subject, time, quantity, value, properties, evidence)
JOIN events_event e ON e.tenant_id = %b AND e.external_id = n.external_id
LEFT JOIN events_outcome o ON o.tenant_id = e.tenant_id AND o.id = e.id
LEFT JOIN events_quarantine q ON q.tenant_id = e.tenant_id AND q.event_id = e.id
LEFT JOIN LATERAL (
  SELECT * FROM events_judgement j WHERE j.tenant_id = e.tenant_id AND j.event_id = e.id ORDER BY j.id DESC LIMIT 1
) j ON true
"""


def classify(tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> list[Standing]:
    """What is stored under the ids of these messages; one row for each that is stored."""
    if not rows:
        return []
    return [Standing(*row) for row in read(CLASSIFY, [*columns(SENT, rows), tenant_id])]


OUTCOMES = """
INSERT INTO events_outcome (tenant_id, id, customer_id, version_id, subject, dimension, occurred_at, settles_at,
  awaits_confirmation, heeds_signals, booked_day, late, pending_summed, quantity, value, items)
SELECT %b, n.id, n.customer_id, n.version_id, n.subject, n.dimension, n.occurred_at, n.settles_at,
  n.awaits_confirmation, n.heeds_signals, n.booked_day, n.late, n.pending_summed, n.quantity::numeric,
  n.value::numeric, 1
FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[],
  %b::bool[], %b::bool[], %b::date[], %b::bool[], %b::bool[], %b::text[], %b::text[])
  AS n(id, customer_id, version_id, subject, dimension, occurred_at, settles_at, awaits_confirmation, heeds_signals,
       booked_day, late, pending_summed, quantity, value)
"""


def insert_outcomes(tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        write(OUTCOMES, [tenant_id, *columns(OUTCOME, rows)])


INSERT_QUARANTINE = """
INSERT INTO events_quarantine (tenant_id, since, id, event_id, reason, field, detail)
SELECT %b, %b, n.* FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[]) AS n
"""


def insert_quarantine(tenant_id: UUID, since: Any, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        write(INSERT_QUARANTINE, [tenant_id, since, *columns(WAITING, rows)])


INTO_USAGE = """
INSERT INTO events_usage AS usage (tenant_id, slot, id, customer_id, day, version_id, dimension, quantity, value,
  items, late, held, voided, entries)
"""
DELTAS = """
FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::uuid[], %b::text[], %b::text[], %b::text[], %b::int8[],
  %b::text[], %b::text[], %b::text[], %b::int8[])
  AS n(id, customer_id, day, version_id, dimension, quantity, value, items, late, held, voided, entries)
"""
ADDED = """
ON CONFLICT (tenant_id, customer_id, day, version_id, dimension, slot) DO UPDATE SET
  quantity = usage.quantity + EXCLUDED.quantity,
  value = usage.value + EXCLUDED.value,
  items = usage.items + EXCLUDED.items,
  late = usage.late + EXCLUDED.late,
  held = usage.held + EXCLUDED.held,
  voided = usage.voided + EXCLUDED.voided,
  entries = usage.entries + EXCLUDED.entries
"""
ADD_USAGE = f"""{INTO_USAGE}
SELECT %b, %b::int2, n.id, n.customer_id, n.day, n.version_id, n.dimension, n.quantity::numeric, n.value::numeric,
  n.items, n.late::numeric, n.held::numeric, n.voided::numeric, n.entries
{DELTAS} {ADDED}"""


def add_usage(tenant_id: UUID, rows: Sequence[tuple[UUID, UsageDelta]]) -> None:
    """Add to the rows of this connection's slot, in order of key; each with an id for the case that it is new."""
    if rows:
        write(ADD_USAGE, [tenant_id, slot_of(USAGE_SLOTS), *columns(USAGE, [(id, *delta) for id, delta in rows])])


INTO_PENDING = """
INSERT INTO events_pendingsum AS sum (tenant_id, slot, id, customer_id, day, starts, version_id, dimension, quantity)
"""
WAITING_DELTAS = """
FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::timestamptz[], %b::uuid[], %b::text[], %b::text[])
  AS n(id, customer_id, day, starts, version_id, dimension, quantity)
"""
ADDED_TO_PENDING = """
ON CONFLICT (tenant_id, customer_id, day, starts, version_id, dimension, slot)
  DO UPDATE SET quantity = sum.quantity + EXCLUDED.quantity
"""
ADD_PENDING = f"""{INTO_PENDING}
SELECT %b, %b::int2, n.id, n.customer_id, n.day, n.starts, n.version_id, n.dimension, n.quantity::numeric
{WAITING_DELTAS} {ADDED_TO_PENDING}"""


def slot_of(slots: int) -> int:
    """The slot of this connection among so many: so those who add to one key at once seldom wait for each other."""
    pid: int = connection.connection.info.backend_pid
    return pid % slots


def add_pending(tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    """Add to the sums of this connection's slot; rows are those of `pending.summed`, in order of key."""
    if rows:
        write(ADD_PENDING, [tenant_id, slot_of(PENDING_SLOTS), *columns(PENDING, [(new_id(), *row) for row in rows])])


READ_SIGNATURES = """
SELECT customer_id, version_id, signed_at FROM outcomes_agreement WHERE tenant_id = %b AND customer_id = ANY(%b::uuid[])
"""


def read_signatures(tenant_id: UUID, customer_ids: Sequence[UUID]) -> list[Any]:
    """(customer, version, signed at) of everything that these customers have signed."""
    return read(READ_SIGNATURES, [tenant_id, list(customer_ids)]) if customer_ids else []


INSERT_JUDGEMENTS = """
INSERT INTO events_judgement (tenant_id, at, replay, id, event_id, version_id, status, reason, field)
SELECT %b, %b, %b, n.*
FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[]) AS n
"""


def insert_judgements(tenant_id: UUID, at: datetime, *, replay: bool, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        write(INSERT_JUDGEMENTS, [tenant_id, at, replay, *columns(JUDGEMENT, rows)])


TAKE_CLAIMS = """
INSERT INTO events_claim AS claim (tenant_id, id, definition_id, customer_id, subject, month, outcome_id)
SELECT %b, n.* FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::uuid[]) AS n
ON CONFLICT (tenant_id, definition_id, customer_id, subject, month) DO UPDATE SET outcome_id = EXCLUDED.outcome_id
  WHERE EXISTS (
    SELECT FROM events_outcome o
    WHERE o.tenant_id = claim.tenant_id AND o.id = claim.outcome_id AND o.awaits_confirmation AND o.settles_at < %b
      AND NOT EXISTS (
        SELECT FROM events_resolution r
        WHERE r.tenant_id = o.tenant_id AND r.outcome_id = o.id AND r.kind = 'confirm'))
RETURNING outcome_id
"""


def take_claims(tenant_id: UUID, at: datetime, rows: Sequence[Sequence[Any]]) -> set[UUID]:
    """Claim subjects, in the order given; returns the outcomes that have theirs. An expired one's is taken over."""
    if not rows:
        return set()
    return {row[0] for row in read(TAKE_CLAIMS, [tenant_id, *columns(CLAIM, rows), at])}


INSERT_SIGNALS = """
INSERT INTO events_signal (tenant_id, id, event_id, definition_id, customer_id, subject, time)
SELECT %b, n.* FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[]) AS n
"""


def insert_signals(tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        write(INSERT_SIGNALS, [tenant_id, *columns(SIGNAL, rows)])


READ_SIGNALS = """
SELECT s.*
FROM unnest(%b::uuid[], %b::text[]) AS o(customer_id, subject)
CROSS JOIN LATERAL (
  SELECT s.event_id, s.definition_id, s.customer_id, s.subject, s.time
  FROM events_signal s
  WHERE s.tenant_id = %b AND s.customer_id = o.customer_id AND s.subject = o.subject AND s.time BETWEEN %b AND %b
  ORDER BY s.time  -- In the index's order: so a plan that was made when the table was empty takes that index too.
) s
"""


def read_signals(
    tenant_id: UUID, subjects: Collection[tuple[UUID, str]], since: datetime, until: datetime
) -> Callable[[], list[Any]]:
    """Ask for the signals of these (customer, subject) from one time to another; returns what waits for
    (event, definition, customer, subject, time). At least one subject, each once.
    """
    return ask(READ_SIGNALS, [*columns(SUBJECT, subjects), tenant_id, since, until])


MET_BY_SIGNALS = """
SELECT o.id, s.event_id, s.time
FROM events_signal s
JOIN events_outcome o ON o.tenant_id = s.tenant_id AND o.customer_id = s.customer_id AND o.subject = s.subject
  AND o.heeds_signals AND s.time BETWEEN o.occurred_at AND o.settles_at AND s.event_id <> o.id
JOIN outcomes_definitionversion v ON v.tenant_id = o.tenant_id AND v.id = o.version_id
  AND v.definition_id = s.definition_id
WHERE s.tenant_id = %b AND s.event_id = ANY(%b::uuid[])
"""


def met_by_signals(tenant_id: UUID, event_ids: Sequence[UUID]) -> list[Any]:
    """(outcome, signal event, signal's time) where one of these new signals falls into an outcome's window."""
    return read(MET_BY_SIGNALS, [tenant_id, list(event_ids)]) if event_ids else []


def lock_named(name: str) -> int:
    """The advisory lock of a name, as a signed 64-bit number."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


LOCK_KEYS = """
SELECT CASE WHEN alone THEN pg_advisory_xact_lock(key) ELSE pg_advisory_xact_lock_shared(key) END
FROM unnest(%b::int8[], %b::bool[]) AS wanted(key, alone)
"""


def lock_keys(keys: Sequence[int], alone: Sequence[bool]) -> None:
    """Take these advisory locks in the order given, alone or shared, until the transaction ends."""
    write(LOCK_KEYS, [array("int", keys), array("flag", alone)])
