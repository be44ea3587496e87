"""Whose sessions a process knows: those that it has looked up, where somebody is logged in or came by a portal link."""

from collections.abc import Iterable

import pytest
from django.test import Client

from apps.common.clock import now
from apps.portal import sessions
from apps.portal.sessions import known, meet
from apps.tenants.access import access_customer
from apps.tenants.customers import portal_link
from apps.tenants.models import PortalLink
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of
from tests.statements import asked

MADE_UP = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has met nobody yet."""
    monkeypatch.setattr(sessions, "_known", {})


def session_of(client: Client) -> str:
    return client.cookies["sessionid"].value


def whose(names: Iterable[str]) -> list[str | None]:
    """As a process tells once it has looked them up."""
    meet(list(names))
    return [known(one) for one in names]


def test_a_session_is_its_users_once_it_was_looked_up(northwind: Vendor) -> None:
    session = session_of(client_of(northwind))
    assert known(session) is None
    assert whose([session]) == [str(northwind.owner.pk)]


def test_all_sessions_of_one_user_are_his(northwind: Vendor) -> None:
    two = [session_of(client_of(northwind)) for _ in range(2)]
    assert whose(two) == [str(northwind.owner.pk)] * 2


def test_one_that_was_made_up_is_nobodys(northwind: Vendor) -> None:
    assert whose([MADE_UP, ""]) == [None] * 2


def test_one_in_which_nobody_logged_in_is_nobodys() -> None:
    """As whoever asks for a code by mail has: anybody may have as many."""
    client = Client()
    client.post("/accounts/login/code/", {"email": "nobody@northwind.example"})
    assert whose([session_of(client)]) == [None]


def test_one_that_was_logged_out_is_nobodys(northwind: Vendor) -> None:
    client = client_of(northwind)
    session = session_of(client)
    client.logout()
    assert whose([session]) == [None]


def test_one_that_came_by_a_portal_link_is_the_links(northwind: Vendor) -> None:
    northwind.customer()
    with scope(northwind.tenant.pk):
        url, _ = portal_link(access_customer("halden"), at=now())
        link = PortalLink.objects.get().pk
    client = Client()
    client.get("/" + url.split("/", 3)[3])
    assert whose([session_of(client)]) == [str(link)]


def test_many_are_looked_up_by_one_statement(northwind: Vendor) -> None:
    session = session_of(client_of(northwind))
    with asked() as statements:
        meet([session, *(f"{number:032}" for number in range(100))])
    assert len(statements) == 1


def test_beyond_the_most_the_one_that_was_met_first_is_forgotten(
    northwind: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST", 2)
    three = [session_of(client_of(northwind)) for _ in range(3)]
    for one in three:
        meet([one])
    assert [known(one) is None for one in three] == [True, False, False]
