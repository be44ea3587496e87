"""A vendor with a past: one hot customer, and ten thousand others, and any number of stored events.

Half of the events are the hot customer's, the others are spread evenly. They are written in the order of time, with the
ids that they would have had, all indexes in place, so that the indexes are as they would have grown; only the foreign
keys are checked at the end. Usage is their sum.

These settle when they happen. One more customer has as many a day as the hot one, of another kind and for four days
now, which settle three days later: so three of four are pending, and in PendingSums, in all of their slots.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections

from apps.events.store import PENDING_SLOTS, USAGE_SLOTS
from apps.outcomes.models import DefinitionVersion
from apps.outcomes.publish import create_definition
from apps.plans.models import Billing
from apps.plans.published import create_plan
from apps.tenants.access import access_customer
from apps.tenants.customers import create_tenant, portal_link
from apps.tenants.models import User
from apps.tenants.provision import add_key
from apps.tenants.scope import scope
from benchmarks.bills import BEGINNING, TERMS, subscribe
from benchmarks.databases import urls

HOT = "c0"
OTHERS = 10_000
WAITING = f"c{OTHERS + 1}"
DAYS = 27
WAITING_SINCE, WINDOW = timedelta(days=4), timedelta(days=3)
KIND, WAITING_KIND = "resolved_ticket", "kept_promise"
CHUNK = 25_000
WRITERS = 2
EVENTS = """
WITH sent AS MATERIALIZED (
  SELECT uuidv7(time - now()) AS id, uuidv7(time - now())::text AS external_id, time, time + waits AS settles_at, n,
    kind.type, kind.customer, kind.version_id
  FROM generate_series(%(first)s::int, %(last)s) n, LATERAL (SELECT %(start)s + n * %(step)s::interval AS time) times,
    LATERAL (
      SELECT %(kind)s AS type, CASE WHEN n % 2 = 0 THEN %(hot)s ELSE 'c' || 1 + n / 2 % %(others)s END AS customer,
        %(version)s::uuid AS version_id, interval '0' AS waits
      UNION ALL
      SELECT %(waiting_kind)s, %(waiting)s, %(waiting_version)s, %(window)s WHERE n % 2 = 0 AND time >= %(since)s
    ) kind
), stored AS (
  INSERT INTO events_event (tenant_id, id, external_id, type, customer, subject, time, quantity, properties,
    received_at, status, version_id)
  SELECT %(tenant)s, id, external_id, type, customer, 'T-' || n, time, 1,
    jsonb_build_object('rating', 5, 'channel', 'email', 'minutes', n % 60), time, 'accepted', version_id
  FROM sent
)
INSERT INTO events_outcome (tenant_id, id, customer_id, version_id, subject, dimension, occurred_at, settles_at,
  awaits_confirmation, heeds_signals, booked_day, late, pending_summed, quantity, value, items)
SELECT %(tenant)s, sent.id, c.id, sent.version_id, 'T-' || n, '', time, settles_at, false, false, settles_at::date,
  false, CASE WHEN settles_at > time THEN true END, 1, 0, 1
FROM sent JOIN tenants_customer c ON c.tenant_id = %(tenant)s AND c.external_id = sent.customer
""".replace(" % ", " %% ")
USAGE = """
INSERT INTO events_usage (tenant_id, id, customer_id, version_id, dimension, day, slot, quantity, value, items, late,
  held, voided, entries)
SELECT tenant_id, uuidv7(), customer_id, version_id, dimension, booked_day, 0, sum(quantity), sum(value), count(*), 0,
  0, 0, count(*)
FROM events_outcome WHERE tenant_id = %(tenant)s
GROUP BY tenant_id, customer_id, version_id, dimension, booked_day
"""
PENDING = """
INSERT INTO events_pendingsum (tenant_id, id, customer_id, version_id, dimension, day, starts, slot, quantity)
SELECT tenant_id, uuidv7(), customer_id, version_id, dimension, booked_day, starts, n % %(slots)s, sum(1)
FROM (
  SELECT *, date_bin('5 minutes', settles_at, '2000-01-01 00:00Z') AS starts, row_number() OVER (ORDER BY id) AS n
  FROM events_outcome WHERE tenant_id = %(tenant)s AND pending_summed
) waiting
GROUP BY tenant_id, customer_id, version_id, dimension, booked_day, starts, n % %(slots)s
ORDER BY starts
""".replace(" % %(", " %% %(")
SLOTS = """
INSERT INTO events_usage (tenant_id, id, customer_id, version_id, dimension, day, slot, quantity, value, items, late,
  held, voided, entries)
