"""The quarantine as a page: found by reason and by search, replayed one by one, as chosen, or all of a reason."""

from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from apps.common import clock
from apps.console import quarantine as view
from apps.events.models import Event, Quarantine
from apps.outbox import outbox
from apps.tenants.models import Role
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of
from tests.console.test_browser import enter

PAGE = "/events/quarantine"
OF_REASON = f"{PAGE}?reason=unknown_customer"


@pytest.fixture
def mended(northwind: Vendor) -> Vendor:
    """Three tickets came before their customer did; one more is of a type that nobody defined."""
    northwind.definition()
    events = [ticket(f"e{n}") for n in range(3)]
    northwind.send(*events, ticket("typo", type="ticket.resolvd", customer="kestrel"), at=clock.now().isoformat())
    northwind.customer()
    northwind.customer("kestrel")
    return northwind


def ids(vendor: Vendor, *external_ids: str) -> list[str]:
    with scope(vendor.tenant.pk):
        return [str(pk) for pk in Event.objects.filter(external_id__in=external_ids).values_list("pk", flat=True)]


def waiting(vendor: Vendor) -> set[str]:
    with scope(vendor.tenant.pk):
        return set(Quarantine.objects.values_list("event__external_id", flat=True))


def post(client: Client, path: str, **body: Any) -> str:
    response = client.post(path, body, follow=True)
    assert response.status_code == 200
    return text_of(response)


def test_each_reason_is_a_tab_with_its_count(mended: Vendor) -> None:
    page = text_of(client_of(mended).get(PAGE))
    assert "All 4" in page
    assert "Unknown customer 4" in page


@pytest.mark.parametrize(("text", "found"), [("e1", "e1"), ("kestrel", "typo"), ("ticket.resolvd", "typo")])
def test_it_is_searched_by_id_customer_and_type(mended: Vendor, text: str, found: str) -> None:
    page = text_of(client_of(mended).get(PAGE, {"q": text}))
    assert [id for id in ("e0", "e1", "e2", "typo") if f"Choose {id}" in page] == [found]


def test_what_was_chosen_is_replayed(mended: Vendor) -> None:
    page = post(client_of(mended), PAGE, do="chosen", event=ids(mended, "e0", "e2"))
    assert "2 events replayed." in page
    assert waiting(mended) == {"e1", "typo"}


def test_all_of_a_reason_are_replayed_and_those_that_still_wait_say_why(mended: Vendor) -> None:
    page = post(client_of(mended), OF_REASON, do="all")
    assert "3 events replayed." in page
    assert "1 event still can&#x27;t be judged" in page
    assert "No outcome is triggered by this type of event." in text_of(client_of(mended).get(PAGE))


def test_one_is_replayed_from_its_own_page(mended: Vendor) -> None:
    [id] = ids(mended, "e1")
    page = post(client_of(mended), f"/events/{id}", do="replay")
    assert "Replayed from quarantine and judged: it meets the definition, by" in page
    assert waiting(mended) == {"e0", "e2", "typo"}


def test_a_replay_of_what_is_gone_says_so(mended: Vendor) -> None:
    gone = ids(mended, "e1")
    post(client_of(mended), PAGE, event=gone)
    assert "it was replayed already" in post(client_of(mended), PAGE, event=gone)


def test_nothing_chosen_asks_to_choose(mended: Vendor) -> None:
    assert "Choose the events" in post(client_of(mended), PAGE)


def test_too_many_for_one_answer_run_in_the_background(mended: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MAX_BATCH", 2)
    client = client_of(mended)
    assert "Replaying 4 events" in post(client, OF_REASON, do="all")
    outbox.drain(mended.tenant.pk, at=datetime.now(UTC))
    assert waiting(mended) == {"typo"}


def test_a_viewer_reads_and_does_not_replay(mended: Vendor) -> None:
    client = client_of(mended, Role.VIEWER)
    assert "Replay chosen" not in text_of(client.get(OF_REASON))
    assert client.post(PAGE, {"event": ids(mended, "e0")}).status_code == 403


def test_globex_replays_nothing_of_northwind(mended: Vendor, globex: Vendor) -> None:
    post(client_of(globex), PAGE, event=ids(mended, "e0"))
    assert "e0" in waiting(mended)


def test_progress_is_watched_to_the_end(mended: Vendor, page: Page, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MAX_BATCH", 2)
    run = client_of(mended).post(OF_REASON, {"do": "all"}).headers["Location"]
    enter(page, site, mended)
    page.goto(site + run)
    outbox.drain(mended.tenant.pk, at=datetime.now(UTC))
    expect(page.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    expect(page.locator("#progress")).to_contain_text("Still can't be judged 1")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_list_with_its_boxes_is_accessible_and_fits_a_telephone(mended: Vendor, page: Page, site: str) -> None:
    enter(page, site, mended)
    page.goto(site + OF_REASON)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("role", "link"), [(Role.ADMIN, True), (Role.FINANCE, False), (Role.VIEWER, False)])
def test_an_events_page_leads_nobody_to_a_form_that_is_closed_to_him(northwind: Vendor, role: str, link: bool) -> None:
    northwind.definition()
    northwind.send(ticket("e1"), ticket("e2", type="ticket.resolvd"), at=clock.now().isoformat())
    northwind.customer()
    northwind.send(ticket("e3", type="ticket.resolvd"), at=clock.now().isoformat())
    client = client_of(northwind, role)
    for id, form in (("e1", "/new-customer?external_id=halden"), ("e3", "/new-outcome?trigger=ticket.resolvd")):
        page = text_of(client.get("/events/one", {"id": id}))
        assert (f'href="{form}"' in page) == link
        assert ("An owner or admin" in page) != link


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ("/new-customer?external_id=halden-eu", "external_id", "halden-eu"),
        ("/new-outcome?trigger=a.b", "trigger", "a.b"),
    ],
)
def test_the_form_that_mends_the_cause_has_what_the_event_said(
    northwind: Vendor, form: str, field: str, value: str
) -> None:
    assert client_of(northwind).get(form).context["form"][field].value() == value
