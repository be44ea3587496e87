"""What refreshes itself: nothing is sent while nothing changed, and the new state when something did."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.common import clock
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of, trade
from tests.statements import asked


def polled(page: str, target: str) -> str:
    """The URL that the element of this id asks for."""
    found = re.search(rf'id="{target}"[^>]*hx-get="([^"]+)"', page)
    assert found
    return found[1].replace("&amp;", "&")


def test_the_checklist_ticks_what_is_done(northwind: Vendor) -> None:
    client = client_of(northwind)
    url = polled(client.get("/").content.decode(), "checklist")
    assert client.get(url).status_code == 204
    northwind.definition()
    assert 'class="done"' in text_of(client.get(url))


def test_the_feed_of_events_is_silent_until_one_arrives(northwind: Vendor) -> None:
    trade(northwind)
    client = client_of(northwind)
    url = polled(client.get("/").content.decode(), "feed")
    assert client.get(url).status_code == 204
    northwind.send(ticket("3"), at=clock.now().isoformat())
    assert "T-3" in text_of(client.get(url))


def test_a_customers_figures_move_with_an_event(northwind: Vendor) -> None:
    trade(northwind)
    client = client_of(northwind)
    page = client.get(reverse("console:customer", args=["halden"])).content.decode()
    url = polled(page, "live")
    assert client.get(url).status_code == 204
    northwind.send(ticket("3"), at=clock.now().isoformat())
    assert "T-3" in text_of(client.get(url))


def test_the_overview_sums_what_customers_pages_show(northwind: Vendor) -> None:
    """99.00 a month, and the one ticket is included."""
    trade(northwind)
    client = client_of(northwind)
    assert "99.00" in text_of(client.get("/"))
    assert "99.00" in text_of(client.get(reverse("console:customers")))


@pytest.mark.parametrize("path", ["/", "/customers"])
def test_more_customers_need_no_more_queries(northwind: Vendor, path: str) -> None:
    trade(northwind)
    client = client_of(northwind)
    before = queries(client, path)
    for name in ("kestrel", "sakura", "moewe"):
        northwind.subscribe(northwind.customer(name), northwind.plan(f"plan-{name}"), "2026-11-01")
        northwind.send(ticket(name, customer=name), at=clock.now().isoformat())
    assert queries(client, path) == before


def queries(client: Client, path: str) -> int:
    """How many statements a page runs, its plans' terms read before."""
    client.get(path)
    with asked() as statements:
        client.get(path)
    return len(statements)
