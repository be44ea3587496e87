"""The live page: what it says, when a poll answers with nothing, and what stands behind its figures."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from apps.common.clock import now
from apps.common.templatetags.counterfoil import when
from apps.events import resolve
from apps.invoices.charges import add_charge
from apps.invoices.close import close_tenant
from apps.invoices.give_coupon import give_coupon
from apps.invoices.models import Invoice
from apps.plans.coupons import create_coupon, read_coupon
from apps.plans.models import Subscription
from apps.tenants.scope import scope
from tests.portal.conftest import Portal
from tests.statements import LEDGER, about, asked

LIVE = "/portal/"


def poll_url(portal: Portal) -> str:
    """What the page asks every two seconds."""
    found = re.search(r'hx-get="([^"]+)"', portal.client.get(LIVE).content.decode())
    assert found
    return unescape(found[1])


def said(portal: Portal, path: str) -> str:
    """A page as plain words."""
    answer = portal.client.get(path)
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(unescape(text).split())


def test_the_page_begins_with_what_it_costs_so_far(halden: Portal) -> None:
    halden.send("1", "2", "3")
    assert re.search(r"99\.00\s+USD", said(halden, LIVE))


def test_what_is_no_outcome_stands_there_too_and_makes_the_amount(halden: Portal) -> None:
    """One ticket beyond the hundred that are included, the fee, a set-up, and a fifth less of all of it."""
    halden.send(*(str(number) for number in range(101)))
    with scope(halden.vendor.tenant.pk):
        one = Subscription.objects.get()
        terms = read_coupon({"code": "spring", "name": "Spring offer", "percent": "20"})
        give_coupon(one, create_coupon(terms, at=now()), at=now())
        add_charge(one, description="A set-up", amount=Decimal(50), at=now())
    page = said(halden, LIVE)
    lines = ("Resolved ticket 0.99", "Base fee, Growth 99.00", "A set-up 50.00", "Spring offer \N{MINUS SIGN}30.00")
    for words in lines:
        assert words in page
    assert "119.99 USD" in page


def test_the_newest_outcome_stands_there(halden: Portal) -> None:
    halden.send("1042")
    assert "T-1042" in said(halden, LIVE)


def test_the_newest_outcomes_stand_there_when_a_thousand_events_since_have_not_counted(halden: Portal) -> None:
    halden.send("1042", "1043")
    halden.send(*(f"bad-{number}" for number in range(1000)), type="chat.opened")
    page = said(halden, LIVE)
    assert page.index("T-1043") < page.index("T-1042")
    assert "T-bad" not in page


def test_the_ten_newest_outcomes_stand_there_from_the_last_to_arrive(halden: Portal) -> None:
    halden.send(*(str(number) for number in range(1000, 1012)))
    assert re.findall(r"T-\d+", said(halden, LIVE)) == [f"T-{number}" for number in range(1011, 1001, -1)]


def test_an_unchanged_poll_is_empty(halden: Portal) -> None:
    halden.send("1")
    assert halden.client.get(poll_url(halden)).status_code == 204


def test_an_unchanged_poll_leaves_the_ledger_alone(halden: Portal) -> None:
    halden.send("1")
    url = poll_url(halden)
    with asked() as statements:
        halden.client.get(url)
    assert about(statements, "events_usage")
    assert not about(statements, *LEDGER)


def test_more_outcomes_cost_the_figures_no_more_statements(halden: Portal) -> None:
    halden.send("1")
    before = statements_of_figures(halden)
    halden.send(*(str(number) for number in range(2, 50)))
    assert statements_of_figures(halden) == before


def statements_of_figures(portal: Portal) -> int:
    """How many statements the figures take, once the process knows the plan's terms."""
    portal.client.get(LIVE)
    with asked() as statements:
        assert portal.client.get("/portal/figures?seen=").status_code == 200
    return len(statements)


def test_a_poll_after_an_event_brings_it(halden: Portal) -> None:
    url = poll_url(halden)
    halden.send("1042")
    assert "T-1042" in said(halden, url)


def test_a_poll_after_a_void_shows_it_voided(halden: Portal) -> None:
    (outcome,) = halden.send("1042")
    url = poll_url(halden)
    with scope(halden.vendor.tenant.pk):
        resolve.void(resolve.lock(UUID(outcome)), by="test", reason="asked", at=now())
    assert "Voided" in said(halden, url)


def test_what_is_shown_to_one_is_no_answer_to_another(halden: Portal, kestrel: Portal) -> None:
    halden.send("1042")
    assert "T-1042" not in said(kestrel, LIVE)


def test_without_a_plan_outcomes_are_counted_and_cost_nothing(kestrel: Portal) -> None:
    kestrel.send("k-1")
    assert "No subscription prices these outcomes yet" in said(kestrel, LIVE)


