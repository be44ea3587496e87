"""Subscriptions over the API beyond their creation: overrides, a change of plan."""

from typing import Any

import pytest

from apps.api import examples
from apps.api.reference import openapi
from apps.common import clock
from apps.invoices.close import close_tenant
from tests.api.client import Api
from tests.api.conftest import first_of_month
from tests.api.test_reference import keeps_to

OWN = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.50"}
FEE = {"amount": "10.00", "timing": "arrears"}


@pytest.fixture
def selling(api: Api) -> Api:
    """Halden, and two plans for him: growth and scale."""
    assert api.vendor
    api.vendor.customer(time_zone="UTC")
    api.vendor.definition()
    api.vendor.plan()
    api.vendor.plan("scale", base_fee={"amount": "300.00", "timing": "arrears"})
    return api


def subscribe(api: Api, **changes: Any) -> Any:
    start = first_of_month().isoformat()
    return api.post("/subscriptions", {"customer": "halden", "plan": "growth", "start": start} | changes)


def fields_of(response: Any) -> list[str]:
    assert response.status_code == 422, response.content
    return [error["field"] for error in response.json()["errors"]]


def change(api: Api, id: str, **body: Any) -> Any:
    return api.post(f"/subscriptions/{id}/change-plan", {"plan": "scale", "when": "now"} | body)


def test_overrides_hold_instead_of_the_plans_terms(selling: Api) -> None:
    body = subscribe(selling, overrides={"prices": [OWN], "base_fee": FEE}).json()
    assert body["overrides"]["base_fee"] == FEE
    assert body["overrides"]["prices"][0]["unit_amount"] == "0.5"
    assert selling.get("/customers/halden/usage").json()["amount"] == "10.00"


def test_without_overrides_there_are_none(selling: Api) -> None:
    assert subscribe(selling).json()["overrides"] == {}


@pytest.mark.parametrize(
    ("overrides", "field"),
    [
        ({"prices": [OWN | {"unit_amount": "-1"}]}, "overrides.prices[0].unit_amount"),
        ({"prices": [OWN | {"outcome": "meeting"}]}, "overrides.prices[0].outcome"),
        ({"base_fee": {"amount": "1.005", "timing": "arrears"}}, "overrides.base_fee.amount"),
        ({"interval": "year"}, "overrides.interval"),
        ([], "overrides"),
    ],
)
def test_a_wrong_override_is_a_422_that_names_the_field(selling: Api, overrides: Any, field: str) -> None:
    assert fields_of(subscribe(selling, overrides=overrides)) == [field]


def test_a_change_of_plan_answers_with_the_new_subscription(selling: Api) -> None:
    old = subscribe(selling).json()
    answer = change(selling, old["id"], when="cycle_end", overrides={"base_fee": FEE})
    assert answer.status_code == 200
    new = answer.json()
    assert (new["plan"], new["start"], new["replaces"]) == ("scale", old["cycle"]["end"], old["id"])
    assert (new["status"], new["overrides"]) == ("upcoming", {"base_fee": FEE})
    assert selling.get(f"/subscriptions/{old['id']}").json()["end"] == new["start"]


def test_a_change_that_gave_way_reads_as_ended(selling: Api) -> None:
    old = subscribe(selling).json()
    first = change(selling, old["id"], when="cycle_end").json()
    change(selling, old["id"], when="now")
    assert selling.get(f"/subscriptions/{first['id']}").json()["status"] == "ended"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": "unknown"}, "plan"),
        ({"version": 9}, "version"),
        ({"when": "soon"}, "when"),
        ({"when": None}, "when"),
        ({"start": "2026-11-01"}, "start"),
        ({"overrides": {"minimum": "-1"}}, "overrides.minimum"),
    ],
)
def test_a_wrong_change_is_a_422_that_names_the_field(selling: Api, body: Any, field: str) -> None:
    assert fields_of(change(selling, subscribe(selling).json()["id"], **body)) == [field]


def test_a_change_to_a_plan_in_another_currency_is_a_422(selling: Api) -> None:
    assert selling.vendor
    selling.vendor.plan("euro", currency="EUR")
    assert fields_of(change(selling, subscribe(selling).json()["id"], plan="euro")) == ["plan"]


def test_a_change_is_made_once_for_a_key(selling: Api) -> None:
    path = f"/subscriptions/{subscribe(selling).json()['id']}/change-plan"
    first, again = (selling.post(path, {"plan": "scale", "when": "now"}, idempotency_key="up").json() for _ in range(2))
    assert first == again


# Coupons.

SPRING = {"code": "spring", "name": "Spring offer", "percent": "20", "cycles": 3}


def test_a_coupon_is_created_read_and_archived(api: Api) -> None:
    made = api.post("/coupons", SPRING)
    assert made.status_code == 201
    body = made.json()
    assert (body["percent"], body["cycles"], body["given"], body["archived_at"]) == ("20", 3, 0, None)
    assert api.get("/coupons/spring").json() == body
    assert api.get("/coupons").json()["data"] == [body]
    assert api.post("/coupons/spring/archive").json()["archived_at"]
    assert api.post("/coupons", SPRING).status_code == 409


