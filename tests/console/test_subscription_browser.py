"""Subscriptions in a real browser: the change of plan by clicking, and what each of its pages owes a reader."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.common import clock
from apps.plans.coupons import create_coupon, read_coupon
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import trade
from tests.console.test_browser import enter

PAGES = ["", "/end?when=now", "/change"]


@pytest.fixture
def one(page: Page, site: str, northwind: Vendor) -> str:
    """Halden's subscription to Growth, a coupon to give him, and Scale to change to; its page."""
    pk = trade(northwind)["subscription"].pk
    northwind.plan("scale", base_fee={"amount": "300.00", "timing": "advance"})
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting", unit="meeting")
    northwind.send(ticket("m", type="meeting.booked"), at=clock.now().isoformat())
    with scope(northwind.tenant.pk):
        create_coupon(read_coupon({"code": "spring", "name": "Spring offer", "percent": "20"}), at=clock.now())
    enter(page, site, northwind)
    return f"{site}/subscriptions/{pk}"


def whole(page: Page) -> None:
    """No accessibility violation, and it fits a telephone."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_a_subscription_is_whole(page: Page, one: str, path: str) -> None:
    page.goto(one + path)
    for summary in page.locator("main details > summary").all():
        summary.click()
    whole(page)


@pytest.mark.parametrize("path", ["/coupons", "/new-coupon", "/coupons/spring", "/customers/halden/unbilled"])
def test_a_page_beside_it_is_whole(page: Page, site: str, one: str, path: str) -> None:
    page.goto(site + path)
    whole(page)


def test_a_plan_is_changed_with_a_price_of_the_customers_own(page: Page, one: str) -> None:
    page.goto(one)
    page.get_by_role("link", name="Change plan").click()
    page.get_by_text("Terms of this customer's own").click()
    page.get_by_label("Price of a ticket").select_option("unit")
    page.get_by_label("Each", exact=True).fill("0.5")
    page.get_by_label("Now, at the coming midnight").check()
    page.get_by_role("button", name="Preview the change").click()
    expect(page.get_by_role("heading", level=2, name="Invoice for").first).to_be_visible()
    whole(page)
    page.get_by_role("button", name="Change plan").click()
    expect(page.get_by_text("Own terms").first).to_be_visible()