def test_days_that_were_closed_ahead_of_time_are_not_said_to_be_unpriced(halden: Portal) -> None:
    """As after the README's tour, which closes the running month as if it had ended."""
    ends = (now().replace(day=1) + timedelta(days=32)).replace(day=1)
    close_tenant(halden.vendor.tenant.pk, at=ends)
    page = said(halden, LIVE)
    assert "No subscription prices these outcomes" not in page
    assert f"what counts from now on is booked on {when(ends.date(), 'MMMMd')} or later" in page


def test_outcomes_are_found_by_state(halden: Portal) -> None:
    halden.send("1042")
    assert "T-1042" in said(halden, "/portal/outcomes?state=settled")
    assert "T-1042" not in said(halden, "/portal/outcomes?state=pending")


def test_outcomes_are_found_by_definition(halden: Portal) -> None:
    halden.send("1042")
    assert "T-1042" in said(halden, "/portal/outcomes?definition=resolved_ticket")
    assert "Nothing matches" in said(halden, "/portal/outcomes?definition=booked_meeting")


def test_outcomes_are_found_by_day(halden: Portal) -> None:
    halden.send("1042")
    today = now().date()
    assert "T-1042" in said(halden, f"/portal/outcomes?day={today}")
    assert "Nothing matches" in said(halden, f"/portal/outcomes?day={today - timedelta(days=400)}")


@pytest.mark.parametrize("query", ["state=gone", "day=soon", "before=x"])
def test_a_filter_that_makes_no_sense_breaks_nothing(halden: Portal, query: str) -> None:
    assert halden.client.get(f"/portal/outcomes?{query}").status_code == 200


def test_a_long_list_goes_on_over_pages(halden: Portal) -> None:
    halden.send(*(str(number) for number in range(60)))
    first = halden.client.get("/portal/outcomes").content.decode()
    older = re.search(r'href="(\?before=[^"]+)"', first)
    assert older
    second = halden.client.get(f"/portal/outcomes{unescape(older[1])}").content.decode()
    assert (first.count("T-"), second.count("T-")) == (50, 10)


def test_a_slip_says_what_was_said_and_what_judged_it(halden: Portal) -> None:
    (outcome,) = halden.send("1042", evidence="https://desk.example/T-1042")
    slip = said(halden, f"/portal/outcomes/{outcome}")
    assert "https://desk.example/T-1042" in slip
    assert "Resolved ticket, version 1" in slip
    assert re.search(r"Its SHA-256 [0-9a-f]{64}", slip)


def test_an_included_outcome_costs_nothing(halden: Portal) -> None:
    (outcome,) = halden.send("1042")
    assert "would be the same without it" in said(halden, f"/portal/outcomes/{outcome}")


def test_an_outcome_beyond_those_costs_its_price(halden: Portal) -> None:
    outcomes = halden.send(*(str(number) for number in range(101)))
    assert re.search(r"What it costs you 0\.99\s+USD", said(halden, f"/portal/outcomes/{outcomes[-1]}"))


def test_a_definition_is_read_out_with_its_hash(halden: Portal) -> None:
    text = said(halden, "/portal/definitions/resolved_ticket/1")
    assert "A ticket counts" in text
    assert re.search(r"[0-9a-f]{64}", text)


@pytest.fixture
def invoice(halden: Portal) -> Invoice:
    """Halden's first invoice."""
    halden.send("1042")
    close_tenant(halden.vendor.tenant.pk, at=now() + timedelta(days=40))
    with scope(halden.vendor.tenant.pk):
        found: Invoice = Invoice.objects.order_by("number")[0]
    return found


def test_an_invoice_is_listed_and_opens(halden: Portal, invoice: Invoice) -> None:
    assert invoice.number in said(halden, "/portal/invoices")
    assert "How this was computed" in said(halden, f"/portal/invoices/{invoice.pk}")


def test_an_invoice_opens_as_pdf(halden: Portal, invoice: Invoice) -> None:
    answer = halden.client.get(f"/portal/invoices/{invoice.pk}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize("who", ["kestrel", "stranger"])
@pytest.mark.parametrize("end", ["", "/pdf"])
def test_an_invoice_of_another_is_not_found(
    halden: Portal, invoice: Invoice, who: str, end: str, request: pytest.FixtureRequest
) -> None:
    outsider: Portal = request.getfixturevalue(who)
    assert outsider.client.get(f"/portal/invoices/{invoice.pk}{end}").status_code == 404


def test_a_poll_that_has_seen_an_instant_beyond_all_time_is_answered_with_the_figures(halden: Portal) -> None:
    answer = halden.client.get(reverse("portal:live_figures"), {"seen": "1." + "9" * 5000})
    assert answer.status_code == 200
