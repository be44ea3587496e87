"""`POST /events/reconcile`: what it answers, what it takes, and what it refuses."""

from typing import Any

import pytest

from apps.api import reconcile
from apps.tenants.models import Scope
from tests.api.client import Api, narrow
from tests.cast import ticket

pytestmark = pytest.mark.usefixtures("in_any_year")

URL = "/events/reconcile"
MEANT = {"type": "ticket.resolved", "from": "2026-11-01", "to": "2026-12-01"}


def named(*ids: str, **changes: Any) -> dict[str, Any]:
    return MEANT | {"ids": list(ids)} | changes


def counted(*days: Any, **changes: Any) -> dict[str, Any]:
    return MEANT | {"days": list(days)} | changes


def body(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()


def problems(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.content
    return [(one["field"], one["code"]) for one in answer.json()["errors"]]


@pytest.fixture
def desk(shop: Api) -> Api:
    """Three tickets happened on 20 November, one of them of a customer that nobody knows."""
    days = {"time": "2026-11-20T12:00:00Z"}
    shop.events([ticket("a", **days), ticket("b", **days), ticket("q", customer="nobody", **days)])
    return shop


def test_ids_are_compared(desk: Api) -> None:
    assert body(desk.post(URL, named("a", "lost", "q", customer="halden"))) == {
        "missing": ["lost"],
        "unknown": ["b"],
        "unknown_count": 1,
        "elsewhere": [
            {
                "id": "q",
                "type": "ticket.resolved",
                "customer": "nobody",
                "time": "2026-11-20T12:00:00Z",
                "differs": ["customer"],
            }
        ],
        "elsewhere_count": 1,
        "days": [{"day": "2026-11-20", "yours": 1, "ours": 2}],
    }


def test_without_ids_the_days_that_differ_are_told(desk: Api) -> None:
    days = [{"day": "2026-11-20", "count": 3}, {"day": "2026-11-21", "count": 1}]
    assert body(desk.post(URL, counted(*days))) == {"days": [{"day": "2026-11-21", "yours": 1, "ours": 0}]}


def test_an_empty_list_of_ids_asks_for_all_that_we_have(desk: Api) -> None:
    assert body(desk.post(URL, named()))["unknown_count"] == 3


def test_an_empty_list_of_days_asks_for_all_days_that_we_have(desk: Api) -> None:
    assert body(desk.post(URL, counted())) == {"days": [{"day": "2026-11-20", "yours": 0, "ours": 3}]}


def test_instants_bound_the_span_to_the_second(desk: Api) -> None:
    after = named(**{"from": "2026-11-20T12:00:01Z"})
    until = named(**{"from": "2026-11-20T12:00:00Z", "to": "2026-11-20T12:00:01Z"})
    assert body(desk.post(URL, after))["unknown_count"] == 0
    assert body(desk.post(URL, until))["unknown_count"] == 3


def test_it_reads_only_and_takes_the_scope_read(desk: Api) -> None:
    assert desk.vendor
    assert narrow(desk.vendor, Scope.READ).post(URL, named()).status_code == 200
    assert narrow(desk.vendor, Scope.EVENTS_WRITE).post(URL, named()).status_code == 403


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (MEANT, ("ids", "required")),
        (counted(ids=[]), ("ids", "required")),
        (named(type=None), ("type", "required")),
        (named(type="t" * 129), ("type", "length")),
        (named(customer="a b"), ("customer", "invalid_code")),
        (named(to=None), ("to", "required")),
        (named(to="2026-11-01"), ("to", "out_of_range")),
        (named(to="2027-11-03"), ("to", "out_of_range")),
        (named(to="yesterday"), ("to", "invalid_time")),
        (named(ids="a"), ("ids", "not_a_list")),
        (named(ids=["a", 7]), ("ids[1]", "invalid")),
        (named(ids=[""]), ("ids[0]", "invalid")),
        (named(ids=["a" * 256]), ("ids[0]", "invalid")),
        (named(ids=["a\0"]), ("ids[0]", "invalid")),
        (named(atomic=True), ("atomic", "unknown_field")),
        (counted({"day": "2026-11-20"}), ("days[0].count", "required")),
        (counted({"day": "2026-11-20", "count": -1}), ("days[0].count", "out_of_range")),
        (counted({"day": "2026-11-20", "count": "1"}), ("days[0].count", "wrong_type")),
        (counted({"day": "20 November", "count": 1}), ("days[0].day", "invalid_date")),
        (counted({"day": "2026-12-01", "count": 1}), ("days[0].day", "out_of_range")),
        (counted(*[{"day": "2026-11-20", "count": 1}] * 2), ("days[1].day", "duplicate")),
        (counted({"day": "2026-11-20", "count": 1, "yours": 1}), ("days[0].yours", "unknown_field")),
    ],
)
def test_what_is_wrong_is_named(shop: Api, sent: dict[str, Any], problem: tuple[str, str]) -> None:
    assert problems(shop.post(URL, sent)) == [problem]


def test_a_span_of_366_days_is_the_longest(shop: Api) -> None:
    assert shop.post(URL, named(to="2027-11-02")).status_code == 200


def test_too_many_ids_are_refused(shop: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_IDS", 2)
    assert shop.post(URL, named("a", "b")).status_code == 200
    assert problems(shop.post(URL, named("a", "b", "c"))) == [("ids", "out_of_range")]


def test_a_body_of_100_000_ids_is_answered(shop: Api) -> None:
    answer = body(shop.post(URL, named(*[f"e-{n:012}" for n in range(100_000)])))
    assert len(answer["missing"]) == 100_000


def test_another_tenants_events_are_neither_had_nor_unknown(desk: Api, rival: Api) -> None:
    answer = body(rival.post(URL, named("a")))
    assert (answer["missing"], answer["unknown"], answer["days"]) == (["a"], [], [])


def test_an_event_whose_id_is_reconcile_has_its_story_here(desk: Api) -> None:
    assert desk.get(URL).status_code == 404
    desk.events(ticket("reconcile"))
    assert desk.get(URL).json()["event"]["id"] == "reconcile"
