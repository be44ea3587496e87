"""Drafts in a real browser: issued by the dialog, and what every page owes a reader."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.invoices.close import close_tenant
from apps.invoices.drafts import add_charge
from apps.invoices.models import Invoice
from apps.plans.one_offs import OneOff
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.test_browser import enter


@pytest.fixture
def draft(page: Page, site: str, northwind: Vendor) -> str:
    """The address of Halden's draft of November, with a charge on it; its owner is logged in."""
    northwind.definition()
    northwind.subscribe(northwind.customer(), northwind.plan(), "2026-11-01")
    northwind.send(*[ticket(f"{n}", time="2026-11-10T12:00:00Z") for n in range(101)], at="2026-11-10 12:00")
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 05:00"))
    with scope(northwind.tenant.pk):
        invoice = Invoice.objects.get()
        add_charge(invoice.pk, OneOff("A day of training", invoice.total), at=instant("2026-12-02 12:00"))
    enter(page, site, northwind)
    return f"{site}/invoices/{invoice.pk}"


def test_a_draft_is_issued_in_a_dialog(page: Page, draft: str) -> None:
    page.goto(draft)
    page.get_by_role("button", name="Issue invoice").click()
    page.get_by_role("dialog").get_by_role("button", name="Issue invoice").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("CF-")


def test_a_charge_is_removed_by_its_button(page: Page, draft: str) -> None:
    page.goto(draft)
    page.get_by_role("button", name="Remove A day of training").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Draft")
    expect(page.get_by_text("A day of training")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "/../../new-invoice", "/../../invoices"])
def test_a_page_has_no_accessibility_violation_and_fits_a_telephone(page: Page, draft: str, path: str) -> None:
    page.goto(draft + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
