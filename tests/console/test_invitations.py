"""Whoever is invited gets a mail whose link lets him in: with a password that he chooses, or with the one he has."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.core import mail as post
from django.test import Client
from django.urls import reverse

from apps.common.clock import now
from apps.console.invitations import LINK, write
from apps.outbox.models import Mail
from apps.outbox.outbox import drain
from apps.tenants.customers import invite_member
from apps.tenants.models import Contact, Member, User
from apps.tenants.scope import scope
from tests.cast import PASSWORD, Vendor, instant, new_user
from tests.console.desk import client_of, text_of

TEAM, PORTAL = "/team", "/customers/halden"
NEW = "walnut-ferry-92"


def invite(vendor: Vendor, address: str = "", *, role: str = "finance") -> str:
    """Have the owner invite this address, or Grace, who has no account, to the team. Returns the address."""
    address = address or f"grace-{uuid4().hex}@northwind.example"
    client_of(vendor).post(TEAM, {"do": "invite", "email": address, "role": role})
    return address


def invite_to_portal(vendor: Vendor, address: str = "") -> str:
    """Have the owner invite this address, or Sam, who has no account, to Halden's portal."""
    vendor.customer()
    address = address or f"sam-{uuid4().hex}@halden.example"
    client_of(vendor).post(PORTAL, {"do": "invite", "email": address})
    return address


def arrived(vendor: Vendor, address: str) -> list[Any]:
    """The mails that have come to the address once the outbox is drained, oldest first."""
    drain(vendor.tenant.pk, at=now() + timedelta(seconds=1))
    return [one for one in post.outbox if one.to == [address]]


def link_in(mail: Any) -> str:
    """The path of its link, which stands on a line of its own."""
    found = re.search(r"^http://[^/]+(/\S+)$", str(mail.body), re.M)
    assert found
    return found[1]


def choose_password(link: str, password: str = NEW) -> Any:
    """What a newcomer sees after he followed the link and typed a password."""
    newcomer = Client()
    form = newcomer.get(link, follow=True)
    return newcomer.post(form.redirect_chain[-1][0], {"password1": password, "next": "/"}, follow=True)


def can_log_in(address: str, password: str) -> bool:
    answer = Client().post("/accounts/login/", {"login": address, "password": password})
    return bool(answer.status_code == 302 and answer.headers["Location"] == "/")


def test_a_newcomer_chooses_a_password_and_is_in(northwind: Vendor) -> None:
    [mail] = arrived(northwind, invite(northwind))
    assert "Northwind Support AI on Counterfoil" in mail.subject
    assert "as finance" in mail.body
    assert "Organisation: Northwind Support AI" in text_of(choose_password(link_in(mail)))


def test_the_password_logs_in_from_then_on(northwind: Vendor) -> None:
    address = invite(northwind)
    choose_password(link_in(arrived(northwind, address)[0]))
    assert can_log_in(address, NEW)


