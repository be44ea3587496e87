"""Members, contacts and keys: who is let in, who is not, and what is shown once."""

import re
from datetime import timedelta
from uuid import uuid4

from django.core import mail as post
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.tenants.models import ApiKey, Contact, Member, Role, User
from apps.tenants.scope import scope
from tests.cast import Vendor, new_user
from tests.console.desk import client_of, text_of, trade

TEAM = "/team"


def member_of(vendor: Vendor, role: str) -> Member:
    with scope(vendor.tenant.pk):
        found: Member = Member.objects.get(role=role)
    return found


def test_an_invited_member_is_in_the_team(northwind: Vendor) -> None:
    address = f"grace-{uuid4().hex}@northwind.example"
    client = client_of(northwind)
    client.post(TEAM, {"do": "invite", "email": address, "role": "finance"})
    assert address in text_of(client.get(TEAM))


def test_who_has_not_come_yet_is_told_but_never_of_who_founded_it(northwind: Vendor) -> None:
    """The founder's last login was before: he logged in to found it, and has been there since."""
    client = client_of(northwind)
    User.objects.filter(pk=northwind.owner.pk).update(last_login=clock.now() - timedelta(minutes=5))
    assert "has not logged in since" not in text_of(client.get(TEAM))
    client.post(TEAM, {"do": "invite", "email": f"grace-{uuid4().hex}@northwind.example", "role": "finance"})
    assert text_of(client.get(TEAM)).count("has not logged in since") == 1


def test_an_admin_is_not_offered_to_invite_an_owner(northwind: Vendor) -> None:
    client = client_of(northwind, Role.ADMIN)
    assert "Owner: everything" not in text_of(client.get(TEAM))
    assert "Owner: everything" in text_of(client_of(northwind).get(TEAM))
    invited = {"do": "invite", "email": f"grace-{uuid4().hex}@northwind.example", "role": "owner"}
    assert client.post(TEAM, invited).status_code == 422


def test_an_invited_member_comes_in_by_one_code(northwind: Vendor) -> None:
    address = f"grace-{uuid4().hex}@northwind.example"
    client_of(northwind).post(TEAM, {"do": "invite", "email": address, "role": "finance"})
    grace = Client()
    grace.post("/accounts/login/code/", {"email": address})
    [mail] = [one for one in post.outbox if one.to == [address]]
    assert mail.subject == "Your code to log in"
    code = re.search(r"^\w{4}-\w{4}$", str(mail.body), re.M)
    assert code
    answer = grace.post("/accounts/login/code/confirm/", {"code": code[0]}, follow=True)
    assert answer.redirect_chain[-1][0] == "/"
    assert "Northwind" in text_of(answer)


def test_the_last_owner_can_not_be_removed(northwind: Vendor) -> None:
    owner = member_of(northwind, Role.OWNER)
    client_of(northwind).post(TEAM, {"do": "remove", "member": owner.pk, "confirmed": "yes"})
    assert member_of(northwind, Role.OWNER).pk == owner.pk


def test_an_admin_can_not_make_an_owner(northwind: Vendor) -> None:
    client = client_of(northwind, Role.ADMIN)
    response = client.post(TEAM, {"do": "role", "member": member_of(northwind, Role.ADMIN).pk, "role": "owner"})
    assert response.status_code == 403


def test_a_member_is_removed_after_asking(northwind: Vendor) -> None:
    client_of(northwind, Role.VIEWER)
    viewer, client = member_of(northwind, Role.VIEWER), client_of(northwind)
    assert "Remove" in text_of(client.post(TEAM, {"do": "remove", "member": viewer.pk}))
    client.post(TEAM, {"do": "remove", "member": viewer.pk, "confirmed": "yes"})
    with scope(northwind.tenant.pk):
        assert not Member.objects.filter(pk=viewer.pk).exists()


def test_a_contact_is_invited_and_removed(northwind: Vendor) -> None:
    trade(northwind)
    client, url = client_of(northwind), reverse("console:customer", args=["halden"])
    client.post(url, {"do": "invite", "email": f"sam-{uuid4().hex}@halden.example"})
    with scope(northwind.tenant.pk):
        contact = Contact.objects.get()
    client.post(url, {"do": "remove", "contact": contact.pk, "confirmed": "yes"})
    with scope(northwind.tenant.pk):
        assert not Contact.objects.exists()


def test_a_portal_link_is_on_the_answer_and_nowhere_else(northwind: Vendor) -> None:
    trade(northwind)
    client, url = client_of(northwind), reverse("console:customer", args=["halden"])
    assert "cfp_" in text_of(client.post(url, {"do": "link"}))
    assert "cfp_" not in text_of(client.get(url))


def test_a_key_is_shown_once(northwind: Vendor) -> None:
    client = client_of(northwind)
    begin = f"cf_{northwind.tenant.slug}_"
    made = client.post("/api-keys", {"name": "Production", "scopes": ["events:write"]})
    assert begin in text_of(made)
    assert begin not in text_of(client.get("/api-keys"))


def test_a_key_is_revoked_after_asking(northwind: Vendor) -> None:
    client = client_of(northwind)
    with scope(northwind.tenant.pk):
        key = ApiKey.objects.get()
    assert "Revoke key" in text_of(client.post("/api-keys", {"do": "revoke", "key": key.pk}))
    client.post("/api-keys", {"do": "revoke", "key": key.pk, "confirmed": "yes"})
    with scope(northwind.tenant.pk):
        assert ApiKey.objects.get().revoked_at is not None


def test_a_user_of_two_organisations_switches(northwind: Vendor, globex: Vendor) -> None:
    with scope(globex.tenant.pk):
        Member.objects.create(user=northwind.owner, role=Role.VIEWER)
    client = client_of(northwind)
    client.post(reverse("console:switch_tenant"), {"tenant": globex.tenant.slug})
    assert "Organisation: Globex Assistants" in text_of(client.get("/"))


def test_a_user_without_organisation_names_one() -> None:
    newcomer = Client()
    newcomer.force_login(new_user("eve"), backend="django.contrib.auth.backends.ModelBackend")
    assert newcomer.get("/").headers["Location"] == reverse("console:welcome")
    newcomer.post(reverse("console:welcome"), {"name": "Café Zürich"})
    assert "Organisation: Café Zürich" in text_of(newcomer.get("/"))


def test_a_key_is_made_with_limits_and_given_others(northwind: Vendor) -> None:
    client = client_of(northwind, Role.DEVELOPER)
    client.post("/api-keys", {"name": "Till", "scopes": ["read"], "requests_per_second": "20"})
    assert "20 requests, 200,000 events" in text_of(client.get("/api-keys"))
    with scope(northwind.tenant.pk):
        key = ApiKey.objects.get(name="Till")
    client.post(f"/api-keys/{key.pk}", {"requests_per_second": "1", "events_per_second": "1"})
    assert "1 request, 1 event </td>" in text_of(client.get("/api-keys"))
    client.post(f"/api-keys/{key.pk}", {"requests_per_second": "", "events_per_second": "500"})
    with scope(northwind.tenant.pk):
        assert ApiKey.objects.get(name="Till").limits() == {"requests": 1_000, "events": 500}


def test_a_limit_is_a_number_that_can_be_kept(northwind: Vendor) -> None:
    client = client_of(northwind)
    for nonsense in ("0", "-1", "1.5", "99999999999"):
        assert (
            client.post("/api-keys", {"name": "x", "scopes": ["read"], "events_per_second": nonsense}).status_code
            == 422
        )
