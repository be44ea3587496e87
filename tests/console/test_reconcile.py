"""Reconciling by file: handed in, compared, read as a page, and what is missing downloaded."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page

from apps.common import clock
from apps.console import reconcile as view
from apps.console import uploads
from apps.events.reconciled import Reconciliation
from apps.tenants.models import Role
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of
from tests.console.test_browser import enter

PAGE = "/events/reconcile"
SPAN = {"type": "ticket.resolved", "first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture
def desk(northwind: Vendor) -> Vendor:
    """Four tickets: two of Halden's on the 5th, one of Kestrel's, and one of October."""
    northwind.customer()
    northwind.definition()
    northwind.send(
        ticket("a", time="2026-11-05T10:00:00Z"),
        ticket("b", time="2026-11-05T11:00:00Z"),
        ticket("k", customer="kestrel", time="2026-11-30T23:59:59Z"),
        ticket("o", time="2026-10-31T23:59:59Z"),
        at="2026-12-01 00:00",
    )
    return northwind


def hand_in(vendor: Vendor, content: bytes, role: str = Role.OWNER, **fields: str) -> Any:
    body = SPAN | fields | {"file": SimpleUploadedFile("desk.csv", content)}
    return client_of(vendor, role).post(PAGE, body, follow=True)


def page_of(vendor: Vendor, content: bytes, **fields: str) -> str:
    answer = hand_in(vendor, content, **fields)
    assert answer.status_code == 200, text_of(answer)
    return text_of(answer)


def figures(page: str) -> list[str]:
    return [part.partition("</p>")[0] for part in page.split('<p class="figure">')[1:]]


def test_the_page_has_the_totals_the_missing_and_the_unknown(desk: Vendor) -> None:
    page = page_of(desk, b"id\na\nlost\no\n")
    assert figures(page) == ["3", "1", "2", "1"]
    assert '<span class="clip">lost</span>' in page
    assert "</svg>All as CSV</a>" in page
    assert "</svg>All 2 as CSV</a>" in page
    assert ">b</a>" in page
    assert ">k</a>" in page
    assert "?id=o" in page


def test_days_that_differ_are_told_and_the_others_apart(desk: Vendor) -> None:
    page = page_of(desk, b"a\nk\n")
    assert "1 day on which both sides have the same" in page
    assert page.index(">Thu, 5 Nov 2026<") < page.index("1 day on which") < page.index(">Mon, 30 Nov 2026<")


def test_counts_by_day_find_the_day(desk: Vendor) -> None:
    page = page_of(desk, b"day,count\n2026-11-05,3\n2026-11-30,1\n")
    differing = page.partition("Days that differ")[2].partition("<details")[0]
    assert "5 Nov" in differing
    assert "30 Nov" not in differing
    assert "hand in the ids of such a day" in page


def test_when_all_is_the_same_it_says_so(desk: Vendor) -> None:
    assert "Everything matches: 3 events on either side." in page_of(desk, b"a\nb\nk\n")
    assert "Everything matches: 3 events" in page_of(desk, b"day,count\n2026-11-05,2\n2026-11-30,1\n")


def test_one_customer_can_be_meant(desk: Vendor) -> None:
    assert figures(page_of(desk, b"a\nb\nk\n", customer="halden")) == ["3", "0", "0", "1"]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("missing", "id\r\nlost\r\n"),
        ("unknown", "id\r\nb\r\nk\r\n"),
        ("elsewhere", "id,type,customer,time,differs\r\no,ticket.resolved,halden,2026-10-31T23:59:59+00:00,time\r\n"),
    ],
)
def test_each_kind_is_downloaded_as_csv(desk: Vendor, part: str, content: str) -> None:
    hand_in(desk, b"a\nlost\no\n")
    with scope(desk.tenant.pk):
        id = Reconciliation.objects.get().pk
    answer = client_of(desk).get(f"{PAGE}/{id}/{part}.csv")
    assert b"".join(answer.streaming_content).decode() == content
    assert f"{part}-2026-11-01.csv" in answer["Content-Disposition"]


def test_it_is_listed_and_another_member_reads_it(desk: Vendor) -> None:
    hand_in(desk, b"a\nlost\n", Role.FINANCE)
    page = text_of(client_of(desk, Role.VIEWER).get(PAGE))
    assert "ticket.resolved from 1 Nov 2026" in page
    assert "desk.csv" in page


def test_nothing_of_the_events_is_changed(desk: Vendor) -> None:
    from apps.events.models import Event, Usage

    def state() -> Any:
        with scope(desk.tenant.pk):
            return list(Event.objects.order_by("pk").values()), list(Usage.objects.order_by("pk").values())

    before = state()
    hand_in(desk, b"a\nlost\n")
    assert state() == before


def test_an_old_comparison_is_gone_with_the_next(desk: Vendor) -> None:
    hand_in(desk, b"a\n")
    with scope(desk.tenant.pk):
        Reconciliation.objects.update(made_at=clock.now() - timedelta(days=91))
    hand_in(desk, b"b\n")
    with scope(desk.tenant.pk):
        assert Reconciliation.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"ticket,created\na,b\n", {}, "The first line names the columns ticket, created."),
        (b"id\n\xff\n", {}, "Line 2 is not UTF-8"),
        (b"", {}, "The file is empty"),
        (b"day,count\n2026-12-01,1\n", {}, "The file has a count of 2026-12-01, which lies outside"),
        (b"a", {"type": ""}, "Fill this in."),
        (b"a", {"customer": "a b"}, "Use 1 to 128 letters"),
        (b"a", {"last": "2026-10-01"}, "The last day must not be before the first."),
        (b"a", {"last": "2027-11-02"}, "366 days at most"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(
    desk: Vendor, content: bytes, fields: dict[str, str], said: str
) -> None:
    answer = hand_in(desk, content, **fields)
    assert (answer.status_code, said in text_of(answer)) == (422, True), text_of(answer)
    with scope(desk.tenant.pk):
        assert not Reconciliation.objects.exists()


def test_a_file_that_is_too_large_is_refused_unread(desk: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "LARGEST", 3)
    answer = hand_in(desk, b"a\nb\n")
    assert (answer.status_code, "The file has more than 16 MB" in text_of(answer)) == (422, True)


def test_the_form_is_filled_in_from_the_address(desk: Vendor) -> None:
    page = text_of(client_of(desk).get(PAGE, {"type": "ticket.reopened", "first": "2026-11-03"}))
    assert 'value="ticket.reopened"' in page
    assert 'value="2026-11-03"' in page


def test_in_a_browser_a_file_is_handed_in_and_its_answer_is_accessible(desk: Vendor, page: Page, site: str) -> None:
    enter(page, site, desk)
    page.goto(f"{site}{PAGE}?first=2026-11-01&last=2026-11-30")
    assert Axe().run(page).violations_count == 0
    page.set_input_files("input[type=file]", {"name": "desk.csv", "mimeType": "text/csv", "buffer": b"a\nlost\no\n"})
    page.fill("input[name=type]", "ticket.resolved")
    page.click("text=Compare")
    page.wait_for_selector("text=Missing here")
    for width in (1440, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_days_are_those_of_utc_whatever_the_readers_zone(desk: Vendor) -> None:
    hand_in(desk, b"a\no\n")
    with scope(desk.tenant.pk):
        id = Reconciliation.objects.get().pk
    client = client_of(desk)
    client.cookies["time_zone"] = "America/New_York"
    page = text_of(client.get(f"{PAGE}/{id}"))
    assert "1 Nov to 30 Nov 2026" in page
    assert "31 Oct 2026, 23:59:59" in page
    assert "ticket.resolved from 1 Nov 2026" in text_of(client.get(PAGE))


def test_a_file_that_is_cut_off_on_its_way_is_said_too(desk: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is said: what was typed beside it is gone with it."""
    monkeypatch.setattr(uploads, "LARGEST", 1000)
    answer = hand_in(desk, b"a\n" * 50_000)
    assert answer.status_code == 422
    assert dict(answer.context["form"].errors) == {"file": [view.TOO_LARGE]}
