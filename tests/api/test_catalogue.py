"""What a vendor sells: definitions, plans and their versions, and who is on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import Api

DEFINITION = {"code": "resolved_ticket", "name": "Resolved ticket", "trigger": "ticket.resolved"}
UNIT = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.99", "included": "100"}
PLAN = {
    "code": "growth",
    "name": "Growth",
    "currency": "USD",
    "interval": "month",
    "base_fee": {"amount": "99.00", "timing": "advance"},
    "prices": [UNIT],
}


def fields_of(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.content
    return [error["field"] for error in answer.json()["errors"]]


# Definitions.


def test_a_definition_has_its_defaults_and_its_first_version(api: Api) -> None:
    answer = api.post("/outcome-definitions", DEFINITION)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["version"], body["condition"], body["once_per_subject"]) == (1, "true", "unlimited")
    assert body["settlement"] == {"window_seconds": 0, "mode": "auto", "void_on": [], "confirm_on": []}
    assert len(body["versions"]) == 1
    assert api.get("/outcome-definitions/resolved_ticket").json() == body


def test_a_new_version_is_published_at_once_and_the_old_one_stays(api: Api) -> None:
    first = api.post("/outcome-definitions", DEFINITION).json()
    second = api.post(
        "/outcome-definitions/resolved_ticket/versions", {"name": "Solved ticket", "condition": "has(subject)"}
    )
    assert second.status_code == 422  # has() takes a field of something
    answer = api.post(
        "/outcome-definitions/resolved_ticket/versions", {"name": "Solved ticket", "condition": "quantity > 1.0"}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["version"], body["name"], body["trigger"]) == (2, "Solved ticket", "ticket.resolved")
    assert [one["version"] for one in body["versions"]] == [2, 1]
    assert body["versions"][1]["hash"] == first["hash"] != body["hash"]


def test_a_code_or_a_trigger_that_is_in_use_is_a_409(api: Api) -> None:
    api.post("/outcome-definitions", DEFINITION)
    assert api.post("/outcome-definitions", DEFINITION | {"trigger": "other"}).status_code == 409
    assert api.post("/outcome-definitions", DEFINITION | {"code": "other"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"condition": "properties.rating >="}, "condition"),
        ({"quantity_from": "count"}, "quantity_from"),
        ({"settlement": {"window": 1}}, "settlement.window"),
        ({"settlement": {"mode": "on_confirmation"}}, "settlement.window_seconds"),
        ({"settlement": {"confirm_on": [{"type": "ticket.approved"}]}}, "settlement.confirm_on"),
        ({"once_per_subject": "twice"}, "once_per_subject"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_definition_is_a_422_that_names_the_field(api: Api, change: Any, field: str) -> None:
    assert fields_of(api.post("/outcome-definitions", DEFINITION | change)) == [field]


@pytest.mark.parametrize("type", ["ticket.\nresolved", "ticket\u3000resolved", " "])
def test_no_type_that_no_event_can_have_triggers_or_voids(api: Api, type: str) -> None:
    voids = {"settlement": {"window_seconds": 60, "void_on": [{"type": type}]}}
    assert fields_of(api.post("/outcome-definitions", DEFINITION | {"trigger": type})) == ["trigger"]
    assert fields_of(api.post("/outcome-definitions", DEFINITION | voids)) == ["settlement.void_on[0].type"]


def test_code_and_trigger_are_no_fields_of_a_version(api: Api) -> None:
    api.post("/outcome-definitions", DEFINITION)
    assert fields_of(api.post("/outcome-definitions/resolved_ticket/versions", DEFINITION)) == ["code", "trigger"]


# Plans.


@pytest.fixture
def priced(api: Api) -> Api:
    """One outcome, and a plan that prices it."""
    api.post("/outcome-definitions", DEFINITION)
    assert api.post("/plans", PLAN).status_code == 201
    return api


def test_a_plan_comes_back_with_every_field(priced: Api) -> None:
    body = priced.get("/plans/growth").json()
    assert (body["version"], body["currency"], body["base_fee"]) == (1, "USD", PLAN["base_fee"])
    assert body["prices"] == [UNIT | {"minimum": None, "maximum": None}]
    assert len(body["versions"]) == 1


EXTENDED = PLAN | {
    "base_fee": {"amount": "99.00", "timing": "arrears", "tax_category": "software"},
    "prices": [UNIT | {"tax_category": "support"}],
    "trial_days": 14,
    "one_off": [{"name": "Set-up", "amount": "500.00"}],
}


def test_a_plan_without_trial_and_one_offs_says_so(priced: Api) -> None:
    body = priced.get("/plans/growth").json()
    assert (body["trial_days"], body["one_off"]) == (0, [])


def test_trial_one_offs_and_tax_categories_come_back_as_they_were_sent(priced: Api) -> None:
    body = priced.post("/plans", EXTENDED | {"code": "extended"}).json()
    assert {name: body[name] for name in ("base_fee", "trial_days", "one_off")} == {
        name: EXTENDED[name] for name in ("base_fee", "trial_days", "one_off")
    }
    assert body["prices"][0]["tax_category"] == "support"
    assert body["versions"][0]["trial_days"] == 14


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"trial_days": "14"}, "trial_days"),
        ({"trial_days": 1000}, "trial_days"),
        ({"one_off": [{"name": "Set-up", "amount": "0.001"}]}, "one_off[0].amount"),
        ({"one_off": [{"amount": "5.00"}]}, "one_off[0].name"),
        ({"one_off": [{"name": "Day", "amount": "5.00"}] * 30_001}, "one_off"),
        ({"base_fee": {"amount": "1", "timing": "advance", "tax_category": "a b"}}, "base_fee.tax_category"),
        ({"prices": [UNIT | {"tax_category": "x" * 41}]}, "prices[0].tax_category"),
    ],
)
def test_what_is_wrong_with_the_rest_of_a_plan_is_a_422_that_names_the_field(
    priced: Api, change: Any, field: str
) -> None:
    assert fields_of(priced.post("/plans", PLAN | {"code": "other"} | change)) == [field]


def test_a_preview_has_what_is_charged_once(priced: Api) -> None:
    priced.post("/plans/growth/versions", {name: EXTENDED[name] for name in ("interval", "prices", "one_off")})
    usage = [{"outcome": "resolved_ticket", "quantity": "412"}]
    body = priced.post("/plans/growth/preview", {"usage": usage}).json()
    found = [(line["kind"], line["description"], line["amount"], line["tax_category"]) for line in body["lines"]]
    assert found == [
        ("usage", "Resolved ticket", "308.88", "support"),
        ("one_off", "Set-up", "500.00", "standard"),
    ]


def test_a_plan_of_the_same_code_is_a_409(priced: Api) -> None:
    assert priced.post("/plans", PLAN).status_code == 409


def test_the_next_version_is_what_the_plan_is_now(priced: Api) -> None:
    version = {"interval": "month", "prices": [UNIT | {"unit_amount": "0.89"}]}
    answer = priced.post("/plans/growth/versions", version)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["version"], body["name"], body["prices"][0]["unit_amount"]) == (2, "Growth", "0.89")
    assert [one["version"] for one in body["versions"]] == [2, 1]


def test_all_that_is_wrong_with_a_plan_is_said_at_once(priced: Api) -> None:
    wrong = PLAN | {"code": "a b", "colour": "red", "base_fee": {"amount": 99.5, "timing": "later"}, "prices": [{}]}
    found = fields_of(priced.post("/plans", wrong))
    assert {"code", "colour", "base_fee.amount", "base_fee.timing", "prices[0].model"} <= set(found)


def test_an_outcome_that_does_not_exist_can_not_be_priced(priced: Api) -> None:
    other = PLAN | {"code": "other", "prices": [UNIT | {"outcome": "unknown"}]}
    assert fields_of(priced.post("/plans", other)) == ["prices[0].outcome"]


def test_currency_and_code_are_no_fields_of_a_version(priced: Api) -> None:
    assert set(fields_of(priced.post("/plans/growth/versions", PLAN))) == {"code", "currency"}


def test_a_preview_rates_usage_that_nobody_had(priced: Api) -> None:
    usage = [{"outcome": "resolved_ticket", "quantity": "412"}]
    body = priced.post("/plans/growth/preview", {"version": None, "usage": usage}).json()
    assert set(body) == {"currency", "lines", "subtotal", "discount", "tax", "taxes", "total"}
    assert [(line["kind"], line["amount"]) for line in body["lines"]] == [("base_fee", "99.00"), ("usage", "308.88")]
    assert (body["total"], body["taxes"]) == ("407.88", [])
    assert body["lines"][1]["breakdown"][1] == {
        "text": "312 at 0.99",
        "quantity": "312",
        "unit_amount": "0.99",
        "amount": "308.88",
    }


@pytest.mark.parametrize(
    ("price", "usage", "amount"),
    [
        ({"model": "percentage", "percent": "2.5", "fixed_amount": "0.10"}, {"value": "1000", "items": 4}, "25.40"),
        ({"model": "percentage", "percent": "2.5", "fixed_amount": "0.10"}, {"value": "1000"}, "25.20"),
        ({"model": "matrix", "amounts": {"voice": "1.99"}, "default_amount": "0.99"}, {"dimension": "voice"}, "3.98"),
        ({"model": "matrix", "amounts": {"voice": "1.99"}, "default_amount": "0.99"}, {"dimension": None}, "1.98"),
    ],
)
def test_a_preview_takes_value_items_and_dimension(priced: Api, price: Any, usage: Any, amount: str) -> None:
    """Two tickets; where it names no items, each is one."""
    plan = {"code": "other", "base_fee": None, "prices": [{"outcome": "resolved_ticket"} | price]}
    assert priced.post("/plans", PLAN | plan).status_code == 201
    rows = [{"outcome": "resolved_ticket", "quantity": "2"} | usage]
    assert priced.post("/plans/other/preview", {"usage": rows}).json()["total"] == amount


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": 9}, "version"),
        ({"usage": [{"outcome": "unknown", "quantity": "1"}]}, "usage[0].outcome"),
        ({"usage": [{"outcome": "resolved_ticket", "quantity": 1.5}]}, "usage[0].quantity"),
        ({"usage": [{"outcome": "resolved_ticket", "quantity": "-1"}]}, "usage[0].quantity"),
        ({"usage": {}}, "usage"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_preview_is_a_422_that_names_the_field(priced: Api, change: Any, field: str) -> None:
    assert field in fields_of(priced.post("/plans/growth/preview", {"usage": []} | change))


# Subscriptions.


@pytest.fixture
def selling(priced: Api) -> Api:
    """A plan, and Halden who might take it."""
    assert priced.vendor
    priced.vendor.customer()
    return priced


def subscribe(api: Api, **changes: Any) -> Any:
    start = (datetime.now(UTC) - timedelta(days=40)).date().replace(day=1).isoformat()
    return api.post("/subscriptions", {"customer": "halden", "plan": "growth", "start": start} | changes)


def test_a_subscription_is_on_the_newest_version_and_runs(selling: Api) -> None:
    answer = subscribe(selling, version=None)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["version"], body["billing"], body["status"], body["end"]) == (1, "calendar", "active", None)
    assert body["cycle"]["start"] == body["start"]
    assert selling.get(f"/subscriptions/{body['id']}").json() == body
    assert selling.get("/subscriptions", customer="halden", plan="growth").json()["data"] == [body]
    assert selling.get("/subscriptions", customer="other").json()["data"] == []


def test_a_second_one_that_prices_the_same_outcome_is_a_409(selling: Api) -> None:
    subscribe(selling)
    assert subscribe(selling).status_code == 409


def test_a_plan_in_another_currency_is_a_422(selling: Api) -> None:
    selling.post("/plans", PLAN | {"code": "euro", "currency": "EUR"})
    assert fields_of(subscribe(selling, plan="euro")) == ["plan"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"customer": "nobody"}, "customer"),
        ({"plan": "unknown"}, "plan"),
        ({"version": 9}, "version"),
        ({"start": None}, "start"),
        ({"start": "2026-02-30"}, "start"),
        ({"start": "0001-01-01"}, "start"),
        ({"start": "9999-12-31"}, "start"),
        ({"billing": "weekly"}, "billing"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_subscription_is_a_422_that_names_the_field(selling: Api, change: Any, field: str) -> None:
    assert fields_of(subscribe(selling, **change)) == [field]


def test_a_subscription_is_cancelled_with_its_cycle(selling: Api) -> None:
    body = subscribe(selling).json()
    cancelled = selling.post(f"/subscriptions/{body['id']}/cancel", {"when": "cycle_end"}).json()
    assert cancelled["end"] == body["cycle"]["end"]
    again = selling.post(f"/subscriptions/{body['id']}/cancel", {"when": "cycle_end"})
    assert again.status_code == 409


def test_when_it_ends_must_be_said(selling: Api) -> None:
    id = subscribe(selling).json()["id"]
    assert fields_of(selling.post(f"/subscriptions/{id}/cancel", {})) == ["when"]
    assert fields_of(selling.post(f"/subscriptions/{id}/cancel", {"when": "soon"})) == ["when"]
