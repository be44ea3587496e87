"""Comparing what a client has with what we have: its ids, or its counts by day. Nothing here writes.

Events are asked for by type, perhaps customer, and when they happened: their time, or else when they were received.
Days are days in UTC. What waits in quarantine is an event that we have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection

from apps.events.past import Span
from apps.tenants.scope import current_tenant_id

LONGEST = timedelta(days=366)
MOST_LISTED = 10_000
"""Unknown events, and ones that stand elsewhere, that an answer lists; it counts them all."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events are meant. `customer` is an external id as sent; None means all."""

    type: str
    customer: str | None
    span: Span

    def covers(self, day: date) -> bool:
        """Whether the span holds any of this day in UTC."""
        return self.span.start.date() <= day and datetime(day.year, day.month, day.day, tzinfo=UTC) < self.span.end

    def differs(self, type: str, customer: str, happened: datetime) -> tuple[str, ...]:
        """In what an event is not one of them."""
        same = {
            "type": type == self.type,
            "customer": self.customer in (None, customer),
            "time": self.span.start <= happened < self.span.end,
        }
        return tuple(name for name, is_same in same.items() if not is_same)


class Elsewhere(NamedTuple):
    """An id that we have, but of another type, customer or time than was asked for; `differs` says in which."""

    id: str
    type: str
    customer: str
    time: datetime
    differs: tuple[str, ...]


class Unknown(NamedTuple):
    """An event of ours that the client did not name: its id, and ours."""

    id: str
    event_id: UUID


class Day(NamedTuple):
    """How many events a day has on either side."""

    day: date
    yours: int
    ours: int

    @property
    def differs(self) -> bool:
        return self.yours != self.ours


@dataclass(slots=True)
class Compared:
    """What came of comparing ids: `missing` are nowhere among ours. `elsewhere` and `unknown` list the first ones.

    `days` has each day on which we have an event. Its `yours` are those that were named: a missing id has no day.
    """

    missing: list[str] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    elsewhere_count: int = 0
    unknown: list[Unknown] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)

    @property
    def ours(self) -> int:
        return sum(day.ours for day in self.days)

    @property
    def unknown_count(self) -> int:
        return sum(day.ours - day.yours for day in self.days)


HAPPENED: LiteralString = "CASE WHEN e.time IS NULL THEN e.received_at ELSE e.time END"
"""As apps/events/indexes.py has it, or the index is not used."""

OURS: LiteralString = f"""
ours AS NOT MATERIALIZED (
  SELECT e.id, e.external_id, {HAPPENED} AS happened
  FROM events_event e
  WHERE e.tenant_id = %(tenant)b AND e.type = %(type)b
    AND (%(customer)b::text IS NULL OR e.customer = %(customer)b::text)
    AND {HAPPENED} >= %(start)b AND {HAPPENED} < %(end)b
)
"""  # noqa: S608  # of constants
# One statement, so that all of its parts see the same events while others arrive.
BY_IDS: LiteralString = f"""
WITH named AS MATERIALIZED (
  SELECT n.id, e.type, e.customer, {HAPPENED} AS happened
  FROM unnest(%(ids)b::text[]) AS n(id)
  LEFT JOIN events_event e ON e.tenant_id = %(tenant)b AND e.external_id = n.id
), {OURS}
SELECT 'named', n.id, n.type, n.customer, n.happened, NULL::uuid, NULL::date, 0::int8, 0::int8
FROM named n
WHERE n.type IS NULL OR n.type <> %(type)b OR n.customer <> COALESCE(%(customer)b::text, n.customer)
  OR n.happened < %(start)b OR n.happened >= %(end)b
UNION ALL
SELECT 'day', NULL, NULL, NULL, NULL, NULL, (o.happened AT TIME ZONE 'UTC')::date, count(n.id), count(*)
FROM ours o LEFT JOIN named n ON n.id = o.external_id
GROUP BY 7
UNION ALL (
  SELECT 'unknown', o.external_id, NULL, NULL, NULL, o.id, NULL, 0, 0
  FROM ours o
  WHERE NOT EXISTS (SELECT FROM named n WHERE n.id = o.external_id)
  ORDER BY o.happened, o.id
  LIMIT %(most)b
)
"""  # noqa: S608
BY_DAYS: LiteralString = f"""
WITH {OURS}
SELECT (happened AT TIME ZONE 'UTC')::date, count(*) FROM ours GROUP BY 1
"""  # noqa: S608


def compare_ids(asked: Asked, ids: Iterable[str]) -> Compared:
    """Compare with these ids; one that is named twice counts once."""
    named = list(dict.fromkeys(ids))
    place = {id: number for number, id in enumerate(named)}
    found = Compared()
    for kind, id, type, customer, happened, event_id, day, yours, ours in run(BY_IDS, asked, ids=named):
        if kind == "day":
            found.days.append(Day(day, yours, ours))
        elif kind == "unknown":
            found.unknown.append(Unknown(id, event_id))
        elif type is None:
            found.missing.append(id)
        else:
            found.elsewhere.append(Elsewhere(id, type, customer, happened, asked.differs(type, customer, happened)))
    found.days.sort()
    found.missing.sort(key=place.__getitem__)
    found.elsewhere.sort(key=lambda one: place[one.id])
    found.elsewhere_count = len(found.elsewhere)
    del found.elsewhere[MOST_LISTED:]
    return found


def compare_days(asked: Asked, counts: Mapping[date, int]) -> list[Day]:
    """Each day on which either side has an event; one that is not named has none on the client's side."""
    ours = dict(run(BY_DAYS, asked))
    days = [Day(day, counts.get(day, 0), ours.get(day, 0)) for day in sorted({*counts, *ours})]
    return [day for day in days if day.yours or day.ours]


def run(statement: LiteralString, asked: Asked, *, ids: Sequence[str] = ()) -> list[Any]:
    """The rows of one of the statements."""
    parameters = {
        "tenant": current_tenant_id(),
        "type": asked.type,
        "customer": asked.customer,
        "start": asked.span.start,
        "end": asked.span.end,
        "ids": list(ids),
        "most": MOST_LISTED,
    }
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        # Never as a prepared statement: its plan depends on how many ids there are.
        cursor.execute(statement, parameters, prepare=False, binary=True)
        return cursor.fetchall()
