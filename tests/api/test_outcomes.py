"""Outcomes and invoices: states, voids, and how each finds the other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.events import resolve
from apps.events.models import Outcome, Resolution
from apps.events.state import State, state_of
from apps.invoices.close import close_tenant
from apps.invoices.find import booked_on, in_state, with_state
from apps.invoices.void import void_outcome
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.api.conftest import first_of_month
from tests.cast import ticket


def now() -> datetime:
    return datetime.now(UTC)


def last_month() -> datetime:
    return now().replace(day=1, hour=12) - timedelta(days=5)


@pytest.fixture
def closed(old_shop: Api) -> Api:
    """Halden's shop: of the month before two tickets, one voided in time; that month is invoiced. One ticket is new."""
    shop = old_shop
    assert shop.vendor
    shop.events([ticket(name, time=last_month().isoformat()) for name in ("voided", "billed")])
    shop.events(ticket("new"))
    assert shop.post(f"/outcomes/{outcome_of(shop, 'voided')['id']}/void", {"reason": "spam"}).status_code == 200
    close_tenant(shop.vendor.tenant.pk, at=now())
    return shop


def outcome_of(api: Api, event: str) -> Any:
    return api.get(f"/events/{event}").json()["outcome"]


def newest_invoice(api: Api) -> Any:
    return api.get("/invoices", customer="halden").json()["data"][0]


def events_in(api: Api, **query: str) -> set[str]:
    answer = api.send("get", "/outcomes", query=query)
    assert answer.status_code == 200, answer.content
    return {one["event"] for one in answer.json()["data"]}


def test_an_outcome_shows_what_it_is_made_of(shop: Api) -> None:
    id = shop.events(ticket("1", value="2.50", evidence="https://desk.example/1")).json()["results"][0]["outcome"]
    body = shop.get(f"/outcomes/{id}").json()
    assert (body["event"], body["customer"], body["definition"], body["version"]) == (
        "1",
        "halden",
        "resolved_ticket",
        1,
    )
    assert (body["state"], body["quantity"], body["value"], body["late"]) == ("settled", "1", "2.5", False)
    assert (body["invoice"], body["resolutions"], body["dimension"]) == (None, [], None)


def test_each_state_is_a_filter_and_holds_exactly_its_own(closed: Api) -> None:
    found = {state: events_in(closed, state=state) for state in State}
    assert found == {state: set() for state in State} | {
        "voided": {"voided"},
        "invoiced": {"billed"},
        "settled": {"new"},
    }


def test_a_pending_outcome_is_found_as_pending(api: Api) -> None:
    assert api.vendor
    api.vendor.customer()
    api.vendor.definition(settlement={"window_seconds": 3600})
    api.events(ticket("1"))
    assert (events_in(api, state="pending"), events_in(api, state="settled")) == ({"1"}, set())


def test_what_awaits_confirmation_has_expired_or_is_held_is_found_as_that(api: Api) -> None:
    assert api.vendor
    api.vendor.customer()
    confirm_on = [{"type": "ticket.approved"}]
    api.vendor.definition(settlement={"mode": "on_confirmation", "window_seconds": 3600, "confirm_on": confirm_on})
    api.vendor.definition("meeting", trigger="meeting.booked")
    old = (now() - timedelta(hours=2)).isoformat()
    api.events([ticket("new"), ticket("old", time=old), ticket("held", type="meeting.booked")])
    with scope(api.vendor.tenant.pk):
        held = Outcome.objects.get(event__external_id="held")
        resolve.hold(resolve.lock(held.pk), by="ada", reason="Questioned", at=now())
    found = {state: events_in(api, state=state) for state in State}
    assert found == {state: set() for state in State} | {
        "awaiting_confirmation": {"new"},
        "expired": {"old"},
        "held": {"held"},
    }
    [meeting] = [one for one in api.get("/customers/halden/usage").json()["outcomes"] if one["outcome"] == "meeting"]
    assert (meeting["held"], meeting["pending"], meeting["settled"]) == ("1", "0", "0")


def test_outcomes_are_found_by_customer_definition_and_time(closed: Api) -> None:
    assert events_in(closed, customer="halden", definition="resolved_ticket") == {"voided", "billed", "new"}
    assert events_in(closed, customer="nobody") == set()
    assert events_in(closed, definition="other") == set()
    since = (now() - timedelta(hours=1)).isoformat()
    assert events_in(closed, **{"from": since}) == {"new"}
    assert events_in(closed, to=since) == {"voided", "billed"}


def test_an_unknown_state_is_a_422(shop: Api) -> None:
    answer = shop.get("/outcomes", state="lost")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "state")


# Voiding.


def test_a_void_is_answered_with_the_outcome_and_takes_it_off_the_usage(shop: Api) -> None:
    shop.events(ticket("1"))
    answer = shop.post(f"/outcomes/{outcome_of(shop, '1')['id']}/void", {"reason": "Reopened by phone"})
    assert answer.status_code == 200
    [resolution] = answer.json()["resolutions"]
    assert (answer.json()["state"], resolution["kind"], resolution["reason"]) == ("voided", "void", "Reopened by phone")
    assert resolution["by"] == "API key tests"
    [usage] = shop.get("/customers/halden/usage").json()["outcomes"]
    assert (usage["settled"], usage["voided"]) == ("0", "1")


def test_a_second_void_is_the_first_again(shop: Api) -> None:
    shop.events(ticket("1"))
    path = f"/outcomes/{outcome_of(shop, '1')['id']}/void"
    first, again = shop.post(path, {"reason": "spam"}), shop.post(path, {"reason": "other"})
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_void_needs_a_reason(shop: Api) -> None:
    shop.events(ticket("1"))
    answer = shop.post(f"/outcomes/{outcome_of(shop, '1')['id']}/void", {})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "reason")