SELECT %(tenant)s, uuidv7(), id, %(version)s, '', current_date, slot, 0, 0, 0, 0, 0, 0, 0
FROM tenants_customer, generate_series(0, %(slots)s - 1) slot WHERE tenant_id = %(tenant)s
ON CONFLICT DO NOTHING
"""
KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ('events_event'::regclass, 'events_outcome'::regclass)
"""


@dataclass(frozen=True, slots=True)
class Vendor:
    """The vendor, in every copy of the database: its tenant, an API key of all scopes, the tokens of links to the
    portals of the hot customer and of the one who waits, and what judges their events."""

    tenant_id: UUID
    key: str
    portal_tokens: dict[str, str]
    version_ids: dict[str, UUID]


def make_vendor() -> Vendor:
    """The vendor without any event yet, in the database in use; its subscriptions began some weeks ago."""
    owner = User.objects.create(email="owner@northwind.example")
    tenant = create_tenant(slug="northwind", name="Northwind Support AI", owner=owner)
    with scope(tenant.pk):
        _define(KIND, OTHERS + 1, {})
        _define(WAITING_KIND, 1, {"settlement": {"window_seconds": int(WINDOW.total_seconds())}}, first=OTHERS + 1)
        links = {name: portal_link(access_customer(name), at=datetime.now(UTC))[0] for name in (HOT, WAITING)}
        version_ids = dict(DefinitionVersion.objects.values_list("definition__code", "pk"))
    key = add_key(tenant, name="bench", scopes=["events:write", "read", "manage"])
    return Vendor(tenant.pk, key, {name: url.rpartition("/")[2] for name, url in links.items()}, version_ids)


def _define(code: str, customers: int, content: dict[str, Any], *, first: int = 0) -> None:
    """A kind of outcome, and so many customers whose plan prices it."""
    create_definition({"code": code, "name": code, "unit": "ticket", "trigger": code} | content, at=BEGINNING)
    terms = TERMS | {"prices": [price | {"outcome": code} for price in TERMS["prices"]]}
    plan = create_plan(code=code, name=code, terms=terms, at=BEGINNING)
    subscribe(
        customers, plan, start().date(), Billing.ANNIVERSARY, first=first
    )  # its first cycle holds all of the past


def start() -> datetime:
    """When the past begins."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)


def store(vendor: Vendor, name: str, count: int) -> None:
    """Store so many events of the past, and those of the customer who waits, with outcomes and Usage, in the database
    of this name, which is in use.

    Usage has a row for today of every customer in every slot, so that what is measured adds to rows, never makes them.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(KEYS)
        keys = cursor.fetchall()
        for table, key, _ in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{key}"')
        _side_by_side(lambda number: _write(vendor, urls(name)["DATABASE_OWNER_URL"], count, number))
        for table, key, definition in keys:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{key}" {definition}')
        cursor.execute(USAGE, {"tenant": vendor.tenant_id})
        cursor.execute(PENDING, {"tenant": vendor.tenant_id, "slots": PENDING_SLOTS})
        slots: dict[str, Any] = {"tenant": vendor.tenant_id, "version": vendor.version_ids[KIND], "slots": USAGE_SLOTS}
        cursor.execute(SLOTS, slots)
        cursor.execute("VACUUM ANALYZE")


def _write(vendor: Vendor, url: str, count: int, number: int) -> None:
    """Every second chunk, beginning with the one of this number."""
    began, now = start(), datetime.now(UTC)
    values: dict[str, Any] = {
        "tenant": vendor.tenant_id,
        "kind": KIND,
        "version": vendor.version_ids[KIND],
        "hot": HOT,
        "others": OTHERS,
        "waiting_kind": WAITING_KIND,
        "waiting_version": vendor.version_ids[WAITING_KIND],
        "waiting": WAITING,
        "window": WINDOW,
        "since": now - WAITING_SINCE,
        "start": began,
        "step": (now - began) / (count + 1),
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit TO off")
        for first in range(1 + number * CHUNK, count + 1, WRITERS * CHUNK):
            last = min(first + CHUNK - 1, count)
            connection.execute(EVENTS, values | {"first": first, "last": last})


def _side_by_side(work: Callable[[int], None]) -> None:
    """Run the work of each writer in a thread of its own; the first error is raised."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
