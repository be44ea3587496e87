"""A vendor to measure with: some customers, and a definition for each kind of event."""

import secrets
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from apps.events.ingest import record
from apps.events.message import decode, read
from apps.outcomes.publish import create_definition
from apps.tenants.base import new_id
from apps.tenants.customers import create_customer, create_tenant
from apps.tenants.models import User
from apps.tenants.scope import scope

CUSTOMERS = 20
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def vendor(definitions: dict[str, dict[str, Any]]) -> UUID:
    """A new tenant with these definitions, each triggered by the event type of its code."""
    owner = User.objects.create(email=f"{secrets.token_hex(4)}@northwind.example")
    tenant = create_tenant(slug=f"bench-{secrets.token_hex(4)}", name="Northwind Support AI", owner=owner)
    with scope(tenant.pk):
        for number in range(CUSTOMERS):
            create_customer(
                external_id=f"c{number}",
                name=f"Customer {number}",
                email=f"ap@c{number}.example",
                currency="USD",
                time_zone="America/New_York",
                country="US",
            )
        for code, content in definitions.items():
            body = {"code": code, "name": code, "unit": "ticket", "trigger": code} | content
            create_definition(body, at=BEGINNING)
    return tenant.pk


def events(kind: str, size: int, *, customers: int = CUSTOMERS, **fields: Any) -> list[dict[str, Any]]:
    """Events of one kind, each with an id and a subject of its own; the ids are of version 7, which grow with time."""
    return [
        {
            "id": str(new_id()),
            "type": kind,
            "customer": f"c{number % customers}",
            "subject": f"T-{secrets.token_hex(6)}",
            "time": NOW,
            "properties": {"rating": 5, "channel": "email", "minutes": number % 60},
        }
        | fields
        for number in range(size)
    ]


def batch(kind: str, size: int, **fields: Any) -> bytes:
    """The JSON of `events`."""
    return msgspec.json.encode(events(kind, size, **fields))


def take_in(tenant_id: UUID, body: bytes, *, at: datetime = NOW) -> None:
    """Take a batch in as the API does, from its bytes until it is durable."""
    items = [read(item, at=at) for item in decode(body)]
    with scope(tenant_id):
        record(items, at=at)
