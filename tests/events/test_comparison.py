"""The same id again: the same content is a duplicate, by value and not by spelling; other content is a conflict."""

from decimal import Decimal
from typing import Any

import pytest

from apps.events.models import Event, Outcome
from apps.tenants.scope import scope
from tests.cast import Vendor, new_vendor, ticket

AT = "2026-11-05 10:00"
FULL = ticket(
    "1",
    time="2026-11-04T10:00:00.123456Z",
    quantity="2.50",
    value="120",
    properties={"score": 5, "tags": ["a", "b"], "by": {"name": "Jo", "bot": False}},
    evidence="https://desk.example/T-1",
)
BARE = {"id": "2", "type": "ticket.resolved", "customer": "halden", "time": "2026-11-04T10:00:00Z"}


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Vendor:
    """Halden's desk, which has two events: one with every field, one with as few as may be."""
    with django_db_blocker.unblock():
        vendor = new_vendor()
        vendor.customer()
        vendor.definition()
        vendor.send(FULL, BARE, at=AT)
    return vendor


def again(desk: Vendor, event: dict[str, Any], change: dict[str, Any]) -> tuple[str, str | None]:
    [result] = desk.send(event | change, at="2026-11-06 10:00")
    return result.status, result.field


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"quantity": "2.5"},
        {"quantity": "0002.500000000000"},
        {"value": 120},
        {"value": "120.00"},
        {"time": None},
        {"time": "2026-11-04T11:00:00.123456+01:00"},
        {"time": "2026-11-04T10:00:00.123456999Z"},
        {"properties": {"by": {"bot": False, "name": "Jo"}, "tags": ["a", "b"], "score": 5}},
        {"properties": {"score": Decimal("5.0"), "tags": ["a", "b"], "by": {"name": "Jo", "bot": False}}},
        {"properties": {"score": Decimal("0.5e1"), "tags": ["a", "b"], "by": {"name": "Jo", "bot": False}}},
    ],
    ids=str,
)
def test_content_is_compared_by_value(desk: Vendor, change: dict[str, Any]) -> None:
    assert again(desk, FULL, change) == ("duplicate", None)


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "1"},
        {"quantity": 1},
        {"quantity": "1.000"},
        {"quantity": None, "value": None, "subject": None, "properties": None, "evidence": None},
        {"properties": {}},
    ],
    ids=str,
)
def test_what_is_left_out_is_its_default(desk: Vendor, change: dict[str, Any]) -> None:
    assert again(desk, BARE, change) == ("duplicate", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "meeting.booked"}, "type"),
        ({"type": "Ticket.resolved"}, "type"),
        ({"customer": "kestrel"}, "customer"),
        ({"customer": "Halden"}, "customer"),
        ({"subject": "T-2"}, "subject"),
        ({"subject": "t-1"}, "subject"),
        ({"subject": None}, "subject"),
        ({"time": "2026-11-04T10:00:00.123457Z"}, "time"),
        ({"time": "2026-11-04T10:00:00.123456+01:00"}, "time"),
        ({"quantity": "2.500000000001"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"value": "120.01"}, "value"),
        ({"value": None}, "value"),
        ({"properties": {}}, "properties"),
        ({"properties": FULL["properties"] | {"score": "5"}}, "properties"),
        ({"properties": FULL["properties"] | {"score": True}}, "properties"),
        ({"properties": FULL["properties"] | {"tags": ["b", "a"]}}, "properties"),
        ({"properties": FULL["properties"] | {"more": None}}, "properties"),
        ({"evidence": "https://desk.example/T-2"}, "evidence"),
        ({"evidence": None}, "evidence"),
    ],
    ids=str,
)
def test_other_content_is_a_conflict_that_names_the_field(desk: Vendor, change: dict[str, Any], field: str) -> None:
    assert again(desk, FULL, change) == ("conflict", field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"subject": "T-2"}, "subject"),
        ({"value": "0"}, "value"),
        ({"properties": {"score": None}}, "properties"),
        ({"evidence": "https://desk.example/T-2"}, "evidence"),
    ],
    ids=str,
)
def test_what_was_left_out_and_is_named_now_is_a_conflict(desk: Vendor, change: dict[str, Any], field: str) -> None:
    assert again(desk, BARE, change) == ("conflict", field)


def test_of_several_that_differ_the_first_in_the_order_of_the_fields_is_named(desk: Vendor) -> None:
    assert again(desk, FULL, {"evidence": None, "quantity": "7", "subject": "T-2"}) == ("conflict", "subject")


def test_neither_duplicates_nor_conflicts_leave_a_trace(desk: Vendor) -> None:
    again(desk, FULL, {})
    again(desk, FULL, {"subject": "T-2"})
    with scope(desk.tenant.pk):
        assert (Event.objects.count(), Outcome.objects.count()) == (2, 2)
        assert Event.objects.get(external_id="1").subject == "T-1"


def test_an_event_first_sent_without_time_matches_a_repeat_with_any(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()
    northwind.send(ticket("1"), at=AT)
    assert again(northwind, ticket("1"), {"time": "2026-11-05T09:00:00Z"}) == ("duplicate", None)


@pytest.mark.parametrize(
    ("one", "other"), [("T-1", "t-1"), ("\u00e9", "e\u0301"), ("a", "a "), ("1", "01"), ("ß", "ss")]
)
def test_ids_are_compared_byte_by_byte(northwind: Vendor, one: str, other: str) -> None:
    northwind.customer()
    northwind.definition()
    first, second = northwind.send(ticket(one, subject="A"), ticket(other, subject="B"), at=AT)
    assert (first.status, second.status) == ("accepted", "accepted")
    assert again(northwind, ticket(other, subject="B"), {}) == ("duplicate", None)
