"""Trying a version by the API: one event, or the past."""

from typing import Any

import pytest

from apps.tenants.models import Scope
from tests.api.client import Api, narrow
from tests.cast import ticket

PATH = "/outcome-definitions/resolved_ticket/try"
STRICT = {"name": "Resolved ticket", "condition": "properties.rating >= 4"}


def try_event(api: Api, event: dict[str, Any]) -> Any:
    return api.post(PATH, {"version": STRICT, "event": event}).json()["event"]


def problems(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 422
    return [(one["field"], one["code"]) for one in response.json()["errors"]]


def test_an_event_that_would_count(shop: Api) -> None:
    found = try_event(shop, ticket("1", time="2026-11-05T10:00:00Z", properties={"rating": 5}, quantity="2.50"))
    assert found == {
        "status": "accepted",
        "billable": True,
        "reason": None,
        "field": None,
        "detail": None,
        "quantity": "2.5",
        "value": "0",
        "dimension": None,
        "occurred_at": "2026-11-05T10:00:00Z",
        "settles_at": "2026-11-05T10:00:00Z",
    }


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"properties": {"rating": 3}}, "accepted", "condition_false"),
        ({"properties": {}}, "quarantined", "condition_error"),
        ({"customer": "nobody", "properties": {"rating": 5}}, "quarantined", "unknown_customer"),
        ({"type": "ticket.closed"}, "quarantined", "unknown_type"),
        ({"quantity": "-1"}, "rejected", "out_of_range"),
    ],
)
def test_an_event_that_would_not_count_says_why(shop: Api, change: Any, status: str, reason: str) -> None:
    found = try_event(shop, ticket("1") | change)
    assert (found["status"], found["billable"], found["reason"]) == (status, False, reason)


def test_the_past_with_what_differs_and_what_that_costs(shop: Api) -> None:
    shop.events([ticket(str(n), properties={"rating": n}) for n in range(6)])
    past = shop.post(PATH, {"version": STRICT}).json()["past"]
    assert (past["events"], past["counted"], past["would_count"]) == (6, 6, 2)
    assert past["reasons"] == {"condition_false": 4}
    assert {one["id"] for one in past["no_longer_counts"]["newest"]} == {"0", "1", "2", "3"}
    assert past["customers"] == [
        {
            "customer": "halden",
            "currency": "USD",
            "counted": {"quantity": "6", "value": "0", "items": 6, "amount": "0.00"},
            "would_count": {"quantity": "2", "value": "0", "items": 2, "amount": "0.00"},
        }
    ]


def test_a_span_bounds_the_past(shop: Api) -> None:
    shop.events([ticket("1"), ticket("2")])
    past = shop.post(PATH, {"version": {"name": "Any"}, "from": "2020-01-01", "to": "2020-02-01"}).json()["past"]
    assert (past["from"], past["to"], past["events"]) == ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z", 0)


def test_nothing_is_stored(shop: Api) -> None:
    try_event(shop, ticket("1", properties={"rating": 5}))
    assert shop.get("/events").json()["data"] == []
    assert shop.get("/outcome-definitions/resolved_ticket").json()["version"] == 1


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ("version", "required")),
        ({"version": {"name": "A", "condition": "rating >"}}, ("version.condition", "invalid_condition")),
        ({"version": {"name": "A", "trigger": "x"}}, ("version.trigger", "unknown_field")),
        ({"version": STRICT, "since": "2026-01-01"}, ("since", "unknown_field")),
        ({"version": STRICT, "from": "yesterday"}, ("from", "invalid_time")),
        ({"version": STRICT, "from": "2026-02-01", "to": "2026-01-01"}, ("to", "out_of_range")),
        ({"version": STRICT, "event": {}, "from": "2026-01-01"}, ("event", "contradiction")),
    ],
)
def test_what_is_wrong_is_named(shop: Api, body: Any, wrong: tuple[str, str]) -> None:
    assert wrong in problems(shop.post(PATH, body))


def test_trying_takes_the_scope_read(shop: Api) -> None:
    assert shop.vendor
    assert narrow(shop.vendor, Scope.READ).post(PATH, {"version": STRICT}).status_code == 200
    assert narrow(shop.vendor, Scope.EVENTS_WRITE).post(PATH, {"version": STRICT}).status_code == 403


def test_another_tenants_definition_is_not_there(shop: Api, rival: Api) -> None:
    assert rival.post(PATH, {"version": STRICT}).status_code == 404


@pytest.mark.parametrize("to", ["0001-01-01", "0001-02-01T00:00:00Z"])
def test_a_span_at_the_beginning_of_time_has_nothing(shop: Api, to: str) -> None:
    """Ninety days before its end there is no day."""
    answer = shop.post(PATH, {"version": STRICT, "to": to})
    assert answer.status_code == (422 if to == "0001-01-01" else 200)
