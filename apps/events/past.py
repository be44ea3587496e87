"""A tenant's past events as they were judged, streamed newest first: what a trial reads. Nothing here writes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection, transaction

from apps.events.message import Message, decode
from apps.tenants.scope import current_tenant_id

MOST = 100_000
CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """Events that happened in [start, end)."""

    start: datetime
    end: datetime


class PastEvent(NamedTuple):
    """A stored event with what was decided on it and what its outcome, if it has one, has become.

    `reason` is the last judgement's. Of the outcome: quantity, value, dimension, settles_at, awaits; None without one.
    `void_at`, `confirm_at` are its resolutions' times; `*_by_word` tells that a person spoke them and no signal did.
    """

    id: UUID
    external_id: str
    customer: str
    subject: str | None
    time: datetime
    event_quantity: Decimal
    event_value: Decimal | None
    properties: str
    evidence: str | None
    reason: str | None
    quantity: Decimal | None
    value: Decimal | None
    dimension: str | None
    settles_at: datetime | None
    awaits: bool | None
    void_at: datetime | None
    void_by_word: bool
    confirm_at: datetime | None
    confirm_by_word: bool


class PastSignal(NamedTuple):
    """A stored event of a type that a version heeds."""

    id: UUID
    external_id: str
    type: str
    customer: str
    subject: str
    time: datetime
    quantity: Decimal
    value: Decimal | None
    properties: str
    evidence: str | None


@contextmanager
def read_only() -> Iterator[None]:
    """Refuse every write inside; PostgreSQL does, until the savepoint that this opens is left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        yield


# By id, which is the order of arrival and an index; there is none by type, whose events are among all the tenant's.
COUNT = """
SELECT count(*) FROM (
  SELECT FROM events_event e
  WHERE e.tenant_id = %s AND e.type = %s AND COALESCE(e.time, e.received_at) >= %s
    AND COALESCE(e.time, e.received_at) < %s
  LIMIT %s
) found
"""
EVENTS = """
SELECT e.id, e.external_id, e.customer, e.subject, COALESCE(e.time, e.received_at), e.quantity, e.value,
  e.properties::text, e.evidence, CASE WHEN j.id IS NULL THEN e.reason ELSE j.reason END,
  o.quantity, o.value, o.dimension, o.settles_at, o.awaits_confirmation,
  v.at, v.id IS NOT NULL AND v.signal_id IS NULL, c.at, c.id IS NOT NULL AND c.signal_id IS NULL
FROM events_event e
LEFT JOIN events_outcome o ON o.tenant_id = e.tenant_id AND o.id = e.id
LEFT JOIN events_resolution v ON v.tenant_id = e.tenant_id AND v.outcome_id = e.id AND v.kind = 'void'
LEFT JOIN events_resolution c ON c.tenant_id = e.tenant_id AND c.outcome_id = e.id AND c.kind = 'confirm'
LEFT JOIN LATERAL (
  SELECT id, reason FROM events_judgement j
  WHERE j.tenant_id = e.tenant_id AND j.event_id = e.id ORDER BY j.at DESC, j.id DESC LIMIT 1
) j ON true
WHERE e.tenant_id = %s AND e.type = %s AND COALESCE(e.time, e.received_at) >= %s
  AND COALESCE(e.time, e.received_at) < %s
ORDER BY e.id DESC LIMIT %s
"""
SIGNALS = """
SELECT e.id, e.external_id, e.type, e.customer, e.subject, COALESCE(e.time, e.received_at), e.quantity, e.value,
  e.properties::text, e.evidence
FROM events_event e
WHERE e.tenant_id = %s AND e.type = ANY(%s) AND e.subject IS NOT NULL
  AND COALESCE(e.time, e.received_at) >= %s AND COALESCE(e.time, e.received_at) <= %s
"""


def count(trigger: str, span: Span) -> int:
    """How many events of this type the span has, at most MOST."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [current_tenant_id(), trigger, span.start, span.end, MOST])
        found: int = cursor.fetchone()[0]
    return found


def events(trigger: str, span: Span) -> Iterator[Sequence[PastEvent]]:
    """The newest MOST events of this type that happened in the span, in chunks."""
    for rows in _stream(EVENTS, [current_tenant_id(), trigger, span.start, span.end, MOST]):
        yield [PastEvent(*row) for row in rows]


def signals(types: Sequence[str], span: Span) -> Iterator[Sequence[PastSignal]]:
    """The events of these types that happened from the span's start to its end, both included, in chunks."""
    for rows in _stream(SIGNALS, [current_tenant_id(), list(types), span.start, span.end]):
        yield [PastSignal(*row) for row in rows]


def _stream(statement: LiteralString, parameters: Sequence[Any]) -> Iterator[list[Any]]:
    """The rows in chunks, by a cursor of the server's, so that no more than a chunk is held here."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.ServerCursor(connection.connection, "past") as cursor:
        cursor.execute(statement, parameters, binary=True)
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def message_of(event: PastEvent, trigger: str) -> Message:
    """A stored event as it would be judged had it just been sent, at its own time."""
    return Message(
        event.external_id,
        trigger,
        event.customer,
        event.subject,
        event.time,
        event.event_quantity,
        event.event_value,
        decode(event.properties),
        "",
        event.evidence,
    )
