"""The console in a real browser: from signing up to the first event by clicking, and what every page owes a reader."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from apps.common import clock
from apps.invoices.close import close_tenant
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.exports import run
from apps.invoices.models import Invoice
from apps.invoices.pay import pay
from apps.outbox import jobs
from apps.outbox.models import Mail
from apps.outbox.outbox import drain
from apps.tenants.access import tenants_of
from apps.tenants.models import User
from apps.tenants.scope import scope
from tests.cast import PASSWORD, Vendor, ticket
from tests.console.desk import client_of, trade

PAGES = [
    "/",
    "/customers",
    "/customers/halden",
    "/new-customer",
    "/outcomes",
    "/outcomes/resolved_ticket",
    "/outcomes/resolved_ticket/try",
    "/new-outcome",
    "/plans",
    "/plans/growth",
    "/plans/growth/new-version",
    "/subscriptions",
    "/new-subscription",
    "/invoices",
    "/credit-notes",
    "/mails",
    "/jobs",
    "/exports",
    "/events",
    "/events/one?id=1",
    "/events/quarantine",
    "/team",
    "/api-keys",
    "/settings",
    "/settings/taxes",
]


def enter(page: Page, site: str, vendor: Vendor) -> None:
    """Log the vendor's owner in, by a session made beside the form."""
    session = client_of(vendor).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])


def sign_up(page: Page, site: str, address: str) -> None:
    """Make an account, type the code that was mailed, and name the organisation."""
    page.goto(f"{site}/accounts/signup/")
    page.locator("[name=email]").fill(address)
    page.locator("[name=password1]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.locator("[name=code]").fill(mailed_code(page))
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of your organisation").fill("Northwind Support AI")
    page.get_by_role("button", name="Create organisation").click()


def mailed_code(page: Page) -> str:
    """The code of the mail; the site, a process of its own, keeps it in this browser's session too."""
    cookie = next(one["value"] for one in page.context.cookies() if one.get("name") == "sessionid")
    return str(Session.objects.get(pk=cookie).get_decoded()["account_email_verification_code"]["code"])


def set_up(page: Page, site: str) -> None:
    """The checklist's steps up to the subscription, each from the button that the checklist offers."""
    page.get_by_role("link", name="Define an outcome").click()
    page.get_by_label("Name", exact=True).fill("Resolved ticket")
    page.get_by_label("Triggered by events of type").fill("ticket.resolved")
    page.get_by_role("button", name="Define outcome").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Resolved ticket")

    page.goto(site)
    page.get_by_role("link", name="Create a plan").click()
    page.get_by_label("Name", exact=True).fill("Growth")
    page.get_by_label("Each", exact=True).fill("0.99")
    expect(page.locator("#preview").get_by_role("cell", name="990.00")).to_be_visible()
    page.get_by_role("button", name="Publish plan").click()
    expect(page.get_by_text("0.99\N{NO-BREAK SPACE}USD each")).to_be_visible()

    page.goto(site)
    page.get_by_role("link", name="Add a customer").click()
    page.get_by_label("Name", exact=True).fill("Halden Outfitters")
    page.get_by_label("External id").fill("halden")
    page.get_by_label("E-mail for invoices").fill("ap@halden.example")
    page.get_by_role("button", name="Add customer").click()

    page.get_by_role("link", name="Put on a plan").click()
    page.get_by_label("Plan").select_option(label="Growth, USD")
    page.get_by_role("button", name="Create subscription").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Halden Outfitters on Growth")


def test_from_signing_up_to_the_first_event(page: Page, site: str) -> None:
    address = f"grace-{uuid4().hex[:8]}@northwind.example"
    sign_up(page, site, address)
    set_up(page, site)
    page.goto(site)
    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name").fill("Production")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("#new-key")).to_contain_text("cf_northwind-support-ai")

    page.goto(site)
    user = User.objects.get(email=address)
    [membership] = tenants_of(user)
    Vendor(membership.tenant, user, "").send(ticket("first-1"), at=clock.now().isoformat())
    expect(page.get_by_text("Your first event has arrived.")).to_be_visible()


def test_tiers_are_added_and_removed(page: Page, site: str, northwind: Vendor) -> None:
    northwind.definition()
    enter(page, site, northwind)
    page.goto(f"{site}/new-plan")
    page.get_by_label("Price of a ticket").select_option("graduated")
    page.get_by_role("button", name="Add tier").click()
    expect(page.locator("#prices [data-row]")).to_have_count(2)
    page.get_by_role("button", name="Remove tier").first.click()
    expect(page.locator("#prices [data-row]")).to_have_count(1)


def test_a_void_is_asked_in_a_dialog(page: Page, site: str, northwind: Vendor) -> None:
    event = trade(northwind)["event"]
    enter(page, site, northwind)
    page.goto(f"{site}/events/{event}")
    page.get_by_label("Why it should not count").fill("The ticket was reopened")
    page.get_by_role("button", name="Void outcome").click()
    page.get_by_role("dialog").get_by_role("button", name="Void outcome").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Voided")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_accessibility_violation_and_fits_a_telephone(
    page: Page, site: str, northwind: Vendor, path: str
) -> None:
    trade(northwind)
    enter(page, site, northwind)
    page.goto(f"{site}{path}")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_rate_is_added_and_ended_and_its_page_has_no_violation(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.goto(f"{site}/settings/taxes")
    page.get_by_label("Country").select_option(label="Germany")
    page.get_by_label("Tax", exact=True).fill("VAT")
    page.get_by_label("Percent").fill("19")
    page.get_by_label("From", exact=True).fill("2026-01-01")
    page.get_by_role("button", name="Add rate").click()
    page.get_by_role("link", name="Change VAT 19% of Germany").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("First day without it").fill("2026-07-01")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("until 1 Jul 2026")).to_be_visible()


