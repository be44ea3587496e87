"""A vendor whose customers wait to be billed: any number of them, each with the same outcomes every month.

Customers, subscriptions and cycles are written in bulk, events and outcomes by one statement, and Usage is made from
them as after a restore: what closing reads is what ingestion would have left.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.events.rebuild import rebuild
from apps.invoices.models import Cycle
from apps.invoices.subscribe import next_cycle
from apps.outcomes.models import DefinitionVersion
from apps.outcomes.publish import create_definition
from apps.plans.models import Billing, PlanVersion, Subscription
from apps.plans.published import create_plan
from apps.tenants.customers import create_tenant
from apps.tenants.models import Customer, User
from apps.tenants.scope import scope

BEGINNING = datetime(2025, 1, 1, tzinfo=UTC)
TERMS: dict[str, Any] = {
    "currency": "USD",
    "interval": "month",
    "base_fee": {"amount": "99.00", "timing": "arrears"},
    "prices": [
        {
            "outcome": "resolved_ticket",
            "model": "graduated",
            "included": "100",
            "tiers": [{"up_to": "1000", "unit_amount": "0.99"}, {"up_to": None, "unit_amount": "0.79"}],
        }
    ],
}
OUTCOMES = """
WITH sent AS (
  INSERT INTO events_event (tenant_id, id, external_id, type, customer, subject, time, quantity, properties,
    received_at, status, version_id)
  SELECT %(tenant)s, gen_random_uuid(), month || '/' || c.external_id || '/' || n, 'resolved_ticket', c.external_id,
    'T-' || n, month + (n %% 28) * interval '1 day' + interval '12 hours', 1, '{}', month + interval '30 days',
    'accepted', %(version)s
  FROM tenants_customer c, unnest(%(months)s::date[]) month, generate_series(1, %(outcomes)s) n
  WHERE c.tenant_id = %(tenant)s
  RETURNING id, customer, subject, time
)
INSERT INTO events_outcome (tenant_id, id, customer_id, version_id, subject, dimension, occurred_at, settles_at,
  awaits_confirmation, heeds_signals, booked_day, late, quantity, value, items)
SELECT %(tenant)s, sent.id, c.id, %(version)s, sent.subject, '', sent.time, sent.time, false, false, sent.time::date,
  false, 1, 0, 1
FROM sent JOIN tenants_customer c ON c.tenant_id = %(tenant)s AND c.external_id = sent.customer
"""


def billed_vendor(customers: int, outcomes: int, months: Sequence[date]) -> UUID:
    """A tenant with so many subscriptions since the first of these months, each with so many outcomes a month."""
    owner = User.objects.create(email=f"{secrets.token_hex(4)}@northwind.example")
    tenant = create_tenant(slug=f"bench-{secrets.token_hex(4)}", name="Northwind Support AI", owner=owner)
    with scope(tenant.pk):
        body = {"code": "resolved_ticket", "name": "Resolved ticket", "unit": "ticket", "trigger": "resolved_ticket"}
        version = create_definition(body, at=BEGINNING)
        plan = create_plan(code="growth", name="Growth", terms=TERMS, at=BEGINNING)
        subscribe(customers, plan, months[0])
        _count(tenant.pk, version, outcomes, months)
    for _ in rebuild(tenant.pk, at=datetime.now(UTC)):
        pass
    vacuum()
    return tenant.pk


def subscribe(count: int, plan: PlanVersion, start: date, billing: str = Billing.CALENDAR, *, first: int = 0) -> None:
    """So many customers, numbered from `first`, each with a subscription from this day on and its first cycle."""
    customers = [
        Customer(
            external_id=f"c{number}",
            name=f"Customer {number}",
            email=f"ap@c{number}.example",
            currency="USD",
            time_zone="UTC",
            country="US",
            address={"line1": "410 Harbor Street", "city": "Portland", "postal_code": "97201", "region": "Oregon"},
        )
        for number in range(first, first + count)
    ]
    Customer.objects.bulk_create(customers, batch_size=1000)
    subscriptions = [
        Subscription(customer=customer, plan_version=plan, start=start, billing=billing) for customer in customers
    ]
    Subscription.objects.bulk_create(subscriptions, batch_size=1000)
    cycles = [next_cycle(one, 0, one.customer) for one in subscriptions]
    Cycle.objects.bulk_create((cycle for cycle in cycles if cycle), batch_size=1000)


def _count(tenant_id: UUID, version: DefinitionVersion, outcomes: int, months: Sequence[date]) -> None:
    values: dict[str, Any] = {"tenant": tenant_id, "version": version.pk, "outcomes": outcomes, "months": list(months)}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone TO 'UTC'")
        cursor.execute(OUTCOMES, values)


def vacuum() -> None:
    """As autovacuum would have done by the end of the month."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
