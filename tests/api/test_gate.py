"""The gate: who is let in, and how everything that goes wrong is told."""

from datetime import UTC, datetime

import pytest

from apps.tenants.models import ApiKey
from apps.tenants.scope import scope
from tests.api.client import Api, narrow
from tests.cast import Vendor, ticket

PROBLEM = "application/problem+json"
MOEWE = {
    "external_id": "moewe",
    "name": "Möwe Reisen GmbH",
    "email": "rechnung@moewe-reisen.example",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "country": "DE",
}


@pytest.mark.parametrize("key", [None, "", "cf_nobody_secret", "cfp_northwind_secret", "cf", "cf__", "Ünïcode"])
def test_without_a_key_there_is_a_401_that_says_how(northwind: Vendor, key: str | None) -> None:
    answer = Api(key).get("/customers")
    assert answer.status_code == 401
    assert answer["Content-Type"] == PROBLEM
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_secret_of_a_known_tenant_is_a_401(northwind: Vendor) -> None:
    assert Api(f"cf_{northwind.tenant.slug}_guessed").get("/customers").status_code == 401


def test_a_revoked_key_is_a_401(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        ApiKey.objects.get().revoke(at=datetime.now(UTC))
    assert Api(northwind.api_key).get("/customers").status_code == 401


def test_a_key_of_one_tenant_in_the_name_of_another_is_a_401(northwind: Vendor, globex: Vendor) -> None:
    secret = northwind.api_key.split("_", 2)[2]
    assert Api(f"cf_{globex.tenant.slug}_{secret}").get("/customers").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("post", "/events", "events:write"),
        ("get", "/events", "read"),
        ("get", "/customers", "read"),
        ("post", "/customers", "manage"),
        ("patch", "/customers/halden", "manage"),
        ("get", "/customers/halden/usage", "read"),
        ("post", "/customers/halden/invoice-preview", "read"),
        ("post", "/customers/halden/portal-links", "manage"),
        ("post", "/plans/growth/preview", "read"),
        ("post", "/outcomes/01a203df-6a9c-72b7-b2cc-012e40d3b245/void", "manage"),
    ],
)
def test_each_call_needs_its_scope_and_is_a_403_without(northwind: Vendor, method: str, path: str, needed: str) -> None:
    others = {"events:write", "read", "manage"} - {needed}
    refused = narrow(northwind, *others).send(method, path, {})
    assert refused.status_code == 403
    assert needed in refused.json()["detail"]
    assert narrow(northwind, needed).send(method, path, {}).status_code != 403


def test_a_key_remembers_when_it_was_last_used(api: Api) -> None:
    assert api.vendor
    api.get("/customers")
    with scope(api.vendor.tenant.pk):
        assert ApiKey.objects.get().last_used_at is not None


def test_a_problem_is_a_document_of_rfc_9457(api: Api) -> None:
    answer = api.post("/customers", {})
    assert answer["Content-Type"] == PROBLEM
    assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
    assert answer.json()["status"] == answer.status_code == 422
    assert {"field": "external_id", "code": "required", "message": "is required"} in answer.json()["errors"]


def test_an_unknown_path_is_a_404_and_not_a_page(api: Api) -> None:
    for path in ("/", "/nothing", "/customers/", "/customers/halden/nothing", "/outcomes/not-a-uuid", "/events/x/"):
        answer = api.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)


def test_a_method_that_is_not_allowed_is_a_405_that_names_those_that_are(api: Api) -> None:
    answer = api.send("delete", "/customers/halden")
    assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM)
    assert answer["Allow"] == "GET, PATCH, HEAD, OPTIONS"


@pytest.mark.parametrize(("body", "status"), [(b"", 400), (b"{", 400), (b"\xff", 400), (b"[]", 422), (b"7", 422)])
def test_a_body_that_is_no_json_is_a_400_and_one_that_is_no_object_a_422(api: Api, body: bytes, status: int) -> None:
    assert api.post("/customers", body).status_code == status


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": None}, "name is required."),
        ({"name": None, "country": "XX"}, "name is required (1 more in errors)."),
        ({"tax_id": "DE12"}, "tax_id: DE12 is not a tax id of Germany: it has too few or too many characters."),
    ],
)
def test_what_is_wrong_is_one_sentence_about_its_field(api: Api, change: dict[str, object], said: str) -> None:
    assert api.post("/customers", MOEWE | change).json()["detail"] == said


def test_a_text_in_another_encoding_is_said_to_be_none(api: Api) -> None:
    answer = api.post("/customers", b'{"name": "M\xf6we Reisen GmbH"}')
    assert answer.json()["detail"] == "The body is not JSON: a text in it is not UTF-8."


@pytest.mark.parametrize(
    "path",
    [
        "/customers/halden/portal-links",
        "/customers/halden/invoice-preview",
        "/outcomes/{outcome}/confirm",
    ],
)
def test_a_call_that_takes_no_fields_refuses_any(shop: Api, path: str) -> None:
    outcome = shop.events(ticket("1")).json()["results"][0]["outcome"]
    answer = shop.post(path.format(outcome=outcome), {"colour": "red"})
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, ["colour"])


def test_a_form_is_a_415(api: Api) -> None:
    assert api.post("/customers", b"name=x", media="application/x-www-form-urlencoded").status_code == 415


def test_a_body_over_two_mebibytes_is_a_413(api: Api) -> None:
    assert api.post("/customers", b" " * (2 * 1024 * 1024 + 1)).status_code == 413


def test_whatever_the_client_prefers_it_gets_json(api: Api) -> None:
    from django.test import Client

    headers = {"Authorization": f"Bearer {api.key}", "Accept": "text/html"}
    answer = Client().get("/api/v1/customers", headers=headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize(
    "path",
    [
        "/customers/halden",
        "/customers/halden/usage",
        "/outcome-definitions/resolved_ticket",
        "/plans/growth",
        "/events/1",
        "/subscriptions/{subscription}",
        "/outcomes/{outcome}",
    ],
)
def test_what_is_northwinds_is_a_404_for_globex(shop: Api, rival: Api, path: str) -> None:
    outcome = shop.events(ticket("1")).json()["results"][0]["outcome"]
    subscription = shop.get("/subscriptions").json()["data"][0]["id"]
    path = path.format(outcome=outcome, subscription=subscription)
    assert shop.get(path).status_code == 200
    assert rival.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/customers", "/events", "/outcomes", "/plans", "/subscriptions", "/quarantine"])
def test_the_lists_of_globex_hold_nothing_of_northwind(shop: Api, rival: Api, path: str) -> None:
    shop.events([ticket("1"), ticket("2", customer="nobody")])
    assert shop.get(path).json()["data"]
    assert rival.get(path).json() == {"data": [], "next": None}


def test_globex_may_use_the_same_ids(shop: Api, rival: Api) -> None:
    shop.events(ticket("1"))
    assert rival.events(ticket("1")).json()["quarantined"] == 1
