"""Silences as a page: told on the overview and on the events, muted, and mailed to those who want it."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from apps.common import clock
from apps.events.usual import HOUR, WEEK, hour_of
from apps.events.watched import Arrivals, MutedType, Silence
from apps.tenants.models import Member, Role
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of
from tests.console.test_browser import enter

PAGE = "/events/silences"


@pytest.fixture
def quiet(northwind: Vendor) -> Vendor:
    """Tickets came for weeks, twelve an hour, and have stopped three hours ago."""
    northwind.customer()
    northwind.definition()
    now = clock.now()
    northwind.send(ticket("1"), at=(now - 3 * HOUR).isoformat())
    with scope(northwind.tenant.pk):
        hours = [hour_of(now) - 3 * HOUR - number * 6 * HOUR for number in range(4 * 28)]
        Arrivals.objects.bulk_create(
            Arrivals(type="ticket.resolved", hour=hour, count=12, last_at=hour + timedelta(minutes=20))
            for hour in hours
        )
        Silence.objects.create(type="ticket.resolved", since=now - 3 * HOUR, usual=1234, raised_at=now - HOUR)
    return northwind


def post(client: Client, **body: str) -> str:
    return text_of(client.post(PAGE, body, follow=True))


@pytest.mark.parametrize("path", ["/", "/events", PAGE])
def test_a_silence_is_told_where_people_look(quiet: Vendor, path: str) -> None:
    page = text_of(client_of(quiet, Role.VIEWER).get(path))
    assert "<strong>No ticket.resolved</strong> since" in page
    assert "at least 1,234 came each time" in page


def test_one_that_has_ended_is_told_in_the_past_only(quiet: Vendor) -> None:
    with scope(quiet.tenant.pk):
        Silence.objects.update(ended_at=clock.now(), end="arrived")
    client = client_of(quiet)
    assert "<strong>No ticket.resolved" not in text_of(client.get("/"))
    assert "It arrives again" in text_of(client.get(PAGE))


def test_a_type_is_muted_and_watched_again(quiet: Vendor) -> None:
    client = client_of(quiet, Role.DEVELOPER)
    page = post(client, do="mute", type="ticket.resolved")
    assert "ticket.resolved is muted" in page
    assert "<strong>No ticket.resolved" not in page
    with scope(quiet.tenant.pk):
        assert MutedType.objects.get().by.startswith("developer")
    assert "ticket.resolved is watched again" in post(client, do="unmute", type="ticket.resolved")
    with scope(quiet.tenant.pk):
        assert not MutedType.objects.exists()


def test_a_type_that_nothing_listens_to_is_not_muted(quiet: Vendor) -> None:
    post(client_of(quiet), do="mute", type="ticket.resolvd")
    with scope(quiet.tenant.pk):
        assert not MutedType.objects.exists()


def test_a_member_declines_his_own_mails_and_no_others(quiet: Vendor) -> None:
    client = client_of(quiet, Role.DEVELOPER)
    assert "You get no mail when a type stops" in post(client, do="no-mails")
    with scope(quiet.tenant.pk):
        assert dict(Member.objects.values_list("role", "alerts")) == {"owner": True, "developer": False}
    assert "You get one mail when a type stops" in post(client, do="mails")


@pytest.mark.parametrize(
    ("since", "count", "state"),
    [(4 * WEEK, 12, "Watched"), (4 * WEEK, 1, "Too few to tell"), (2 * WEEK, 12, "Too new"), (None, 0, "None yet")],
)
def test_each_type_says_how_it_is_watched(northwind: Vendor, since: timedelta | None, count: int, state: str) -> None:
    northwind.definition()
    now = hour_of(clock.now())
    with scope(northwind.tenant.pk):
        for hour in [now - HOUR, now - since] if since else []:
            Arrivals.objects.create(type="ticket.resolved", hour=hour, count=count, last_at=hour)
    assert f'<span class="word">{state}</span>' in text_of(client_of(northwind).get(PAGE))


def test_without_an_outcome_it_says_what_to_do(northwind: Vendor) -> None:
    assert "Define an outcome" in text_of(client_of(northwind).get(PAGE))


@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_is_accessible_and_fits(quiet: Vendor, page: Page, site: str, width: int) -> None:
    enter(page, site, quiet)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}{PAGE}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