def test_a_coupon_is_given_with_the_subscription(selling: Api) -> None:
    selling.post("/coupons", SPRING)
    body = subscribe(selling, coupon="spring").json()
    assert body["discounts"] == [{"coupon": "spring", "first_cycle": 0, "cycles": 3}]
    assert selling.get("/coupons/spring").json()["given"] == 1


def test_a_coupon_is_given_once(selling: Api) -> None:
    selling.post("/coupons", SPRING)
    path = f"/subscriptions/{subscribe(selling).json()['id']}/discounts"
    assert selling.post(path, {"coupon": "spring"}).status_code == 201
    assert selling.post(path, {"coupon": "spring"}).status_code == 409


def test_a_coupon_that_is_not_there_is_a_422(selling: Api) -> None:
    assert fields_of(subscribe(selling, coupon="autumn")) == ["coupon"]
    path = f"/subscriptions/{subscribe(selling).json()['id']}/discounts"
    assert fields_of(selling.post(path, {"coupon": "autumn"})) == ["coupon"]
    assert fields_of(selling.post(path, {})) == ["coupon"]


def test_a_subscription_whose_coupon_is_refused_is_not_made(selling: Api) -> None:
    selling.post("/coupons", SPRING | {"redeem_by": "2020-01-01"})
    assert subscribe(selling, coupon="spring").status_code == 409
    assert selling.get("/subscriptions").json()["data"] == []


# Charges.


def test_a_charge_waits_and_is_removed(selling: Api) -> None:
    path = f"/subscriptions/{subscribe(selling).json()['id']}/charges"
    made = selling.post(path, {"description": "A day of training", "amount": "800"})
    assert made.status_code == 201
    body = made.json()
    assert (body["amount"], body["tax_category"], body["invoice"]) == ("800.00", "standard", None)
    assert selling.get(path).json()["data"] == [body]
    assert selling.post(f"{path}/{body['id']}/remove").json() == body
    assert selling.get(path).json()["data"] == []
    assert selling.post(f"{path}/{body['id']}/remove").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": None}, "amount"),
        ({"description": ""}, "description"),
        ({"tax_category": "two words"}, "tax_category"),
        ({"quantity": "2"}, "quantity"),
    ],
)
def test_a_wrong_charge_is_a_422_that_names_the_field(selling: Api, change: Any, field: str) -> None:
    path = f"/subscriptions/{subscribe(selling).json()['id']}/charges"
    assert fields_of(selling.post(path, {"description": "Training", "amount": "800"} | change)) == [field]


# Previews.


def test_a_preview_of_an_end_writes_nothing(selling: Api) -> None:
    one = subscribe(selling).json()
    found = selling.send("post", f"/subscriptions/{one['id']}/cancel", {"when": "now"}, query={"preview": "true"})
    assert found.status_code == 200
    [invoice] = found.json()["invoices"]
    assert (invoice["status"], invoice["number"], invoice["lines"][0]["kind"]) == ("draft", None, "base_fee")
    assert found.json()["unbilled"] == []
    assert selling.get(f"/subscriptions/{one['id']}").json() == one


def test_a_preview_is_described(selling: Api) -> None:
    """With an upgrade whose fee is billed in advance, so that there is an invoice and a credit note of a fee."""
    ahead = {"amount": "60.00", "timing": "advance"}
    one = subscribe(selling, overrides={"base_fee": ahead}).json()
    assert selling.vendor
    close_tenant(selling.vendor.tenant.pk, at=clock.now())
    path = f"/subscriptions/{one['id']}/change-plan"
    found = selling.send("post", path, {"plan": "scale", "when": "now"}, query={"preview": "true"}).json()
    keeps_to(examples.foreseen, found)
    assert found["invoices"]
    for name in ("cancel", "change-plan"):
        answer = openapi()["paths"][f"/api/v1/subscriptions/{{id}}/{name}"]["post"]["responses"]["200"]
        assert len(answer["content"]["application/json"]["schema"]["oneOf"]) == 2


def test_a_preview_is_not_what_a_key_keeps(selling: Api) -> None:
    path = f"/subscriptions/{subscribe(selling).json()['id']}/change-plan"
    body = {"plan": "scale", "when": "now"}
    found = selling.send("post", path, body, query={"preview": "true"}, idempotency_key="up")
    assert set(found.json()) == {"invoices", "credit_notes", "unbilled"}
    assert selling.post(path, body, idempotency_key="up").json()["plan"] == "scale"


def test_a_preview_is_true_or_false(selling: Api) -> None:
    path = f"/subscriptions/{subscribe(selling).json()['id']}/cancel"
    assert fields_of(selling.send("post", path, {"when": "now"}, query={"preview": "yes"})) == ["preview"]
    assert fields_of(selling.send("post", path, {"when": "now"}, query={"dry": "true"})) == ["dry"]


def test_what_nothing_prices_is_listed(api: Api) -> None:
    assert api.vendor
    api.vendor.customer(time_zone="UTC")
    api.vendor.definition()
    api.events({"id": "1", "type": "ticket.resolved", "customer": "halden", "quantity": "12"})
    [one] = api.get("/customers/halden/unbilled").json()["data"]
    assert (one["outcome"], one["quantity"], one["items"]) == ("resolved_ticket", "12", 1)
