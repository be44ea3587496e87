"""Everybody who may knock at a route, and what the door says to each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.test import Client

from apps.events import replay_all
from apps.events.models import Outcome
from apps.events.reconciled import Reconciliation
from apps.invoices.models import Charge, CreditNote, Invoice, Payment
from apps.outbox.models import Job, Mail
from apps.plans.models import Subscription
from apps.taxes.models import TaxRate
from apps.tenants.customers import invite_contact, invite_member
from apps.tenants.logo import put_logo
from apps.tenants.models import ApiKey, Contact, Member, PortalLink, Role, Scope, Tenant, User
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_user, new_vendor
from tests.house.ledger import fill
from tests.pictures import png

ROLES = Role.values
KEYS = [f"key {one}" for one in Scope.values]
STRANGERS = ["anonymous", "revoked key"]
FOREIGN = ["other tenant", "other tenant's key", "other customer's contact"]
PEOPLE = [*STRANGERS, *ROLES, "contact", *KEYS, *FOREIGN]
FAR_FUTURE = instant("2100-01-01")


@dataclass(frozen=True)
class House:
    """Northwind with all it has, everybody's client, and what a path's placeholders stand for."""

    northwind: Vendor
    clients: dict[str, Client]
    objects: dict[str, str]


def open_house() -> House:
    """Northwind, which billed Halden for November; Kestrel, its other customer; Globex, another vendor."""
    northwind, globex = fill("Northwind Support AI"), new_vendor("Globex Assistants")
    kestrel = northwind.customer("kestrel", name="Kestrel Bank")
    clients = {"anonymous": Client(), "other tenant": logged_in(globex.owner)}
    clients["other tenant's key"] = with_key(globex.api_key)
    with scope(northwind.tenant.pk):
        halden = Contact.objects.get().customer
        people = {role: new_user(role) for role in ROLES}
        for role, user in people.items():
            invite_member(user.email, role)
        people |= {"contact": new_user("halden"), "other customer's contact": new_user("kestrel")}
        invite_contact(halden, people["contact"].email)
        invite_contact(kestrel, people["other customer's contact"].email)
        clients |= {f"key {one}": with_key(key(northwind.tenant, one)[1]) for one in Scope.values}
        revoked, text = key(northwind.tenant, *Scope.values)
        revoked.revoke(at=instant("2026-11-01 12:00"))
    clients |= {"revoked key": with_key(text)} | {name: logged_in(user) for name, user in people.items()}
    return House(northwind, clients, objects_of(northwind))


def key(tenant: Tenant, *scopes: str) -> tuple[ApiKey, str]:
    return ApiKey.issue(tenant, name=" ".join(scopes), scopes=list(scopes))


def logged_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def with_key(text: str) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {text}"})


def objects_of(vendor: Vendor) -> dict[str, str]:
    """What a placeholder stands for, by the word before it: something of Northwind's, and of Halden's."""
    with scope(vendor.tenant.pk):
        halden = Contact.objects.earliest("id").customer
        _, token = PortalLink.issue(vendor.tenant, customer=halden, expires_at=FAR_FUTURE)
        invoice = Invoice.objects.get()
        picture = put_logo(png(), at=instant("2026-11-01 12:00"))
        ids: dict[str, Any] = {
            "outcomes/<uuid>": Outcome.objects.earliest("id").pk,
            "events/<uuid>": Outcome.objects.earliest("id").pk,
            "reconcile/<uuid>": Reconciliation.objects.get().pk,
            "replays/<uuid>": replay_all.begin("unknown_customer", at=instant("2026-11-01 12:00")),
            "subscriptions/<uuid>": Subscription.objects.get().pk,
            "invoices/<uuid>": invoice.pk,
            "credit-notes/<uuid>": CreditNote.objects.earliest("id").pk,
            "payments/<uuid>": Payment.objects.earliest("id").pk,
            "mails/<uuid>": Mail.objects.earliest("id").pk,
            "jobs/<uuid>": Job.objects.earliest("id").pk,
            "tax-rates/<uuid>": TaxRate.objects.get().pk,
            "charges/<uuid>": Charge.objects.get().pk,
            "contacts/<uuid>": Contact.objects.earliest("id").pk,
            "api-keys/<uuid>": ApiKey.objects.earliest("id").pk,
            "team/<uuid>": Member.objects.get(role=Role.VIEWER).pk,
        }
    named = {
        "events/<path>": "1",
        "customers/<code>": "halden",
        "customers/<str>": "halden",
        "outcomes/<str>": "resolved_ticket",
        "plans/<str>": "growth",
        "outcome-definitions/<code>": "resolved_ticket",
        "plans/<code>": "growth",
        "coupons/<code>": "spring",
        "coupons/<str>": "spring",
        "v1/<anything>": "nowhere",
        "definitions/<str>": "resolved_ticket",
        "link/<str>": token,
        "logos/<str>": picture.sha256,
        "lines/<int>": "1",
        "files/<str>": "invoices.csv",
    }
    return named | {name: str(value) for name, value in ids.items()}


FORMS = {"team": b"do=invite", "customers": b"do=invite", "subscriptions": b"when=now"}
"""What a page's POST says, by the first word of its path, where the answer to an empty one would tell nothing."""
JSON = {"void": b'{"reason": "A test"}'}
"""The same of the API, by the last word."""


@contextmanager
def undone() -> Iterator[None]:
    """What a request writes is taken back, so that the next one finds the house as it was.

    Marked as Django's TestCase marks its transactions, for `scope` would refuse to be inside any other.
    """
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        transaction.set_rollback(True)


def knock(client: Client, method: str, path: str) -> Any:
    """The response to a request that says as little as it may. All but a GET is undone, and so is coming in by link."""
    words = path.split("/")
    if words[0] == "api":
        body, content_type = JSON.get(words[-1], b""), "application/json"
    else:
        body, content_type = FORMS.get(words[0], b""), "application/x-www-form-urlencoded"
    call: Callable[[], Any] = partial(client.generic, method, f"/{path}", body, content_type=content_type)
    if method == "GET" and "/link/" not in path:
        return call()
    cookies = client.cookies.copy()
    with undone():
        response = call()
    client.cookies = cookies
    return response


def verdict(response: Any) -> str | int:
    """ "in" for who was let in, whatever came of it; else "log in", "welcome", "portal", or the status."""
    if response.status_code in (301, 302, 303):
        to = response.headers["Location"].partition("?")[0]
        return {
            "/accounts/login/": "log in",
            "/accounts/login/code/": "log in",
            "/admin/login/": "log in",
            "/admin/": "log in",  # which leads there
            "/welcome": "welcome",
            "/portal/": "portal",
        }.get(to, "in")
    let_in = response.status_code < 400 or response.status_code in (400, 409, 415, 422)
    return "in" if let_in else response.status_code