def test_a_newcomer_to_the_portal_lands_there(northwind: Vendor) -> None:
    [mail] = arrived(northwind, invite_to_portal(northwind))
    newcomer = Client()
    form = newcomer.get(link_in(mail), follow=True)
    assert 'name="next" value="/portal/"' in form.content.decode()
    answer = newcomer.post(form.redirect_chain[-1][0], {"password1": NEW, "next": "/portal/"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/portal/"
    assert "Halden" in text_of(answer)


def test_a_contact_reads_it_in_his_customers_language(northwind: Vendor) -> None:
    northwind.customer("linde", name="Linde AG", locale="de-DE")
    address = f"uwe-{uuid4().hex}@linde.example"
    client_of(northwind).post("/customers/linde", {"do": "invite", "email": address})
    [mail] = arrived(northwind, address)
    assert mail.subject == "Northwind Support AI lädt Sie in das Portal von Linde AG ein"


def test_the_link_works_once(northwind: Vendor) -> None:
    link = link_in(arrived(northwind, invite(northwind))[0])
    choose_password(link)
    assert "This link no longer works" in text_of(Client().get(link, follow=True))


def test_the_link_ends_after_three_days(northwind: Vendor, settings: Any) -> None:
    [mail] = arrived(northwind, invite(northwind))
    assert "within 3 days" in mail.body
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "This link no longer works" in text_of(Client().get(link_in(mail), follow=True))


def test_the_link_is_kept_nowhere(northwind: Vendor) -> None:
    """Every member may read mails: one who opened this would be whoever was invited, an owner maybe."""
    address = invite(northwind)
    [mail] = arrived(northwind, address)
    with scope(northwind.tenant.pk):
        kept = Mail.objects.get()
    assert LINK in kept.text
    assert link_in(mail) not in kept.text + kept.html
    assert link_in(mail) in str(mail.alternatives[0][0])


def test_who_has_an_account_keeps_his_password(northwind: Vendor, globex: Vendor) -> None:
    """Ada of Globex is asked to log in, by no key."""
    [mail] = arrived(northwind, invite(northwind, globex.owner.email))
    assert link_in(mail) == "/accounts/login/?next=%2F"
    assert can_log_in(globex.owner.email, PASSWORD)


def test_who_belongs_to_another_tenant_sees_both(northwind: Vendor, globex: Vendor) -> None:
    invite(northwind, globex.owner.email)
    switch = text_of(client_of(globex).get("/"))
    assert "Globex Assistants" in switch
    assert "Northwind Support AI" in switch


def test_a_stranger_who_signed_up_with_the_address_before_gets_in_by_no_password(northwind: Vendor) -> None:
    """He set a password and never proved that the address is his; once its holder has, that would open."""
    stranger = User.objects.create_user(f"grace-{uuid4().hex}@northwind.example", "stranger-92")
    EmailAddress.objects.create(user=stranger, email=stranger.email, primary=True)
    [mail] = arrived(northwind, invite(northwind, stranger.email))
    choose_password(link_in(mail))
    assert not can_log_in(stranger.email, "stranger-92")
    assert can_log_in(stranger.email, NEW)


@pytest.mark.parametrize("page", [TEAM, PORTAL])
def test_it_is_sent_again_with_a_link_that_works(northwind: Vendor, page: str) -> None:
    address = invite(northwind) if page == TEAM else invite_to_portal(northwind)
    assert len(arrived(northwind, address)) == 1
    with scope(northwind.tenant.pk):
        Mail.objects.update(key="invitation: an hour ago")
        member, contact = Member.objects.latest("pk"), Contact.objects.first()
    client_of(northwind).post(page, {"do": "again", "member": member.pk, "contact": contact.pk if contact else ""})
    [_, second] = arrived(northwind, address)
    assert choose_password(link_in(second)).status_code == 200


def test_two_clicks_send_one(northwind: Vendor) -> None:
    noon = instant("2026-11-05 12:00")
    with scope(northwind.tenant.pk):
        member = invite_member(f"grace-{uuid4().hex}@northwind.example", "finance")
        assert write(member, by=northwind.owner, at=noon)
        assert not write(member, by=northwind.owner, at=noon + timedelta(seconds=1))


def test_a_mail_sent_again_as_it_was_has_a_link_that_works(northwind: Vendor) -> None:
    address = invite(northwind)
    arrived(northwind, address)
    with scope(northwind.tenant.pk):
        first = Mail.objects.get()
    client_of(northwind).post(reverse("console:mail", args=[first.pk]), {"confirmed": "yes"})
    [_, second] = arrived(northwind, address)
    assert choose_password(link_in(second)).status_code == 200


def test_who_was_removed_meanwhile_gets_none(northwind: Vendor) -> None:
    address = invite(northwind)
    with scope(northwind.tenant.pk):
        Member.objects.latest("pk").delete()
    assert arrived(northwind, address) == []
    with scope(northwind.tenant.pk):
        assert "removed meanwhile" in Mail.objects.get().error


def test_the_team_tells_who_has_not_come_yet(northwind: Vendor) -> None:
    address, client = invite(northwind), client_of(northwind)
    again = f"Invite {address} again"
    assert again in text_of(client.get(TEAM))
    choose_password(link_in(arrived(northwind, address)[0]))
    assert again not in text_of(client.get(TEAM))


def test_a_contact_is_not_invited_twice(northwind: Vendor) -> None:
    address = invite_to_portal(northwind)
    answer = client_of(northwind).post(PORTAL, {"do": "invite", "email": address.upper()})
    assert answer.status_code == 422
    assert "may see the portal already" in text_of(answer)


def test_another_tenants_member_is_not_invited_again(northwind: Vendor, globex: Vendor) -> None:
    with scope(globex.tenant.pk):
        foreign = Member.objects.get()
    assert client_of(northwind).post(TEAM, {"do": "again", "member": foreign.pk}).status_code == 404


def test_who_may_not_invite_may_not_invite_again(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        owner = Member.objects.get()
    assert client_of(northwind, "finance").post(TEAM, {"do": "again", "member": owner.pk}).status_code == 403


def test_an_operators_password_stays(northwind: Vendor) -> None:
    """He was made by a command, with an address that nobody asked him to prove."""
    operator = new_user("olga")
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    EmailAddress.objects.filter(user=operator).delete()
    invite(northwind, operator.email)
    assert User.objects.get(pk=operator.pk).check_password(PASSWORD)
