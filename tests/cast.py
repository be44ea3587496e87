"""The cast: Northwind Support AI, a vendor; Halden Outfitters and Kestrel Bank, its customers; Globex, another vendor.

Every scenario gets tenants of its own, so that tests share nothing and clean nothing up.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from apps.events import message
from apps.events.ingest import Result, record
from apps.invoices.subscribe import subscribe
from apps.outcomes.models import DefinitionVersion
from apps.outcomes.publish import create_definition
from apps.plans.models import PlanVersion, Subscription
from apps.plans.published import create_plan
from apps.tenants.customers import create_customer, create_tenant
from apps.tenants.models import ApiKey, Customer, Scope, Tenant, User
from apps.tenants.scope import scope

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"


def instant(text: str) -> datetime:
    """An instant from RFC 3339, or from "2026-11-05 10:00", which is UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Vendor:
    """A tenant, its owner and an API key of all scopes."""

    tenant: Tenant
    owner: User
    api_key: str

    def customer(self, external_id: str = "halden", **changes: Any) -> Customer:
        fields = {
            "external_id": external_id,
            "name": "Halden Outfitters",
            "email": f"ap@{external_id}.example",
            "currency": "USD",
            "time_zone": "America/New_York",
            "country": "US",
        }
        with scope(self.tenant.pk):
            return create_customer(**fields | changes)

    def definition(
        self, code: str = "resolved_ticket", *, at: datetime = LONG_AGO, **changes: Any
    ) -> DefinitionVersion:
        body = {"code": code, "name": "Resolved ticket", "unit": "ticket", "trigger": "ticket.resolved"}
        with scope(self.tenant.pk):
            return create_definition(body | changes, at=at)

    def plan(self, code: str = "growth", *, at: datetime = LONG_AGO, **changes: Any) -> PlanVersion:
        """A plan of 99.00 USD a month in arrears and 0.99 for each resolved ticket but the first 100."""
        terms = {
            "currency": "USD",
            "interval": "month",
            "base_fee": {"amount": "99.00", "timing": "arrears"},
            "prices": [{"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.99", "included": "100"}],
        }
        with scope(self.tenant.pk):
            return create_plan(code=code, name="Growth", terms=terms | changes, at=at)

    def subscribe(self, customer: Customer, plan: PlanVersion, start: str, billing: str = "calendar") -> Subscription:
        with scope(self.tenant.pk):
            return subscribe(customer, plan, start=date.fromisoformat(start), billing=billing)

    def send(self, *events: Mapping[str, Any], at: str) -> list[Result]:
        """Record events as the API would, received at this instant."""
        received_at = instant(at)
        with scope(self.tenant.pk):
            return record([message.read(dict(event), at=received_at) for event in events], at=received_at)


def ticket(id: str, customer: str = "halden", **fields: Any) -> dict[str, Any]:
    """A resolved ticket, as a client reports it."""
    return {"id": id, "type": "ticket.resolved", "customer": customer, "subject": f"T-{id}"} | fields


@cache
def hashed_password() -> str:
    """Hashing is slow by design, so it is done once."""
    return make_password(PASSWORD)


def new_user(name: str = "ada") -> User:
    """A user who logs in with PASSWORD, his address verified."""
    user = User.objects.create(email=f"{name}-{secrets.token_hex(4)}@northwind.example", password=hashed_password())
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def new_vendor(name: str = "Northwind Support AI") -> Vendor:
    owner = new_user()
    tenant = create_tenant(slug=f"northwind-{secrets.token_hex(4)}", name=name, owner=owner)
    with scope(tenant.pk):
        _, key = ApiKey.issue(tenant, name="tests", scopes=Scope.values)
    return Vendor(tenant, owner, key)
