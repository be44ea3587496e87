"""A form that is sent twice does its work once: a second click where no script holds it back, or a reload.

What makes two sendings one is the token that the page gave to its forms. Django's client sends it where it is told to.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client

from apps.common import clock
from apps.common.sealed import Unreadable
from apps.invoices.close import close_tenant
from apps.invoices.models import Charge, CreditNote, Invoice, Payment
from apps.outbox.models import IdempotencyKey, Job, Mail
from apps.plans.models import Coupon, Subscription
from apps.taxes.models import TaxRate
from apps.tenants.access import tenants_of
from apps.tenants.models import ApiKey, Customer, Member, PortalLink
from apps.tenants.scope import scope
from tests.cast import Vendor, new_user
from tests.console.desk import client_of, text_of, trade
from tests.threads import at_once

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')
SECRET = re.compile(r"cfp?_northwind-\w+_[\w-]{43}")
DAY = "2026-11-01"
HAND = {"description": "Set-up", "amount": "500.00"}


@dataclass
class Desk:
    """An owner's browser without script, at a vendor who has billed Halden."""

    vendor: Vendor
    client: Client
    ids: dict[str, Any]

    def path(self, path: str) -> str:
        return path.format(**self.ids)

    def token(self, page: str) -> str:
        found = TOKEN.search(self.client.get(self.path(page)).content.decode())
        assert found
        return found[1]

    def send(self, path: str, token: str, **fields: Any) -> Any:
        return self.client.post(self.path(path), fields | {"csrfmiddlewaretoken": token})

    def count(self, model: type[Model]) -> int:
        with scope(self.vendor.tenant.pk):
            return int(model.objects.count())  # type: ignore[attr-defined]


@pytest.fixture
def desk(northwind: Vendor) -> Desk:
    ids = trade(northwind)
    kestrel = northwind.customer("kestrel")
    close_tenant(northwind.tenant.pk, at=clock.now() + timedelta(days=32))
    with scope(northwind.tenant.pk):
        invoice = Invoice.objects.order_by("pk")[0]
    named = {"s": ids["subscription"], "i": invoice, "c": ids["customer"], "k": kestrel, "p": ids["plan"].plan}
    return Desk(northwind, client_of(northwind), {name: one.pk for name, one in named.items()})


@dataclass(frozen=True)
class Form:
    """What is sent from a page to a path, and what one sending adds."""

    page: str
    path: str
    adds: type[Model]
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path} {self.fields.get('do', '')}".strip()


ACME = {"name": "Acme", "external_id": "acme", "email": "ap@acme.example", "currency": "USD", "time_zone": "UTC"}
MONEY = {"amount": "1.00", "confirmed": "yes"}
RATE = {"country": "DE", "name": "VAT", "percent": "19", "valid_from": DAY}
SUBSCRIPTION = {"customer": "{k}", "plan": "{p}", "start": DAY, "billing": "calendar"}
CREATING = [
    Form("/subscriptions/{s}", "/subscriptions/{s}", Charge, HAND | {"do": "charge"}),
    Form("/new-invoice", "/new-invoice", Invoice, HAND | {"customer": "{c}"}),
    Form("/invoices/{i}", "/invoices/{i}/money", Payment, MONEY | {"do": "pay"}),
    Form("/invoices/{i}", "/invoices/{i}/money", CreditNote, MONEY | {"do": "credit", "description": "Sorry"}),
    Form("/new-customer", "/new-customer", Customer, ACME | {"country": "US"}),
    Form("/new-subscription", "/new-subscription", Subscription, SUBSCRIPTION),
    Form(
        "/new-coupon", "/new-coupon", Coupon, {"name": "Spring", "code": "spring", "percent": "10", "currency": "USD"}
    ),
    Form("/settings/taxes", "/settings/taxes", TaxRate, RATE),
    Form("/exports", "/exports", Job, {"tables": "invoices", "first": DAY, "last": DAY}),
    Form("/team", "/team", Member, {"do": "invite", "email": "bo@northwind.example", "role": "viewer"}),
    Form("/customers/halden", "/customers/halden", Mail, {"do": "invite", "email": "ap@halden.example"}),
]


@pytest.mark.parametrize("form", CREATING, ids=str)
def test_what_a_form_adds_is_added_once_and_the_second_sending_leads_there_too(desk: Desk, form: Form) -> None:
    token, before = desk.token(form.page), desk.count(form.adds)
    fields = {name: desk.path(value) for name, value in form.fields.items()}
    first, again = (desk.send(form.path, token, **fields) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302)
    assert again.url == first.url
    assert desk.count(form.adds) == before + 1