def test_after_its_invoice_a_void_is_marked_for_a_credit_and_the_invoice_stays(closed: Api) -> None:
    before = newest_invoice(closed)
    answer = closed.post(f"/outcomes/{outcome_of(closed, 'billed')['id']}/void", {"reason": "Reopened"})
    assert (answer.status_code, answer.json()["state"]) == (200, "credited")
    assert events_in(closed, state="credited") == {"billed"}
    assert newest_invoice(closed) == before


def test_a_void_beyond_the_term_of_its_definition_is_refused(api: Api) -> None:
    assert api.vendor
    halden = api.vendor.customer(time_zone="UTC")
    api.vendor.definition(void_after_billing_days=0)
    api.vendor.subscribe(halden, api.vendor.plan(), first_of_month(1).isoformat())
    api.events(ticket("1", time=last_month().isoformat()))
    close_tenant(api.vendor.tenant.pk, at=now())
    answer = api.post(f"/outcomes/{outcome_of(api, '1')['id']}/void", {"reason": "late"})
    assert answer.status_code == 409
    assert outcome_of(api, "1")["state"] == "invoiced"


def test_nothing_asks_for_a_confirmation(shop: Api, rival: Api) -> None:
    shop.events(ticket("1"))
    path = f"/outcomes/{outcome_of(shop, '1')['id']}/confirm"
    assert shop.post(path).status_code == 409
    assert rival.post(path).status_code == 404


def test_another_tenants_outcome_can_not_be_voided(shop: Api, rival: Api) -> None:
    shop.events(ticket("1"))
    assert rival.post(f"/outcomes/{outcome_of(shop, '1')['id']}/void", {"reason": "x"}).status_code == 404
    assert outcome_of(shop, "1")["state"] == "settled"


# Invoices.


def test_an_invoice_lists_the_outcomes_that_its_quantities_count(closed: Api) -> None:
    invoice = newest_invoice(closed)
    outcomes = closed.get(f"/invoices/{invoice['id']}/outcomes").json()["data"]
    assert [one["event"] for one in outcomes] == ["billed"]
    [line] = [line for line in invoice["lines"] if line["kind"] == "usage"]
    assert Decimal(line["quantity"]) == sum(Decimal(one["quantity"]) for one in outcomes)
    assert outcomes[0]["invoice"] == invoice["id"]


def test_an_invoice_is_read_with_its_lines_and_sums(closed: Api) -> None:
    invoice = newest_invoice(closed)
    assert closed.get(f"/invoices/{invoice['id']}").json() == invoice
    assert (invoice["status"], invoice["customer"], invoice["currency"]) == ("issued", "halden", "USD")
    assert [(line["kind"], line["amount"]) for line in invoice["lines"]] == [("base_fee", "99.00"), ("usage", "0.00")]
    assert (invoice["total"], invoice["paid"], invoice["due"]) == ("99.00", "0.00", "99.00")
    assert set(invoice["period"]) == {"start", "end"}


def test_invoices_are_found_by_customer_and_status(closed: Api) -> None:
    assert closed.get("/invoices", customer="nobody").json()["data"] == []
    assert closed.get("/invoices", status="paid").json()["data"] == []
    assert closed.get("/invoices", status="issued").json()["data"]
    assert closed.get("/invoices", status="lost").status_code == 422


def test_the_pdf_is_made_on_demand_and_stays_the_same(closed: Api) -> None:
    path = f"/invoices/{newest_invoice(closed)['id']}/pdf"
    first, again = closed.get(path), closed.get(path)
    assert first["Content-Type"] == "application/pdf"
    assert first.content.startswith(b"%PDF")
    assert again.content == first.content


def test_an_events_story_ends_with_its_invoice(closed: Api) -> None:
    story = closed.get("/events/billed").json()
    assert story["invoice"] == newest_invoice(closed)
    assert closed.get("/events/voided").json()["invoice"] is None


@pytest.mark.parametrize("what", ["", "/pdf", "/outcomes"])
def test_another_tenants_invoice_is_a_404(closed: Api, rival: Api, what: str) -> None:
    assert rival.get(f"/invoices/{newest_invoice(closed)['id']}{what}").status_code == 404


# The state as the database tells it is the state as the domain defines it.


@pytest.fixture
def in_scope(closed: Api) -> Iterator[Api]:
    assert closed.vendor
    with scope(closed.vendor.tenant.pk):
        yield closed


def test_the_state_in_sql_is_that_of_the_domain(in_scope: Api) -> None:
    billed = Outcome.objects.get(event__external_id="billed")
    void_outcome(billed.pk, by="test", reason="late", at=now())
    for moment in (now(), last_month() - timedelta(days=1)):
        for one in with_state(Outcome.objects.all(), at=moment):
            found = {row.kind: row for row in Resolution.objects.filter(outcome=one)}
            invoiced = {one.final_day} if one.invoice_id else set()
            assert one.state == state_of(one, found, invoiced=invoiced, at=moment)


def test_looking_for_a_state_or_a_day_finds_all_that_have_it(in_scope: Api) -> None:
    billed = Outcome.objects.get(event__external_id="billed")
    void_outcome(billed.pk, by="test", reason="late", at=now())
    for moment in (now(), last_month() - timedelta(days=1)):
        rows = with_state(Outcome.objects.all(), at=moment)
        for state in State:
            having = {one.pk for one in rows if one.state == state}
            assert {one.pk for one in in_state(rows, state, at=moment)} == having
        for day in {one.final_day for one in rows if one.final_day}:
            assert {one.pk for one in booked_on(rows, day)} == {one.pk for one in rows if one.final_day == day}
