"""What `make run` tells the reader about the demo: where to log in, and a line that moves a customer's page."""

from datetime import datetime, timedelta

from django.conf import settings

from apps.demo import vendor
from apps.demo.buyers import BUYERS, Buyer
from apps.tenants.access import access_customer
from apps.tenants.customers import portal_link
from apps.tenants.models import ApiKey, Scope, Tenant
from apps.tenants.scope import scope

SHOWN = ("halden", "moewe")
"""The two customers whose contacts and links are shown; the first is the one that the line moves."""

KEY = "make run"
KEYS = 5
LIFE = timedelta(days=90)


def is_made() -> bool:
    """Whether the demo was made to its end: only then does it have a key."""
    tenant = Tenant.objects.filter(slug=vendor.SLUG).first()
    if tenant is None:
        return False
    with scope(tenant.pk):
        return bool(ApiKey.objects.filter(name=KEY).exists())


def handout(*, at: datetime) -> str:
    """Logins, fresh links and a fresh key of the demo, as lines of text."""
    tenant = Tenant.objects.get(slug=vendor.SLUG)
    with scope(tenant.pk):
        key = fresh_key(tenant, KEY, list(Scope.values), keep=KEYS, at=at)
        links = {one: portal_link(access_customer(one), at=at, life=LIFE)[0] for one in SHOWN}
    buyers = [next(buyer for buyer in BUYERS if buyer.external_id == one) for one in SHOWN]
    lines = [
        f"Vendor       {vendor.NAME}, {settings.SITE_URL}/",
        f"             {vendor.OWNER}, password {vendor.PASSWORD}",
    ]
    for buyer in buyers:
        lines += ["", *portal_lines(buyer, links[buyer.external_id])]
    lines += ["", f"API key      {key}", "", f"A ticket resolved for {buyers[0].name}, on its portal in seconds:", ""]
    return "\n".join([*lines, curl_line(key, SHOWN[0])])


def portal_lines(buyer: Buyer, link: str) -> list[str]:
    return [
        f"Customer     {buyer.name}, {link}",
        f"             or log in as {buyer.contact}, by a code that is mailed: here, to this log",
    ]


def curl_line(key: str, customer: str) -> str:
    """A command that reports one more resolved ticket each time it is run."""
    event = (
        '{"id": "demo-\'$(date +%s%N)\'", "type": "ticket.resolved", "customer": "'
        + customer
        + '", "subject": "T-1042", "properties": {"rating": 5, "channel": "chat"}}'
    )
    headers = f"-H 'Authorization: Bearer {key}' -H 'Content-Type: application/json'"
    return f"curl {settings.SITE_URL}/api/v1/events {headers} -d '{event}'"


def fresh_key(tenant: Tenant, name: str, scopes: list[str], *, keep: int, at: datetime) -> str:
    """A new key of the tenant; of all of this name only the newest `keep` stay alive.

    Some are kept so that a terminal that still shows the key of the last start goes on working.
    """
    _, text = ApiKey.issue(tenant, name=name, scopes=scopes)
    for old in ApiKey.objects.filter(name=name, revoked_at=None).order_by("-id")[keep:]:
        old.revoke(at=at)
    return text
