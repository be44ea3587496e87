"""Who takes part: vendors, what they count, their customers whose cycles are due, and events by number.

An event is a function of the seed and its number, so that every client, and every retry, says the same under one id.
Events of one window of numbers are about the same few customers and subjects.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.outcomes.publish import create_definition
from apps.plans.published import create_plan
from apps.tenants.customers import create_tenant
from apps.tenants.models import ApiKey, Scope, User
from apps.tenants.scope import scope
from chaos.http import Client

WINDOW = 800
SETTLEMENT = {"window_seconds": 7200, "mode": "auto", "void_on": [{"type": "ticket.reopened", "condition": "true"}]}
ON_WORD = {"window_seconds": 7200, "mode": "on_confirmation", "confirm_on": [{"type": "lead.won", "condition": "true"}]}
DEFINITIONS: dict[str, dict[str, Any]] = {
    "ticket": {"trigger": "ticket.resolved", "settlement": SETTLEMENT},
    "lead": {"trigger": "lead.qualified", "settlement": ON_WORD},
    "meeting": {"trigger": "meeting.booked", "once_per_subject": "month"},
    "call": {"trigger": "call.rated", "condition": "properties.rating >= 4", "quantity_from": "properties.minutes"},
}
TYPES = ["ticket.resolved"] * 10 + ["ticket.reopened"] * 2 + ["lead.qualified"] * 3 + ["lead.won"] * 2
TYPES += ["meeting.booked"] * 3 + ["call.rated"] * 3
CUSTOMERS = 3
"""To a window: two whose cycles are due, and one who is made only after events about it have come."""


@dataclass(frozen=True)
class Vendor:
    """A tenant and its program."""

    slug: str
    tenant_id: UUID
    client: Client
    seed: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def customer(self, window: int, which: int) -> str:
        return f"w{window}-c{which}"

    def event(self, number: int) -> dict[str, Any]:
        """The event of this number, as it is sent."""
        window, place = divmod(number, WINDOW)
        chance = random.Random(f"{self.seed} {self.slug} {number}")
        about = window * WINDOW + (place - place % 8)  # eight in a row share subject, customer and day
        shared = random.Random(f"{self.seed} {self.slug} about {about}")
        customer = self.customer(window, shared.randrange(CUSTOMERS))
        time = self.now - timedelta(days=shared.randrange(1, 60), minutes=chance.randrange(240))
        properties: dict[str, Any] = {"minutes": str(chance.randrange(1, 90)), "channel": "voice"}
        if chance.random() < 0.9:
            properties["rating"] = chance.randrange(1, 6)
        return {
            "id": f"{number}-{self.slug}",
            "type": chance.choice(TYPES),
            "customer": customer,
            "subject": f"S-{about // 8}",
            "time": time.isoformat(),
            "properties": properties,
        }

    def other_event(self, number: int) -> dict[str, Any]:
        """The same id with other content: a conflict, once the right one is stored."""
        event = self.event(number)
        return event | {"subject": event["subject"] + "-other"}

    def customer_body(self, name: str) -> dict[str, str]:
        body = {"external_id": name, "name": name, "email": f"{name}@customers.example", "currency": "USD"}
        return body | {"time_zone": "America/New_York", "country": "US"}

    def subscription_body(self, name: str, months: int) -> dict[str, str]:
        """A subscription of which so many months are over."""
        return {"customer": name, "plan": "growth", "start": first_of_month(self.now.date(), months).isoformat()}


def first_of_month(day: date, months_ago: int) -> date:
    day = day.replace(day=1)
    for _ in range(months_ago):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


def new_vendor(slug: str, port: int, seed: str) -> Vendor:
    """A vendor with his definitions and his plan."""
    owner = User.objects.create(email=f"ada@{slug}.example")
    tenant = create_tenant(slug=slug, name=slug, owner=owner)
    long_ago = datetime.now(UTC) - timedelta(days=300)
    with scope(tenant.pk):
        _, key = ApiKey.issue(tenant, name="chaos", scopes=Scope.values)
        for code, content in DEFINITIONS.items():
            create_definition({"code": code, "name": code, "unit": "item"} | content, at=long_ago)
        prices = [{"outcome": code, "model": "unit", "unit_amount": "0.50"} for code in DEFINITIONS]
        terms = {"currency": "USD", "interval": "month", "prices": prices}
        create_plan(code="growth", name="Growth", terms=terms, at=long_ago)
    return Vendor(slug, tenant.pk, Client(port, key), seed)
