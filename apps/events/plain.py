"""Plain events on one way to the server: judged by presumed rules, and stored if these hold, with the commit behind.

A batch is judged by what is read under its lock, and books what was new of it: that is three times to wait. Most events
are plain, though: they count, or don't, and concern no other; and most find the rules as they were and nothing under
their id. So all is asked at once, in the usual order of locks, each statement saying itself what it needs: events that
the rules hold, and the rest that its event is there. What was not stored so goes the usual way (ingest.py).
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.common.arrays import columns
from apps.common.statements import ask, write
from apps.events import store, sums
from apps.events.fence import lock_for_writing
from apps.events.ingest import (
    Candidate,
    Result,
    answer_to,
    event_row,
    judge_all,
    needs_no_claim,
    outcome_row,
)
from apps.events.judge import Entry, Rules
from apps.events.message import Message, Rejection
from apps.events.pending import PendingDelta, start_of
from apps.events.rules import Buyers, presume_rules
from apps.tenants.scope import scope

RULES_HOLD = """
EXISTS (SELECT FROM tenants_profile WHERE tenant_id = %b AND config_version = %b)
AND NOT EXISTS (
  SELECT FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::date[]) AS k(id, external_id, time_zone, closed_through)
  WHERE NOT COALESCE((
    SELECT c.external_id = k.external_id AND c.time_zone = k.time_zone AND c.closed_through = k.closed_through
    FROM tenants_customer c WHERE c.tenant_id = %b AND c.id = k.id), false))
"""
KEYS_LIVE = """
(SELECT count(*) FROM tenants_apikey
 WHERE tenant_id = %b AND secret_hash = ANY(%b::text[]) AND revoked_at IS NULL) = %b::int8
"""
INSERT_EVENTS = f"{store.EVENTS} WHERE {RULES_HOLD} AND {KEYS_LIVE} {store.ONCE}"

STORED = "(SELECT true FROM events_event e WHERE e.tenant_id = %b AND e.id = n.id)"
"""A lookup for each row, by the key: a join might be planned for an empty table, and kept."""
INSERT_OUTCOMES = f"{store.OUTCOMES} WHERE {STORED}"
ADD_USAGE = f"""{store.INTO_USAGE}
SELECT %b, %b::int2, (array_agg(n.id))[1], n.customer_id, n.day, n.version_id, n.dimension, sum(n.quantity::numeric),
  sum(n.value::numeric), sum(n.items), sum(n.late::numeric), 0, 0, sum(n.entries)
{store.DELTAS} WHERE {STORED}
GROUP BY n.customer_id, n.day, n.version_id, n.dimension
ORDER BY n.customer_id, n.day, n.version_id, n.dimension COLLATE "C"
{store.ADDED}"""
ADD_PENDING = f"""{store.INTO_PENDING}
SELECT %b, %b::int2, (array_agg(n.id))[1], n.customer_id, n.day, n.starts, n.version_id, n.dimension,
  sum(n.quantity::numeric)
{store.WAITING_DELTAS} WHERE {STORED}
GROUP BY n.customer_id, n.day, n.starts, n.version_id, n.dimension
ORDER BY n.customer_id, n.day, n.starts, n.version_id, n.dimension COLLATE "C"
{store.ADDED_TO_PENDING}"""
"""Both in order of key, as `store.summed` and `pending.summed` have it. A row that is new has the id of an event."""

KNOWN_BUYER = ["uuid", "text", "code", "day"]


def record_plain(
    tenant_id: UUID, items: Sequence[Message | Rejection], key_hashes: Collection[str], *, at: datetime
) -> list[Result | None]:
    """Store plain events in a transaction of their own, if API keys with these hashes live.

    The result of each that was stored, once that is durable; None for the others, of which nothing was. So it is for
    all where one is not plain, or too little of the rules is known.
    """
    messages = [(index, item) for index, item in enumerate(items) if isinstance(item, Message) and not item.untimely]
    presumed = presume_rules(tenant_id, {message.customer for _, message in messages})
    candidates = judge_all(messages, *presumed, at=at) if presumed else []
    found: list[Result | None] = [None] * len(items)
    if presumed and len(candidates) == len(items) and all(map(_is_plain, candidates)):
        with scope(tenant_id):
            stored = _ask(tenant_id, candidates, presumed, key_hashes, at)
        ids = {row[0] for row in stored()}
        for one in candidates:
            found[one.index] = answer_to(one) if one.id in ids else None
    return found


def _ask(
    tenant_id: UUID,
    candidates: Sequence[Candidate],
    presumed: tuple[Buyers, Rules],
    keys: Collection[str],
    at: datetime,
) -> Callable[[], list[Any]]:
    """Have the candidates stored, if all is as presumed; returns what waits for their ids."""
    buyers, rules = presumed
    store.keep_plans()
    lock_for_writing(tenant_id)
    holds = [tenant_id, rules.catalog.config_version, *_columns_of(buyers), tenant_id]
    events = columns(store.EVENT, [event_row(one) for one in candidates])
    stored = ask(INSERT_EVENTS, [tenant_id, at, *events, *holds, tenant_id, list(keys), len(keys)])
    _ask_entries(tenant_id, [(one, one.judged.entry) for one in candidates if one.judged.entry], at)
    return stored


def _ask_entries(tenant_id: UUID, outcomes: Sequence[tuple[Candidate, Entry]], at: datetime) -> None:
    """Have what these outcomes write stored, of those whose events are."""
    if not outcomes:
        return
    busy = sums.busy((entry for _, entry in outcomes), at)
    rows = [outcome_row(one, entry, busy, at) for one, entry in outcomes]
    write(INSERT_OUTCOMES, [tenant_id, *columns(store.OUTCOME, rows), tenant_id])
    if used := [(one.id, *delta) for one, entry in outcomes if (delta := sums.usage_of(entry))]:
        write(ADD_USAGE, [tenant_id, store.slot_of(store.USAGE_SLOTS), *columns(store.USAGE, used), tenant_id])
    if pends := [_pending_row(one.id, waits) for one, entry in outcomes if (waits := sums.pending_of(entry, busy, at))]:
        write(ADD_PENDING, [tenant_id, store.slot_of(store.PENDING_SLOTS), *columns(store.PENDING, pends), tenant_id])


def _pending_row(event_id: UUID, delta: PendingDelta) -> tuple[Any, ...]:
    starts = start_of(delta.span)
    return event_id, delta.customer_id, delta.day, starts, delta.version_id, delta.dimension, delta.quantity


def _is_plain(one: Candidate) -> bool:
    """Whether the event concerns no other: it is no signal and heeds none, claims no subject, and could be judged."""
    judged, entry = one.judged, one.judged.entry
    return not (judged.quarantined or judged.signals or (entry and entry.heeds_signals)) and needs_no_claim(one)


def _columns_of(buyers: Buyers) -> list[Any]:
    rows = [(one.id, name, one.zone.key, one.closed_through) for name, one in buyers.items()]
    return list(columns(KNOWN_BUYER, rows))
