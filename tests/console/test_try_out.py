"""Trying a version in the console: one event at once, the past by a worker that a page watches."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from apps.console import trial_runs
from apps.console.tasks import run_trial
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of, trade

PATH = "/outcomes/resolved_ticket/try"
STRICT = {"name": "Resolved ticket", "condition": "properties.rating >= 4"}


@pytest.fixture
def desk(northwind: Vendor) -> Client:
    trade(northwind)
    return client_of(northwind)


def post(client: Client, do: str, version: Any = None, event: Any = None) -> Any:
    fields = {"do": do, "version": json.dumps(version or STRICT), "event": json.dumps(event) if event else ""}
    return client.post(PATH, fields | {"days": "90"})


def started(client: Client) -> UUID:
    """Run over the past: the run that the page then watches. The worker's part is the test's to do."""
    return UUID(post(client, "past").url.partition("run=")[2])


def test_the_page_begins_with_the_newest_version(desk: Client) -> None:
    assert "&quot;condition&quot;: &quot;true&quot;" in text_of(desk.get(PATH))


def test_a_pasted_event_that_counts(desk: Client) -> None:
    page = text_of(post(desk, "event", event=ticket("x", properties={"rating": 5})))
    assert "It would count." in page


def test_a_pasted_event_that_does_not_count_says_why(desk: Client) -> None:
    page = text_of(post(desk, "event", event=ticket("x", properties={"rating": 3})))
    assert "It would not count. The condition is not met." in page


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ({"name": "A", "condition": "rating >"}, "condition: Line 1, column"),
        ({"name": "A", "colour": "red"}, "colour: is not a field here"),
    ],
)
def test_a_version_that_is_none_is_refused_with_the_reason(desk: Client, version: Any, says: str) -> None:
    response = post(desk, "event", version=version, event=ticket("x"))
    assert response.status_code == 422
    assert says in text_of(response)


def test_an_event_is_needed_to_judge_one(desk: Client) -> None:
    assert "Paste an event first." in text_of(post(desk, "event"))


def test_what_is_no_event_is_said_at_the_event(desk: Client) -> None:
    response = post(desk, "event", event=ticket("x", customer=""))
    [said] = response.context["form"].errors["event"]
    assert said == "This is no event yet: customer must have 1 to 128 characters."


def test_the_event_to_begin_with_is_of_a_customer_and_can_be_judged(desk: Client) -> None:
    begun = json.loads(desk.get(PATH).context["form"]["event"].value())
    assert "It would count." in text_of(post(desk, "event", version={"name": "A"}, event=begun))


def test_both_pages_of_a_trial_belong_to_outcomes(desk: Client) -> None:
    for query in ({}, {"run": started(desk)}):
        assert re.search(r'href="/outcomes"[^>]* aria-current', text_of(desk.get(PATH, query)))


def test_the_past_waits_for_a_worker_and_can_be_cancelled(desk: Client, northwind: Vendor) -> None:
    run = started(desk)
    assert "Waiting for a worker." in text_of(desk.get(PATH, {"run": run}))
    desk.post(f"{PATH}?run={run}")
    run_trial(str(northwind.tenant.pk), str(run))
    found = trial_runs.find(northwind.tenant.pk, run)
    assert found
    assert (found.state, found.result) == ("cancelled", None)


def test_what_the_worker_found_is_shown(desk: Client, northwind: Vendor) -> None:
    run = started(desk)
    run_trial(str(northwind.tenant.pk), str(run))
    page = text_of(desk.get(PATH, {"run": run, "part": "progress"}))
    assert "Of your last 2 events 0 would count; 1 did." in page
    assert "Would no longer count: 1" in page
    assert "Halden Outfitters" in page


def test_another_tenant_does_not_see_the_run(desk: Client, globex: Vendor) -> None:
    run = started(desk)
    globex.definition()
    response = client_of(globex).get(PATH, {"run": run})
    assert response.status_code == 302


def test_a_run_that_is_no_longer_kept_says_so(desk: Client) -> None:
    page = text_of(desk.get(PATH, {"run": uuid4()}, follow=True))
    assert "That trial is no longer kept; run it again." in page


def test_without_a_broker_the_page_says_that_no_worker_can_be_reached(desk: Client, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = post(desk, "past")
    assert response.status_code == 422
    assert "No worker can be reached now" in text_of(response)


@pytest.mark.browser
def test_the_page_shows_the_result_without_a_reload(page: Page, site: str, northwind: Vendor) -> None:
    trade(northwind)
    session = client_of(northwind).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    page.goto(f"{site}{PATH}")
    page.get_by_label("Version").fill(json.dumps(STRICT))
    page.get_by_role("button", name="Run over past events").click()
    expect(page.get_by_text("Waiting for a worker.")).to_be_visible()
    run_trial(str(northwind.tenant.pk), page.url.partition("run=")[2])
    expect(page.get_by_text("would count; 1 did.")).to_be_visible()
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()
