"""The quarantine over the API: replaying by id and by reason, and what an event's story says afterwards."""

from typing import Any

import pytest

from apps.api import quarantine
from tests.api.client import Api
from tests.cast import ticket

CUSTOMER = {
    "external_id": "kestrel",
    "name": "Kestrel Bank",
    "email": "ap@kestrel.example",
    "currency": "USD",
    "time_zone": "UTC",
    "country": "US",
}
REPLAY = "/quarantine/replay"


@pytest.fixture
def waiting(shop: Api) -> Api:
    """Three events of Kestrel came before Kestrel was a customer; one of a type that nobody defined."""
    shop.events([*[ticket(str(n), customer="kestrel") for n in range(3)], ticket("typo", type="ticket.resolvd")])
    assert shop.post("/customers", CUSTOMER).status_code == 201
    return shop


def counts(answer: Any) -> tuple[int, int, int]:
    assert answer.status_code == 200, answer.content
    body = answer.json()
    return body["replayed"], body["waiting"], body["remaining"]


def test_events_are_replayed_by_their_ids(waiting: Api) -> None:
    assert counts(waiting.post(REPLAY, {"ids": ["0", "typo"]})) == (1, 1, 0)
    assert waiting.get("/events/0").json()["event"]["billable"]
    assert not waiting.get("/events/1").json()["event"]["billable"]


def test_a_replay_sent_again_replays_nothing(waiting: Api) -> None:
    waiting.post(REPLAY, {"ids": ["0"]})
    assert counts(waiting.post(REPLAY, {"ids": ["0", "unknown"]})) == (0, 0, 0)


def test_all_of_a_reason_are_replayed(waiting: Api) -> None:
    assert counts(waiting.post(REPLAY, {"reason": "unknown_customer"})) == (3, 0, 0)
    assert [one["event"]["id"] for one in waiting.get("/quarantine").json()["data"]] == ["typo"]


def test_what_is_too_much_for_one_answer_remains_for_the_background(
    waiting: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_BATCH", 2)
    assert counts(waiting.post(REPLAY, {"reason": "unknown_customer"})) == (2, 0, 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": ["0"], "reason": "unknown_customer"},
        {"ids": "0"},
        {"ids": [1]},
        {"ids": [str(n) for n in range(1001)]},
        {"reason": "unknown_customer", "all": True},
    ],
)
def test_a_body_that_does_not_say_what_to_replay_is_a_422(shop: Api, body: Any) -> None:
    assert shop.post(REPLAY, body).status_code == 422


def test_another_tenants_events_are_not_replayed(waiting: Api, rival: Api) -> None:
    assert counts(rival.post(REPLAY, {"ids": ["0"]})) == (0, 0, 0)


def test_the_story_says_that_it_was_replayed(waiting: Api) -> None:
    before = waiting.get("/events/0").json()["judgement"]
    waiting.post(REPLAY, {"ids": ["0"]})
    after = waiting.get("/events/0").json()["judgement"]
    assert (before["status"], before["replay"]) == ("quarantined", False)
    assert (after["status"], after["replay"], after["billable"], after["version"]) == ("accepted", True, True, 1)
    assert after["reason"] is None


def test_the_id_is_quarantined_before_and_a_duplicate_after(waiting: Api) -> None:
    event = ticket("0", customer="kestrel")
    before = waiting.events([event]).json()["results"][0]
    waiting.post(REPLAY, {"ids": ["0"]})
    after = waiting.events([event]).json()["results"][0]
    assert (before["status"], before["reason"]) == ("quarantined", "unknown_customer")
    assert (after["status"], after["outcome"]) == ("duplicate", waiting.get("/events/0").json()["outcome"]["id"])
