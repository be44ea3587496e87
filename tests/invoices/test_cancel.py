"""Ending a subscription: on which day, what is cut, and what of a fee billed in advance is given back."""

from datetime import date

import pytest

from apps.invoices.cancel import cancel
from apps.invoices.close import close_tenant
from apps.invoices.drafts import discard_draft
from apps.invoices.models import CreditNote, Cycle, Invoice
from apps.invoices.subscribe import Refused
from apps.plans.models import Subscription
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.threads import times

IN_ADVANCE = {"amount": "99.00", "timing": "advance"}
NOON = instant("2026-11-18 12:00")


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def running(vendor: Vendor, subscription: Subscription) -> Cycle:
    with scope(vendor.tenant.pk):
        cycle: Cycle = Cycle.objects.get(subscription=subscription, closed_at=None)
        return cycle


def fees(vendor: Vendor) -> list[tuple[str, str, str]]:
    """Every base fee billed: the first day, the first day after, and the amount."""
    with scope(vendor.tenant.pk):
        lines = [line for one in Invoice.objects.order_by("number") for line in one.document["lines"]]
    fees = [line for line in lines if line["kind"] == "base_fee"]
    return [(line["period"]["start"], line["period"]["end"], line["amount"]) for line in fees]


def test_cancelled_now_the_running_cycle_is_cut_at_the_coming_midnight(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        day = cancel(subscription, when="now", at=instant("2026-11-18 03:00"))
    assert day == date(2026, 11, 18), "it is still the evening of the 17th in New York"
    assert running(northwind, subscription).end == day


def test_cancelled_at_the_cycles_end_the_cycle_stays_whole(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        day = cancel(subscription, when="cycle_end", at=instant("2026-11-18 12:00"))
    assert day == running(northwind, subscription).end == date(2026, 12, 1)


def test_cancelled_before_it_starts_nothing_of_it_is_left_to_bill(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2027-01-01")
    with scope(northwind.tenant.pk):
        assert cancel(subscription, when="now", at=instant("2026-11-18 12:00")) == date(2027, 1, 1)
        assert not Cycle.objects.exists()


def test_a_second_cancellation_says_when_it_ends(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant("2026-11-18 12:00"))
        with pytest.raises(Refused, match="ends on 2026-11-19 already"):
            cancel(subscription, when="cycle_end", at=instant("2026-11-18 13:00"))


def test_after_a_cancellation_the_days_that_follow_can_be_subscribed(northwind: Vendor, halden: Customer) -> None:
    plan = northwind.plan()
    subscription = northwind.subscribe(halden, plan, "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant("2026-11-18 12:00"))
    northwind.subscribe(halden, plan, "2026-11-19")


def test_in_the_grace_after_its_last_cycle_the_next_one_is_cut_when_it_opens(
    northwind: Vendor, halden: Customer
) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        assert cancel(subscription, when="now", at=instant("2026-12-01 09:00")) == date(2026, 12, 2)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-03 12:00"))
    assert fees(northwind) == [("2026-11-01", "2026-12-01", "99.00"), ("2026-12-01", "2026-12-02", "3.19")]


def test_a_fee_billed_in_advance_is_marked_for_the_days_that_were_cut(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
    assert running(northwind, subscription).fee_cut


def test_of_a_fee_on_a_draft_that_was_thrown_away_nothing_is_given_back(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
        discard_draft(Invoice.objects.get().pk)
    close_tenant(northwind.tenant.pk, at=instant("2026-11-20 12:00"))
    with scope(northwind.tenant.pk):
        assert not CreditNote.objects.exists()


def test_a_fee_that_was_billed_by_the_close_before_is_marked_too(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-10-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
    assert running(northwind, subscription).fee_cut


def test_a_fee_in_arrears_is_cut_with_its_cycle_and_nothing_is_to_give_back(
    northwind: Vendor, halden: Customer
) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
    assert not running(northwind, subscription).fee_cut
    close_tenant(northwind.tenant.pk, at=instant("2026-11-20 12:00"))
    assert fees(northwind) == [("2026-11-01", "2026-11-19", "59.40")]


def test_a_first_fee_that_is_not_billed_yet_is_billed_for_the_days_that_remain(
    northwind: Vendor, halden: Customer
) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
    assert not running(northwind, subscription).fee_cut
    close_tenant(northwind.tenant.pk, at=NOON)
    assert fees(northwind) == [("2026-11-01", "2026-11-19", "59.40")]


def test_at_the_cycles_end_no_fee_is_cut(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    with scope(northwind.tenant.pk):
        cancel(subscription, when="cycle_end", at=NOON)
    assert not running(northwind, subscription).fee_cut


def test_one_that_has_ended_can_not_be_cancelled(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=NOON)
        with pytest.raises(Refused, match="has ended already"):
            cancel(subscription, when="now", at=instant("2026-11-20 12:00"))


def test_while_cycles_are_billed_neither_an_end_nor_the_run_waits_for_ever(northwind: Vendor) -> None:
    """Billing locks a cycle and then its customer; whoever ends a subscription locks both, in the same order."""
    northwind.definition()
    plan = northwind.plan(base_fee=IN_ADVANCE)
    rows = [northwind.subscribe(northwind.customer(f"c{n}"), plan, "2026-11-01") for n in range(12)]

    def work(number: int) -> int:
        if number == 0:
            return close_tenant(northwind.tenant.pk, at=NOON).invoices
        with scope(northwind.tenant.pk):
            cancel(rows[number], when="now", at=NOON)
        return 0

    assert sum(times(12, work)) + close_tenant(northwind.tenant.pk, at=NOON).invoices == 12
    with scope(northwind.tenant.pk):
        for cycle in Cycle.objects.filter(subscription__end__isnull=False):
            invoice = Invoice.objects.get(cycle=cycle)
            assert cycle.fee_cut == (str(invoice.period_end) == "2026-12-01"), "billed whole and cut, or billed as cut"
