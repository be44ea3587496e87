"""One event's page tells all that befell it, in order of time."""

import re
from datetime import timedelta
from typing import Any

import pytest

from apps.common import clock
from apps.invoices.close import close_tenant
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of

WINDOW = {"window_seconds": 72 * 3600}
REOPENED = WINDOW | {"void_on": [{"type": "ticket.reopened", "condition": "true"}]}
APPROVED = WINDOW | {"mode": "on_confirmation", "confirm_on": [{"type": "ticket.approved", "condition": "true"}]}


def ago(**time: int) -> str:
    return (clock.now() - timedelta(**time)).isoformat()


def told(vendor: Vendor, id: str) -> list[str]:
    """The steps of the event's slip, without their times."""
    page = text_of(client_of(vendor).get("/events/one", {"id": id}))
    steps = page.partition('<ol class="steps">')[2].partition("</ol>")[0].split("</li>")[:-1]
    timeless = (re.sub(r"<time.*?</time>", "", step) for step in steps)
    return [" ".join(re.sub(r"<[^>]+>", "", step).split()).removesuffix(" ·") for step in timeless]


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    northwind.customer(time_zone="UTC")
    return northwind


def test_what_is_pending_says_what_is_to_come(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(ticket("1", time=ago(hours=1)), at=ago(hours=1))
    assert told(shop, "1") == [
        "Received",
        "Judged: it meets the definition, by version 1 of Resolved ticket",
        "Settles, unless it is voided",
    ]


def test_a_void_names_its_signal_and_the_signal_what_it_voided(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(ticket("1", subject="A", time=ago(days=2)), at=ago(days=2))
    shop.send(ticket("2", type="ticket.reopened", subject="A", time=ago(days=1)), at=ago(days=1))
    assert told(shop, "1")[2:] == ["Voided by signal 2 · ticket.reopened"]
    assert told(shop, "2")[2:] == ["Voided, as a signal, Resolved ticket A"]
    assert "Signal</span>" in text_of(client_of(shop).get("/events"))


def test_a_lost_claim(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")
    shop.send(ticket("1", subject="A"), at=ago(days=2))
    shop.send(ticket("2", subject="A"), at=ago(days=1))
    assert told(shop, "2")[2:] == ["Claim lost: it does not count · Its subject was counted already."]


def test_what_expired(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(ticket("1", time=ago(days=9)), at=ago(days=9))
    assert told(shop, "1")[2:] == ["Expired: nobody confirmed it"]


def test_settlement_and_the_invoice_line(shop: Vendor) -> None:
    halden, month = shop.customer("kestrel", time_zone="UTC"), clock.now().date().replace(day=1)
    shop.definition()
    before = (month - timedelta(days=1)).replace(day=1)
    shop.subscribe(halden, shop.plan(), before.isoformat())
    time = f"{before.isoformat()}T12:00:00+00:00"
    shop.send(ticket("1", customer="kestrel", time=time), at=time)
    close_tenant(shop.tenant.pk, at=clock.now())
    *_, settled, billed = told(shop, "1")
    assert settled == "Settled"
    assert re.fullmatch(r"On invoice \S+ · line 2: Resolved ticket", billed)


def confirm(shop: Vendor, **body: Any) -> Any:
    return client_of(shop).post("/events/one?id=1", {"do": "confirm"} | body, follow=True)


def test_a_confirmation_asks_first_and_then_counts(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(ticket("1", time=ago(hours=1)), at=ago(hours=1))
    assert "Confirm this outcome?" in text_of(confirm(shop))
    assert "Confirmed. It counts." in text_of(confirm(shop, confirmed="yes"))
    assert told(shop, "1")[2:] == [f"Confirmed by {shop.owner.email}"]


def test_what_can_not_be_confirmed_says_why(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(ticket("1", time=ago(days=9)), at=ago(days=9))
    response = confirm(shop, confirmed="yes")
    assert response.status_code == 422
    assert "It expired at" in text_of(response)


@pytest.mark.parametrize("items", [3, ["ball", "bat"], {"ball": 2}])
def test_a_property_may_be_called_items(shop: Vendor, items: Any) -> None:
    shop.definition()
    shop.send(ticket("1", properties={"items": items, "channel": "chat"}), at=ago(hours=1))
    page = text_of(client_of(shop).get("/events/one", {"id": "1"}))
    assert "<dt>items</dt>" in page
    assert "<dt>channel</dt>" in page


def test_what_counts_more_than_once_is_in_the_plural(shop: Vendor) -> None:
    shop.definition()
    shop.send(ticket("1", quantity="3"), at=ago(hours=1))
    assert "<dd> 3 tickets </dd>" in text_of(client_of(shop).get("/events/one", {"id": "1"}))
