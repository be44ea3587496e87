"""Lists: newest first, page by page, and strict about what is asked."""

import pytest

from tests.api.client import Api
from tests.cast import ticket


@pytest.fixture
def busy(shop: Api) -> Api:
    """Halden's shop with five events, sent one by one."""
    for number in range(5):
        shop.events(ticket(str(number)))
    return shop


def test_the_newest_come_first(busy: Api) -> None:
    assert [one["id"] for one in busy.get("/events").json()["data"]] == ["4", "3", "2", "1", "0"]


def test_a_cursor_leads_from_page_to_page_until_there_is_none(busy: Api) -> None:
    pages, cursor = [], ""
    while cursor is not None:
        body = busy.get("/events", limit=2, cursor=cursor).json()
        pages.append([one["id"] for one in body["data"]])
        cursor = body["next"]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]


def test_what_arrives_meanwhile_does_not_move_the_next_page(busy: Api) -> None:
    cursor = busy.get("/events", limit=2).json()["next"]
    busy.events(ticket("5"))
    assert [one["id"] for one in busy.get("/events", limit=2, cursor=cursor).json()["data"]] == ["2", "1"]


def test_a_page_has_fifty_and_may_have_two_hundred(busy: Api) -> None:
    busy.events([ticket(str(number)) for number in range(5, 60)])
    assert [len(busy.get("/events", **limit).json()["data"]) for limit in ({}, {"limit": 200})] == [50, 60]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "ten"),
        ("limit", "-1"),
        ("limit", "000000001000"),
        ("limit", "1" + "0" * 5_000),
        ("limit", "000000001" + "0" * 5_000),
        ("cursor", "nonsense"),
        ("cursor", "AAAA"),
        ("from", "yesterday"),
        ("to", "2026-13-01"),
        ("status", "lost"),
        ("custommer", "halden"),
        ("customer", "a\0b"),
    ],
)
def test_a_parameter_that_is_wrong_or_unknown_is_a_422_that_names_it(busy: Api, name: str, value: str) -> None:
    answer = busy.send("get", "/events", query={name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == name


def test_an_empty_parameter_counts_as_not_given(busy: Api) -> None:
    query = dict.fromkeys(("customer", "type", "status", "from", "to", "limit", "cursor"), "")
    assert len(busy.send("get", "/events", query=query).json()["data"]) == 5
