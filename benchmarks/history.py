"""A vendor with a past: one hot customer, and ten thousand others, and any number of stored events.

Half of the events are the hot customer's, the others are spread evenly. They are written in the order of time, with the
ids that they would have had, all indexes in place, so that the indexes are as they would have grown; only the foreign
keys are checked at the end. Usage is their sum.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections

from apps.events.store import USAGE_SLOTS
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
DAYS = 27
CHUNK = 25_000
WRITERS = 2
EVENTS = """
WITH sent AS MATERIALIZED (
  SELECT uuidv7(time - now()) AS id, uuidv7(time - now())::text AS external_id, time, n,
    CASE WHEN n % 2 = 0 THEN 'c0' ELSE 'c' || 1 + n / 2 % %(others)s END AS customer
  FROM generate_series(%(first)s::int, %(last)s) n, LATERAL (SELECT %(start)s + n * %(step)s::interval AS time) times
), stored AS (
  INSERT INTO events_event (tenant_id, id, external_id, type, customer, subject, time, quantity, properties,
    received_at, status, version_id)
  SELECT %(tenant)s, id, external_id, 'resolved_ticket', customer, 'T-' || n, time, 1,
    jsonb_build_object('rating', 5, 'channel', 'email', 'minutes', n % 60), time, 'accepted', %(version)s
  FROM sent
)
INSERT INTO events_outcome (tenant_id, id, customer_id, version_id, subject, dimension, occurred_at, settles_at,
  awaits_confirmation, heeds_signals, booked_day, late, quantity, value, items)
SELECT %(tenant)s, sent.id, c.id, %(version)s, 'T-' || n, '', time, time, false, false, time::date, false, 1, 0, 1
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
    """The vendor, in every copy of the database: its tenant, an API key of all scopes, the token of a link to the hot
    customer's portal, and what judges its events."""

    tenant_id: UUID
    key: str
    portal_token: str
    version_id: UUID


def make_vendor() -> Vendor:
    """The vendor without any event yet, in the database in use; its subscriptions began some weeks ago."""
    owner = User.objects.create(email="owner@northwind.example")
    tenant = create_tenant(slug="northwind", name="Northwind Support AI", owner=owner)
    with scope(tenant.pk):
        body = {"code": "resolved_ticket", "name": "Resolved ticket", "unit": "ticket", "trigger": "resolved_ticket"}
        create_definition(body, at=BEGINNING)
        plan = create_plan(code="growth", name="Growth", terms=TERMS, at=BEGINNING)
        subscribe(OTHERS + 1, plan, start().date(), Billing.ANNIVERSARY)  # its first cycle holds all of the past
        version = DefinitionVersion.objects.get()
        url, _ = portal_link(access_customer(HOT), at=datetime.now(UTC))
    key = add_key(tenant, name="bench", scopes=["events:write", "read", "manage"])
    return Vendor(tenant.pk, key, url.rpartition("/")[2], version.pk)


def start() -> datetime:
    """When the past begins."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)


def store(vendor: Vendor, name: str, count: int) -> None:
    """Store so many events of the past, their outcomes and Usage, in the database of this name, which is in use.

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
        slots = {"tenant": vendor.tenant_id, "version": vendor.version_id, "slots": USAGE_SLOTS}
        cursor.execute(SLOTS, slots)
        cursor.execute("VACUUM ANALYZE")


def _write(vendor: Vendor, url: str, count: int, number: int) -> None:
    """Every second chunk, beginning with the one of this number."""
    began = start()
    values: dict[str, Any] = {
        "tenant": vendor.tenant_id,
        "version": vendor.version_id,
        "others": OTHERS,
        "start": began,
        "step": (datetime.now(UTC) - began) / (count + 1),
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET synchronous_commit TO off")
        for first in range(1 + number * CHUNK, count + 1, WRITERS * CHUNK):
            last = min(first + CHUNK - 1, count)
            connection.execute(EVENTS, values | {"first": first, "last": last})  # type: ignore[arg-type]


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
