"""Whatever is sent, it is never answered as a fault of the server."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.client import Api, narrow
from tests.cast import Vendor, new_vendor, ticket

NAMES = [
    *(
        "id",
        "type",
        "customer",
        "subject",
        "time",
        "quantity",
        "value",
        "properties",
        "evidence",
        "external_id",
        "name",
    ),
    *("email", "currency", "time_zone", "country", "address", "line1", "tax_id", "code", "trigger", "condition"),
    *("settlement", "window_seconds", "void_on", "interval", "base_fee", "amount", "timing", "minimum", "prices"),
    *("outcome", "model", "unit_amount", "tiers", "up_to", "amounts", "plan", "version", "start", "billing", "usage"),
    *("items", "dimension", "when", "reason", "data", "specversion"),
]
WORDS = [
    *("halden", "resolved_ticket", "growth", "ticket.resolved", "USD", "JPY", "UTC", "US", "month", "unit", "matrix"),
    *("graduated", "advance", "calendar", "cycle_end", "now", "1", "0.5", "-1", "1e400", "2026-11-01", "9999-12-31"),
    *("2026-11-22T09:30:00Z", "0001-01-01T00:00:00+14:00", "true", "properties.a", "\0", "\ud800", "1.0"),
]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**15, max_value=10**40),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=20),
)
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=5))
bodies = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=8), max_leaves=25
)
POSTS = [
    "/events",
    "/customers",
    "/outcome-definitions",
    "/outcome-definitions/resolved_ticket/versions",
    "/plans",
    "/plans/growth/versions",
    "/plans/growth/preview",
    "/subscriptions",
    "/customers/halden/portal-links",
    "/customers/halden/invoice-preview",
]


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Api:
    """One shop for all examples."""
    with django_db_blocker.unblock():
        vendor = new_vendor()
        vendor.customer()
        vendor.definition()
        vendor.plan()
    return Api(vendor.api_key, vendor)


def answered(api: Api, method: str, path: str, text: bytes, **options: Any) -> None:
    answer = api.send(method, path, text, **options)
    assert answer.status_code < 500, (path, text, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
    json.loads(answer.content)


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(POSTS), body=bodies)
def test_any_json_is_answered_below_500(standing: Api, path: str, body: Any) -> None:
    answered(standing, "post", path, json.dumps(body).encode())


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(changes=st.dictionaries(names, bodies, max_size=4))
def test_any_change_of_an_event_is_answered_below_500(standing: Api, changes: dict[str, Any]) -> None:
    answered(standing, "post", "/events", json.dumps([ticket("1") | changes, ticket("2", properties=changes)]).encode())


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(changes=st.dictionaries(names, bodies, max_size=4))
def test_any_change_of_a_customer_is_answered_below_500(standing: Api, changes: dict[str, Any]) -> None:
    answered(standing, "patch", "/customers/halden", json.dumps(changes).encode())


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=60), media=st.sampled_from(["application/json", "application/x-ndjson", "text/plain"]))
def test_any_bytes_are_answered_below_500(standing: Api, body: bytes, media: str) -> None:
    answered(standing, "post", "/events", body, media=media)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(["/events", "/outcomes", "/customers", "/invoices", "/quarantine", "/subscriptions"]),
    query=st.dictionaries(
        st.sampled_from(["customer", "type", "status", "state", "from", "to", "limit", "cursor", "plan", "x"]),
        st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        max_size=4,
    ),
)
def test_any_query_is_answered_below_500(standing: Api, path: str, query: dict[str, str]) -> None:
    sendable = {name: value for name, value in query.items() if value.isascii() or "\ud800" not in value}
    answered(standing, "get", path, b"", query=sendable)


@pytest.mark.parametrize("path", ["/events/a%00b", "/customers/a%00b", "/events/%ff", "/plans/%F0%9F%8E%AB"])
def test_any_path_is_answered_below_500(api: Api, path: str) -> None:
    assert api.get(path).status_code in (404, 422)


def test_a_key_is_any_text(northwind: Vendor) -> None:
    for key in ("cf_\0_x", f"cf_{northwind.tenant.slug}_\0", "cf_é_x"):
        assert Api(key).get("/events").status_code == 401
    assert narrow(northwind, "read").get("/events").status_code == 200