@pytest.mark.parametrize("of", ["line", "mail", "job", "invoice", "note"])
def test_what_stands_behind_an_invoice_has_no_violation_and_fits_a_telephone(
    page: Page, site: str, northwind: Vendor, of: str
) -> None:
    trade(northwind)
    at = clock.now() + timedelta(days=40)
    close_tenant(northwind.tenant.pk, at=at)
    drain(northwind.tenant.pk, at=at)
    with scope(northwind.tenant.pk):
        invoice = Invoice.objects.earliest("pk")
        pay(invoice, Decimal(9), at=at, recorded_at=at, by="ada")
        note = credit_by_hand(invoice, [HandLine("An outage", Decimal(1))], at=at)
        job = run.start_chosen([invoice.pk], by="ada", at=at)
        mail = Mail.objects.earliest("pk")
    jobs.do_some(northwind.tenant.pk, job.pk, at=at)
    enter(page, site, northwind)
    paths = {"line": f"/invoices/{invoice.pk}/lines/1", "mail": f"/mails/{mail.pk}", "job": f"/jobs/{job.pk}"}
    paths |= {"invoice": f"/invoices/{invoice.pk}", "note": f"/credit-notes/{note.pk}"}
    page.goto(f"{site}{paths[of]}")
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_done_with_many_invoices_is_in_reach_on_a_telephone(page: Page, site: str, northwind: Vendor) -> None:
    trade(northwind)
    plan = northwind.plan("other")
    for number in range(6):
        northwind.subscribe(northwind.customer(f"more-{number}"), plan, "2026-09-01")
    close_tenant(northwind.tenant.pk, at=clock.now() + timedelta(days=40))
    enter(page, site, northwind)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"{site}/invoices")
    assert page.evaluate("document.documentElement.scrollHeight") > 1000
    expect(page.get_by_role("button", name="Export")).to_be_in_viewport(ratio=1)
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Export 1 invoice?")


def test_an_invoice_s_money_stands_before_its_document_and_only_a_void_is_asked_in_red(
    page: Page, site: str, northwind: Vendor
) -> None:
    trade(northwind)
    close_tenant(northwind.tenant.pk, at=clock.now() + timedelta(days=40))
    with scope(northwind.tenant.pk):
        before = clock.now() - timedelta(days=2)
        Invoice.objects.update(due_at=before, due_on=before.date())
        invoice = Invoice.objects.earliest("pk")
    enter(page, site, northwind)
    page.goto(f"{site}/invoices/{invoice.pk}")
    headings = page.get_by_role("heading", level=2).all_text_contents()
    assert headings.index("Payments and credits") < headings.index("How this was computed")
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    for name, look in {"Remind": "button-primary", "Void invoice": "button-danger"}.items():
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog").get_by_role("button", name=name)).to_have_class(f"button {look}")
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()


def test_all_tabs_of_invoices_are_seen_on_a_telephone(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/exports")
    assert page.evaluate("(tabs => tabs.scrollWidth - tabs.clientWidth)(document.querySelector('.tabs'))") == 0


def test_what_is_charged_once_has_room_on_a_telephone(page: Page, site: str, northwind: Vendor) -> None:
    enter(page, site, northwind)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/new-plan")
    box = page.get_by_label("What for").bounding_box()
    assert box
    assert box["width"] > 250
