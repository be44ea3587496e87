"""A vendor's desk: clients of the console, logged in by role, and a month of trade to look at."""

import re
from typing import Any

from django.test import Client

from apps.common import clock
from apps.tenants.models import ApiKey, Member, Role
from apps.tenants.scope import scope
from tests.cast import Vendor, new_user, ticket

UNBROKEN = re.compile(r'<span class="nowrap">([^<]*)</span>')


def client_of(vendor: Vendor, role: str = Role.OWNER) -> Client:
    """A browser in which a member of this role is logged in."""
    user = vendor.owner
    if role != Role.OWNER:
        user = new_user(role)
        with scope(vendor.tenant.pk):
            Member.objects.create(user=user, role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def trade(vendor: Vendor) -> dict[str, Any]:
    """Halden is on Growth since the first of this month; one ticket counted, one event waits in quarantine."""
    now = clock.now()
    customer = vendor.customer()
    vendor.definition()
    plan = vendor.plan()
    start = customer.today(now).replace(day=1)
    subscription = vendor.subscribe(customer, plan, start.isoformat())
    results = vendor.send(ticket("1"), ticket("2", customer="nobody"), at=now.isoformat())
    with scope(vendor.tenant.pk):
        key = ApiKey.objects.get().pk
    made = {"customer": customer, "plan": plan, "subscription": subscription, "key": key}
    return made | {"event": results[0].outcome}


def text_of(response: Any) -> str:
    """The page's text in one line, as a reader sees it but for the markup; numbers that are kept whole are plain."""
    page = UNBROKEN.sub(r"\1", response.content.decode())
    return " ".join(page.replace("\N{NO-BREAK SPACE}", " ").split())
