"""Reading events back: as they were sent, with what became of each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import Api
from tests.cast import ticket

pytestmark = pytest.mark.usefixtures("in_any_year")


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["data"]]


def test_an_events_story_has_event_judgement_outcome_resolutions_and_invoice(shop: Api) -> None:
    outcome = shop.events(ticket("1", properties={"rating": 5})).json()["results"][0]["outcome"]
    story = shop.get("/events/1").json()
    assert {"event", "judgement", "outcome", "resolutions", "invoice"} <= set(story)
    assert story["event"]["properties"] == {"rating": 5}
    assert (story["judgement"]["definition"], story["judgement"]["version"]) == ("resolved_ticket", 1)
    assert story["outcome"]["id"] == outcome
    assert (story["resolutions"], story["invoice"]) == ([], None)


def test_properties_come_back_with_every_digit(shop: Api) -> None:
    digits = "0.12345678901234567890123456789"
    shop.events(f'{{"id":"1","type":"ticket.resolved","customer":"halden","properties":{{"n":{digits}}}}}'.encode())
    assert f'"n": {digits}'.encode() in shop.get("/events/1").content


def test_a_quarantined_event_says_why(shop: Api) -> None:
    shop.events(ticket("1", customer="nobody"))
    judgement = shop.get("/events/1").json()["judgement"]
    assert (judgement["status"], judgement["reason"], judgement["field"]) == (
        "quarantined",
        "unknown_customer",
        "customer",
    )


def test_an_unknown_id_is_a_404(shop: Api) -> None:
    assert shop.get("/events/unknown").status_code == 404


def test_events_are_found_by_customer_type_status_and_time(shop: Api) -> None:
    shop.events(
        [
            ticket("old", time="2026-11-01T10:00:00Z"),
            ticket("new", time="2026-11-02T10:00:00Z"),
            ticket("lost", customer="nobody", time="2026-11-03T10:00:00Z"),
        ]
    )
    assert ids(shop.get("/events", customer="nobody")) == ["lost"]
    assert ids(shop.get("/events", type="ticket.reopened")) == []
    assert ids(shop.get("/events", status="quarantined")) == ["lost"]
    assert set(ids(shop.get("/events", status="accepted"))) == {"old", "new"}
    query = {"from": "2026-11-01T10:00:00Z", "to": "2026-11-02T10:00:00Z"}
    assert ids(shop.send("get", "/events", query=query)) == ["old"]
    assert set(ids(shop.send("get", "/events", query={"from": "2026-11-02"}))) == {"new", "lost"}


def test_a_type_is_asked_for_as_it_was_sent_spaces_and_all(shop: Api) -> None:
    shop.events([ticket("clean"), ticket("typo", type="ticket.resolved ")])
    assert ids(shop.get("/events", type="ticket.resolved")) == ["clean"]
    assert ids(shop.get("/events", type="ticket.resolved ")) == ["typo"]
    [waiting] = shop.get("/quarantine", type="ticket.resolved ").json()["data"]
    assert waiting["event"]["id"] == "typo"
    now = datetime.now(UTC)
    days = {"from": (now - timedelta(days=1)).isoformat(), "to": (now + timedelta(days=1)).isoformat()}
    meant = {"type": "ticket.resolved ", "ids": []} | days
    assert shop.post("/events/reconcile", meant).json()["unknown"] == ["typo"]


def test_an_event_without_time_is_found_when_it_was_received(shop: Api) -> None:
    shop.events([ticket("timeless"), ticket("old", time="2026-11-01T10:00:00Z")])
    today = datetime.now(UTC).date()
    assert ids(shop.send("get", "/events", query={"from": today.isoformat()})) == ["timeless"]
    assert ids(shop.send("get", "/events", query={"to": today.isoformat()})) == ["old"]


def test_an_event_comes_back_as_it_was_sent_and_in_utc(shop: Api) -> None:
    sent = ticket("1", time="2026-11-01T10:00:00.5+02:00", quantity="2.500", value=7, evidence="https://desk.example/1")
    shop.events(sent)
    event = shop.get("/events/1").json()["event"]
    assert {name: event[name] for name in sent} == sent | {
        "time": "2026-11-01T08:00:00.500000Z",
        "quantity": "2.5",
        "value": "7",
    }
    assert (event["properties"], event["status"], event["billable"]) == ({}, "accepted", True)


def test_the_quarantine_lists_what_waits_with_its_reason(shop: Api) -> None:
    shop.events([ticket("1"), ticket("2", customer="nobody"), ticket("3", type="ticket.opened")])
    waiting = shop.get("/quarantine").json()["data"]
    assert {(one["event"]["id"], one["reason"]) for one in waiting} == {
        ("2", "unknown_customer"),
        ("3", "unknown_type"),
    }
    [one] = shop.get("/quarantine", reason="unknown_type").json()["data"]
    assert one["event"]["id"] == "3"
    assert "ticket.opened" in one["detail"]


def test_the_quarantine_is_narrowed_by_customer_and_type(shop: Api) -> None:
    shop.events([ticket("1", customer="nobody"), ticket("2", type="ticket.opened")])
    for query, id in (({"customer": "nobody"}, "1"), ({"type": "ticket.opened"}, "2")):
        assert [one["event"]["id"] for one in shop.get("/quarantine", **query).json()["data"]] == [id]
