"""Halden Outfitters on a plan of Northwind since the first of this month, and Ines, its contact."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.common.clock import now
from apps.tenants.customers import invite_contact, portal_link
from apps.tenants.models import Customer, User
from apps.tenants.scope import scope
from tests.cast import Vendor, new_user, ticket


@dataclass
class Portal:
    """A customer's portal, and those who may see it."""

    vendor: Vendor
    customer: Customer
    contact: User
    client: Client

    def send(self, *ids: str, **fields: object) -> list[str]:
        """Report resolved tickets that happen now; returns the outcomes' ids."""
        events = [ticket(id, self.customer.external_id, **fields) for id in ids]
        return [str(one.outcome) for one in self.vendor.send(*events, at=now().isoformat())]

    def link(self, life: timedelta = timedelta(days=1)) -> str:
        """The path of a new portal link."""
        with scope(self.vendor.tenant.pk):
            url, _ = portal_link(self.customer, at=now(), life=life)
        return url.partition("/portal/link/")[1] + url.partition("/portal/link/")[2]


def open_portal(vendor: Vendor, external_id: str = "halden", name: str = "Halden Outfitters") -> Portal:
    """Put the customer on the vendor's plan from the first of this month on, and log his contact in."""
    customer = vendor.customer(external_id, name=name, time_zone="UTC")
    contact = new_user("ines")
    with scope(vendor.tenant.pk):
        invite_contact(customer, contact.email)
    client = Client()
    client.force_login(contact)
    return Portal(vendor, customer, contact, client)


def month_start() -> str:
    return datetime.now(UTC).date().replace(day=1).isoformat()


@pytest.fixture
def halden(northwind: Vendor) -> Portal:
    northwind.definition()
    plan = northwind.plan()
    portal = open_portal(northwind)
    northwind.subscribe(portal.customer, plan, month_start())
    return portal


@pytest.fixture
def kestrel(halden: Portal) -> Portal:
    """Another customer of the same vendor."""
    return open_portal(halden.vendor, "kestrel", "Kestrel Bank")


@pytest.fixture
def stranger(globex: Vendor) -> Portal:
    """A customer of another vendor."""
    globex.definition()
    return open_portal(globex, "acme", "Acme")
