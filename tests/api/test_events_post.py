"""`POST /events`: what may be sent, in which forms, and what each item is answered."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.api.answers import NOTHING, failure, reasons, statuses, stored
from tests.api.client import Api, together
from tests.cast import ticket

pytestmark = pytest.mark.usefixtures("in_any_year")

# One event.


def test_a_lone_event_answers_in_the_shape_of_a_batch(shop: Api) -> None:
    body = shop.events(ticket("1", time="2026-11-01T10:00:00+02:00")).json()
    [result] = body.pop("results")
    assert body == {"accepted": 1, "duplicate": 0, "conflict": 0, "quarantined": 0, "rejected": 0}
    assert result == {
        "index": 0,
        "id": "1",
        "status": "accepted",
        "billable": True,
        "outcome": result["outcome"],
        "settles_at": "2026-11-01T08:00:00Z",
        "reason": None,
        "field": None,
    }


def test_the_same_event_again_is_a_duplicate_that_carries_the_first_outcome(shop: Api) -> None:
    first, again = shop.events(ticket("1")).json(), shop.events(ticket("1")).json()
    assert again["duplicate"] == 1
    assert again["results"][0]["outcome"] == first["results"][0]["outcome"]


def test_a_lone_event_that_conflicts_is_a_409_naming_the_field(shop: Api) -> None:
    shop.events(ticket("1"))
    assert failure(shop.events(ticket("1", subject="another"))) == (409, "subject", "content_differs")


@pytest.mark.parametrize("field", ["type", "customer"])
def test_a_changed_type_or_customer_is_a_conflict_too(shop: Api, field: str) -> None:
    shop.events(ticket("1"))
    assert shop.events(ticket("1") | {field: "other"}).json()["errors"][0]["field"] == field


def test_an_event_of_an_unknown_customer_is_kept_in_quarantine(shop: Api) -> None:
    answer = shop.events(ticket("1", customer="nobody"))
    assert statuses(answer) == ["quarantined"]
    assert reasons(answer) == [("unknown_customer", "customer")]
    assert stored(shop) == {"1"}


def test_an_event_that_fails_the_condition_is_accepted_but_not_billable(api: Api) -> None:
    assert api.vendor
    api.vendor.customer()
    api.vendor.definition(condition="properties.rating >= 4")
    [result] = api.events(ticket("1", properties={"rating": 3})).json()["results"]
    assert (result["status"], result["billable"], result["outcome"]) == ("accepted", False, None)
    assert result["reason"] == "condition_false"


def test_a_duplicate_of_what_does_not_count_says_so_again(api: Api) -> None:
    assert api.vendor
    api.vendor.customer()
    void_on = [{"type": "ticket.reopened", "condition": "true"}]
    api.vendor.definition(condition="false", settlement={"window_seconds": 60, "void_on": void_on})
    events = [ticket("1"), ticket("2", type="ticket.reopened")]
    first, again = api.events(events).json()["results"], api.events(events).json()["results"]
    assert [(one["status"], one["billable"], one["reason"]) for one in first] == [
        ("accepted", False, "condition_false"),
        ("accepted", False, "signal"),
    ]
    assert again == [one | {"status": "duplicate"} for one in first]


def test_an_idempotency_key_is_not_looked_at_for_each_event_has_its_own(shop: Api) -> None:
    for id in ("1", "2"):
        assert statuses(shop.events(ticket(id), idempotency_key="k")) == ["accepted"]


@pytest.mark.parametrize("body", [b"{}", b"null", b"1", b'"event"', b"true"])
def test_an_empty_object_or_a_bare_scalar_is_a_422(shop: Api, body: bytes) -> None:
    assert shop.events(body).status_code == 422


# Batches.


def test_items_of_a_batch_are_independent(shop: Api) -> None:
    shop.events(ticket("old"))
    batch = [
        ticket("new"),
        ticket("old"),
        ticket("old", subject="another"),
        ticket("lost", customer="nobody"),
        ticket("bad", quantity=1.5),
    ]
    assert statuses(shop.events(batch)) == ["accepted", "duplicate", "conflict", "quarantined", "rejected"]
    assert stored(shop) == {"old", "new", "lost"}


def test_an_array_of_one_is_a_batch(shop: Api) -> None:
    answer = shop.events([ticket("1", quantity=1.5)])
    assert statuses(answer) == ["rejected"]
    assert answer.json()["rejected"] == 1


def test_an_empty_array_is_all_zeros(shop: Api) -> None:
    assert shop.events([]).json() == NOTHING


def test_the_same_id_twice_in_a_batch_is_as_if_sent_one_after_the_other(shop: Api) -> None:
    batch = [ticket("1"), ticket("1"), ticket("1", subject="another")]
    answer = shop.events(batch)
    assert statuses(answer) == ["accepted", "duplicate", "conflict"]
    first, second, _ = answer.json()["results"]
    assert first["outcome"] == second["outcome"]


def test_a_rejected_item_is_answered_with_its_id_where_it_has_one(shop: Api) -> None:
    results = shop.events([{"id": "1"}, 7, None, []]).json()["results"]
    assert [(one["id"], one["reason"]) for one in results] == [
        ("1", "missing"),
        (None, "not_an_object"),
        (None, "not_an_object"),
        (None, "not_an_object"),
    ]


def test_a_thousand_events_are_a_batch_and_one_more_is_too_many(shop: Api) -> None:
    batch = [ticket(str(n)) for n in range(1_000)]
    assert shop.events([*batch, ticket("1000")]).status_code == 413
    assert stored(shop) == set()
    assert shop.events(batch).json()["accepted"] == 1_000


def test_many_senders_of_the_same_events_are_counted_once(shop: Api) -> None:
    batch = [ticket(str(n)) for n in range(20)]
    answers = together(8, lambda order: statuses(shop.events(batch if order % 2 else batch[::-1])))
    assert Counter(status for found in answers for status in found) == {"accepted": 20, "duplicate": 140}


# All or nothing.


@pytest.mark.parametrize("bad", [ticket("2", quantity="0"), ticket("old", subject="another")])
def test_an_atomic_batch_with_a_bad_item_stores_nothing_and_says_which(shop: Api, bad: Any) -> None:
    shop.events(ticket("old"))
    answer = shop.events([ticket("1"), bad], query={"atomic": "true"})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["index"] == 1
    assert error["field"] in ("quantity", "subject")
    assert error["code"] in ("out_of_range", "content_differs")
    assert stored(shop) == {"old"}


def test_an_atomic_batch_may_hold_duplicates_and_what_is_quarantined(shop: Api) -> None:
    batch = [ticket("1"), ticket("1"), ticket("2", customer="nobody")]
    assert statuses(shop.events(batch, query={"atomic": "true"})) == ["accepted", "duplicate", "quarantined"]


@pytest.mark.parametrize("bad", [ticket("2", quantity="0"), ticket("old", subject="another")])
def test_what_an_atomic_batch_refused_may_be_sent_again(shop: Api, bad: Any) -> None:
    shop.events(ticket("old"))
    shop.events([ticket("1"), bad, ticket("3")], query={"atomic": "true"})
    assert statuses(shop.events([ticket("1"), bad, ticket("3")]))[::2] == ["accepted", "accepted"]


@pytest.mark.parametrize(("bad", "status"), [(ticket("2", quantity="0"), 422), (ticket("old", subject="another"), 409)])
def test_a_lone_event_answers_alike_whether_it_is_atomic_or_not(shop: Api, bad: Any, status: int) -> None:
    shop.events(ticket("old"))
    assert shop.events(bad, query={"atomic": "true"}).status_code == shop.events(bad).status_code == status


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_a_batch_that_is_not_atomic_may_say_so(shop: Api, value: str) -> None:
    assert statuses(shop.events([ticket("1"), {}], query={"atomic": value})) == ["accepted", "rejected"]


def test_atomic_is_true_or_false(shop: Api) -> None:
    answer = shop.events([], query={"atomic": "maybe"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "atomic")


# What can't be read.


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[1,]", b'{"id": "\xff"}', b"[" * 100_000, b"{} {}"),
        *(b"NaN", b'{"n": NaN}', b'{"n": -Infinity}', b'{"n": 01}', b'{"n": 1.}'),
        *(rb'{"id": "\u00"}', rb'{"id": "\ud83d"}', rb'{"id": "\udfab\ud83d"}', b'{"id": "a\nb"}'),
    ],
)
def test_what_is_no_json_is_a_400(desk: Api, body: bytes) -> None:
    answer = desk.events(body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_of_a_name_twice_in_one_object_the_last_counts(shop: Api) -> None:
    text = json.dumps(ticket("1", quantity="2")).replace('"quantity"', '"quantity": "7", "quantity"')
    assert text.count("quantity") == 2
    assert statuses(shop.events(text.encode())) == ["accepted"]
    assert shop.get("/events/1").json()["event"]["quantity"] == "2"


def test_another_media_type_is_a_415(shop: Api) -> None:
    assert shop.events(b"id=1", media="application/x-www-form-urlencoded").status_code == 415


def test_without_a_media_type_it_is_json(shop: Api) -> None:
    assert shop.events(ticket("1"), media="").status_code == 200


def test_a_charset_beside_the_media_type_is_no_obstacle(shop: Api) -> None:
    assert shop.events(ticket("1"), media="application/json; charset=utf-8").status_code == 200


def test_two_mebibytes_are_read_and_one_byte_more_is_too_large(shop: Api) -> None:
    padded = json.dumps([ticket("1")]).encode().ljust(2 * 1024 * 1024)
    assert shop.events(padded).status_code == 200
    assert shop.events(padded + b" ").status_code == 413