SHOWING = [
    Form("/api-keys", "/api-keys", ApiKey, {"name": "Till", "scopes": "read"}),
    Form("/customers/halden", "/customers/halden", PortalLink, {"do": "link"}),
]


@pytest.mark.parametrize("form", SHOWING, ids=str)
def test_a_secret_is_made_once_and_shown_to_both_sendings(desk: Desk, form: Form) -> None:
    token, before = desk.token(form.page), desk.count(form.adds)
    pages = [desk.send(form.path, token, **form.fields).content.decode() for _ in range(2)]
    [first, again] = [set(SECRET.findall(page)) for page in pages]
    assert first == again
    assert len(first) == 1
    assert desk.count(form.adds) == before + 1


def test_a_file_sent_twice_is_imported_once(desk: Desk) -> None:
    token, before = desk.token("/events/import"), desk.count(Job)
    for _ in range(2):
        file = SimpleUploadedFile("june.csv", b"id,type,customer\n1,ticket.resolved,halden\n")
        desk.send("/events/import", token, file=file, format="csv")
    assert desk.count(Job) == before + 1


def test_another_file_of_the_same_name_is_imported_too(desk: Desk) -> None:
    token, before = desk.token("/events/import"), desk.count(Job)
    for id in "12":
        file = SimpleUploadedFile("june.csv", f"id,type,customer\n{id},ticket.resolved,halden\n".encode())
        desk.send("/events/import", token, file=file, format="csv")
    assert desk.count(Job) == before + 2


# What is not the same form


def charge(desk: Desk, token: str, **fields: str) -> Any:
    return desk.send("/subscriptions/{s}", token, **HAND | {"do": "charge"} | fields)


def test_the_second_sending_is_told_that_it_was_done_once(desk: Desk) -> None:
    token = desk.token("/subscriptions/{s}")
    charge(desk, token)
    desk.client.get(charge(desk, token).url)
    charge(desk, token)
    assert "This form was sent twice. It was done once." in text_of(desk.client.get("/subscriptions"))


def test_the_form_opened_again_does_it_again(desk: Desk) -> None:
    for _ in range(2):
        charge(desk, desk.token("/subscriptions/{s}"))
    assert desk.count(Charge) == 2


def test_other_fields_are_another_form(desk: Desk) -> None:
    token = desk.token("/subscriptions/{s}")
    charge(desk, token)
    charge(desk, token, amount="600.00")
    assert desk.count(Charge) == 2


def test_a_program_that_sends_the_cookies_own_token_each_time_does_it_each_time(desk: Desk) -> None:
    for _ in range(2):
        charge(desk, "x" * 32)
    assert desk.count(Charge) == 2


def test_what_was_refused_is_refused_again(desk: Desk) -> None:
    """It was not done, so that it may be done as soon as its cause is gone: here, that Ada is the only owner."""
    with scope(desk.vendor.tenant.pk):
        ada = Member.objects.get().pk
    token = desk.token("/team")
    for _ in range(2):
        answer = desk.send("/team", token, member=str(ada), role="viewer")
        assert "The last owner stays" in text_of(desk.client.get(answer.url))


def test_two_at_once_do_it_once(desk: Desk) -> None:
    """The second waits for the first."""
    token = desk.token("/subscriptions/{s}")
    first, again = at_once(lambda: charge(desk, token), lambda: charge(desk, token))
    assert first.url == again.url
    assert desk.count(Charge) == 1


def test_what_was_shown_is_opened_by_the_form_only(desk: Desk) -> None:
    """Not by who has the database, and not by who has the server's secret key too."""
    desk.send("/api-keys", desk.token("/api-keys"), name="Till", scopes="read")
    with scope(desk.vendor.tenant.pk), pytest.raises(Unreadable):
        IdempotencyKey.objects.get().text()


# The first form of all, before there is a tenant


def test_an_organisation_named_twice_is_founded_once(northwind: Vendor) -> None:
    client, user = Client(), new_user("bo")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    again = at_once(*[lambda: client.post("/welcome?another", {"name": northwind.tenant.name})] * 2)
    assert {answer.status_code for answer in again} == {302}
    assert len(tenants_of(user)) == 1
