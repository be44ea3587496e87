"""Who comes into a portal, by which way, and that nobody sees another customer's."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.common.clock import now
from apps.tenants.customers import invite_contact
from apps.tenants.models import Contact, PortalLink
from apps.tenants.scope import scope
from tests.cast import new_user
from tests.portal.conftest import Portal

LIVE = "/portal/"


def test_nobody_in_particular_is_sent_to_log_in() -> None:
    answer = Client().get("/portal/invoices")
    assert answer.url == "/accounts/login/code/?next=%2Fportal%2Finvoices"


def test_a_poll_of_somebody_logged_out_moves_the_whole_page() -> None:
    answer = Client().get(reverse("portal:live_figures"), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/accounts/login/code/?next=%2Fportal%2F"


def test_a_contact_logs_in_by_the_code_that_was_mailed(halden: Portal) -> None:
    client = Client()
    client.post("/accounts/login/code/", {"email": halden.contact.email, "next": LIVE})
    code = next(line.strip() for line in mail.outbox[-1].body.splitlines() if _is_code(line.strip()))
    answer = client.post("/accounts/login/code/confirm/", {"code": code, "next": LIVE}, follow=True)
    assert "Halden Outfitters" in answer.content.decode()


def _is_code(line: str) -> bool:
    plain = line.replace("-", "")
    return 6 <= len(plain) <= 9 and plain.isalnum() and plain.isupper()


def test_a_link_opens_the_portal_without_login(halden: Portal) -> None:
    client = Client()
    answer = client.get(halden.link(), follow=True)
    assert answer.redirect_chain == [(LIVE, 302)]
    assert "Halden Outfitters" in answer.content.decode()


def test_a_link_s_token_goes_no_further(halden: Portal) -> None:
    answer = Client().get(halden.link())
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_is_not_kept_in_the_session(halden: Portal) -> None:
    client, path = Client(), halden.link()
    client.get(path)
    assert path.rpartition("_")[2] not in str(dict(client.session))


@pytest.mark.parametrize("path", ["/portal/link/cfp_nobody_x", "/portal/link/nonsense"])
def test_an_unknown_link_says_what_to_do(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 410
    assert "This link has expired" in answer.content.decode()


def test_an_expired_link_opens_nothing(halden: Portal) -> None:
    assert Client().get(halden.link(life=timedelta(seconds=-1))).status_code == 410


def test_a_link_that_expires_ends_the_sessions_that_came_by_it(halden: Portal) -> None:
    client = Client()
    client.get(halden.link())
    with scope(halden.vendor.tenant.pk):
        PortalLink.objects.filter(customer=halden.customer).update(expires_at=now())
    assert client.get(LIVE).status_code == 302


def test_a_contact_who_was_removed_is_out_at_once(halden: Portal) -> None:
    assert halden.client.get(LIVE).status_code == 200
    with scope(halden.vendor.tenant.pk):
        Contact.objects.filter(user=halden.contact).delete()
    assert halden.client.get(LIVE).status_code == 403


def test_a_member_of_the_vendor_has_no_portal_of_his_own(halden: Portal) -> None:
    client = Client()
    client.force_login(halden.vendor.owner)
    answer = client.get(LIVE)
    assert answer.status_code == 403
    assert "Open the console" in answer.content.decode()


def test_a_contact_of_several_tenants_switches(halden: Portal, stranger: Portal) -> None:
    with scope(stranger.vendor.tenant.pk):
        invite_contact(stranger.customer, halden.contact.email)
    choices = halden.client.get("/portal/switch").content.decode()
    assert "Halden Outfitters" in choices
    assert "Acme" in choices
    answer = halden.client.post("/portal/switch", {"customer": str(stranger.customer.pk)}, follow=True)
    assert re.search(r"<h1>\s*Acme\s*</h1>", answer.content.decode())


def test_nobody_switches_to_a_customer_that_is_not_his(halden: Portal, kestrel: Portal) -> None:
    answer = halden.client.post("/portal/switch", {"customer": str(kestrel.customer.pk)})
    assert answer.status_code == 404
    assert "Kestrel" not in halden.client.get(LIVE).content.decode()


def test_switching_without_any_portal_leads_to_login() -> None:
    assert Client().post("/portal/switch", {"customer": "x"}).status_code == 302


@pytest.mark.parametrize("who", ["kestrel", "stranger"])
def test_an_outcome_of_another_is_not_found(halden: Portal, who: str, request: pytest.FixtureRequest) -> None:
    outsider: Portal = request.getfixturevalue(who)
    (outcome,) = halden.send("1")
    assert halden.client.get(f"/portal/outcomes/{outcome}").status_code == 200
    assert outsider.client.get(f"/portal/outcomes/{outcome}").status_code == 404


def test_a_definition_that_concerns_the_customer_is_read_by_him_alone(halden: Portal, kestrel: Portal) -> None:
    path = "/portal/definitions/resolved_ticket/1"
    assert halden.client.get(path).status_code == 200
    assert kestrel.client.get(path).status_code == 404


def test_a_user_without_any_role_gets_a_page_that_says_so() -> None:
    client = Client()
    client.force_login(new_user())
    assert "No portal for this login" in client.get(LIVE).content.decode()
