"""Signals and confirmations over the API, and one event's whole story."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import Api
from tests.cast import ticket

WINDOW = {"window_seconds": 72 * 3600}


@pytest.fixture
def reopening(api: Api) -> Api:
    """Tickets count unless they are reopened within 72 hours."""
    assert api.vendor
    api.vendor.customer()
    condition = "properties.by == 'customer'"
    void_on = [{"type": "ticket.reopened", "condition": condition}]
    api.vendor.definition(settlement=WINDOW | {"void_on": void_on})
    return api


@pytest.fixture
def approving(api: Api) -> Api:
    """Tickets count once they are approved within 72 hours."""
    assert api.vendor
    api.vendor.customer()
    confirm_on = [{"type": "ticket.approved", "condition": "true"}]
    api.vendor.definition(settlement=WINDOW | {"mode": "on_confirmation", "confirm_on": confirm_on})
    return api


def reopen(id: str, by: str) -> dict[str, Any]:
    return ticket(id, type="ticket.reopened", subject="A", properties={"by": by})


def confirm(api: Api, event: str) -> Any:
    id = api.get(f"/events/{event}").json()["outcome"]["id"]
    return api.post(f"/outcomes/{id}/confirm")


def test_the_story_of_a_trigger_names_each_signal_and_what_it_did(reopening: Api) -> None:
    for event in (ticket("1", subject="A"), reopen("idle", "agent"), reopen("void", "customer")):
        reopening.events(event)
    story = reopening.get("/events/1").json()
    assert [(one["event"], one["did"]) for one in story["signals"]] == [("idle", None), ("void", "void")]
    assert [one["by"] for one in story["resolutions"]] == ["signal void"]


def test_the_story_of_a_signal_names_what_it_acted_on(reopening: Api) -> None:
    reopening.events(ticket("1", subject="A"))
    reopening.events(reopen("void", "customer"))
    story = reopening.get("/events/void").json()
    assert (story["judgement"]["reason"], story["outcome"]) == ("signal", None)
    assert [(one["event"], one["did"]) for one in story["acted_on"]] == [("1", "void")]


def test_a_confirmation_settles_what_awaits_it(approving: Api) -> None:
    approving.events(ticket("1"))
    answer = confirm(approving, "1")
    assert (answer.status_code, answer.json()["state"]) == (200, "settled")
    [resolution] = answer.json()["resolutions"]
    assert (resolution["kind"], resolution["by"]) == ("confirm", "API key tests")


def test_a_second_confirmation_is_the_first_again(approving: Api) -> None:
    approving.events(ticket("1"))
    assert confirm(approving, "1").json() == confirm(approving, "1").json()


def test_what_needs_no_confirmation_is_a_409(reopening: Api) -> None:
    reopening.events(ticket("1"))
    assert confirm(reopening, "1").status_code == 409


def test_what_has_expired_is_a_409(approving: Api) -> None:
    approving.events(ticket("1", time=(datetime.now(UTC) - timedelta(hours=73)).isoformat()))
    answer = confirm(approving, "1")
    assert answer.status_code == 409
    assert "expired" in answer.json()["detail"]
