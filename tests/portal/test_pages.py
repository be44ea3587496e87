"""The portal in a real browser: what arrives without a reload, narrow screens, the dark, and what axe finds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.common.clock import now
from apps.invoices.close import close_tenant
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from tests.portal.conftest import Portal

DEFINITION = "/portal/definitions/resolved_ticket/1"
PAGES = ["/portal/", "/portal/outcomes", "outcome", DEFINITION, "/portal/invoices", "invoice", "line", "note"]


@pytest.fixture
def inside(halden: Portal, site: str, page: Page) -> Page:
    """A browser that came by a portal link, three tickets after the cycle's start."""
    halden.send("1", "2", "3")
    page.goto(site + halden.link())
    return page


def visit(page: Page, site: str, halden: Portal, where: str) -> None:
    """Open one of PAGES; "outcome", "invoice", its "line" and a credit "note" are made first."""
    if where == "outcome":
        where = f"/portal/outcomes/{halden.send('77', evidence='https://desk.example/77')[0]}"
    if where in ("invoice", "line", "note"):
        at = now() + timedelta(days=40)
        close_tenant(halden.vendor.tenant.pk, at=at)
        with scope(halden.vendor.tenant.pk):
            invoice = Invoice.objects.order_by("number")[0]
            note = credit_by_hand(invoice, [HandLine("An outage", Decimal(1))], at=at)
        own = f"/portal/invoices/{invoice.pk}"
        where = {"invoice": own, "line": f"{own}/lines/1", "note": f"/portal/credit-notes/{note.pk}"}[where]
    page.goto(site + where)


def test_a_new_event_shows_within_two_polls_without_a_reload(inside: Page, halden: Portal) -> None:
    """One poll may have been on its way when the event came; the next has it."""
    polls: list[int] = []
    inside.on("response", lambda answer: polls.append(answer.status) if "/portal/figures" in answer.url else None)
    halden.send("1042")
    inside.evaluate("window.here = true")
    before = len(polls)
    expect(inside.locator("#newest-outcomes li").first).to_contain_text("T-1042")
    assert polls.index(200) <= before + 1
    assert inside.evaluate("window.here")


def test_what_arrived_is_tinted_and_announced(inside: Page, halden: Portal) -> None:
    halden.send("1042")
    expect(inside.locator("#newest-outcomes li.arrived")).to_have_count(1)
    expect(inside.locator("#voice")).to_contain_text("T-1042")


def test_an_unchanged_page_is_left_alone(inside: Page) -> None:
    with inside.expect_response(lambda answer: "/portal/figures" in answer.url) as poll:
        inside.evaluate("document.querySelector('#live').marked = true")
    assert poll.value.status == 204
    assert inside.evaluate("document.querySelector('#live').marked")


def test_the_link_s_token_is_not_in_the_address(inside: Page) -> None:
    assert inside.url.endswith("/portal/")


@pytest.mark.parametrize("where", PAGES)
def test_no_page_scrolls_sideways_on_a_narrow_screen(inside: Page, halden: Portal, site: str, where: str) -> None:
    inside.set_viewport_size({"width": 360, "height": 740})
    visit(inside, site, halden, where)
    assert inside.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("where", PAGES)
def test_axe_finds_nothing(inside: Page, halden: Portal, site: str, where: str, scheme: str) -> None:
    inside.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    visit(inside, site, halden, where)
    found = Axe().run(inside)
    assert found.violations_count == 0, found.generate_report()


def test_the_dark_is_dark(inside: Page) -> None:
    inside.emulate_media(color_scheme="dark")
    assert inside.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 20, 17)"
