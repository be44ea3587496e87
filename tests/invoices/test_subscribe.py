"""Who is on which plan from when, and what conflicts."""

from datetime import date

import pytest

from apps.invoices.buyer import change_buyer
from apps.invoices.models import Cycle
from apps.invoices.subscribe import CurrencyDiffers, Refused, move_zone, subscribe
from apps.plans.models import Subscription
from apps.tenants.customers import change_customer
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.threads import times


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def running(vendor: Vendor, subscription: Subscription) -> Cycle:
    with scope(vendor.tenant.pk):
        cycle: Cycle = Cycle.objects.get(subscription=subscription, closed_at=None)
        return cycle


def test_a_calendar_subscription_begins_with_the_rest_of_its_month(northwind: Vendor, halden: Customer) -> None:
    cycle = running(northwind, northwind.subscribe(halden, northwind.plan(), "2026-11-10"))
    assert (cycle.start, cycle.end) == (date(2026, 11, 10), date(2026, 12, 1))
    assert (cycle.full_start, cycle.full_end) == (date(2026, 11, 1), date(2026, 12, 1))


def test_an_anniversary_subscription_begins_with_a_whole_month(northwind: Vendor, halden: Customer) -> None:
    cycle = running(northwind, northwind.subscribe(halden, northwind.plan(), "2027-01-31", "anniversary"))
    assert (cycle.start, cycle.end) == (date(2027, 1, 31), date(2027, 2, 28))


def test_a_cycle_ends_at_local_midnight(northwind: Vendor, halden: Customer) -> None:
    cycle = running(northwind, northwind.subscribe(halden, northwind.plan(), "2026-11-01"))
    assert cycle.ends_at == instant("2026-12-01 05:00"), "New York is five hours behind UTC in December"


def test_a_changed_time_zone_moves_the_end_of_the_running_cycle(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        change_customer(halden, time_zone="Asia/Tokyo")
        move_zone(halden)
    assert running(northwind, subscription).ends_at == instant("2026-11-30 15:00")


def test_a_changed_time_zone_moves_the_day_on_which_a_fee_in_advance_is_billed(
    northwind: Vendor, halden: Customer
) -> None:
    """From Auckland to Los Angeles: not on 30 November any more, before the subscription begins."""
    with scope(northwind.tenant.pk):
        change_buyer(halden, time_zone="Pacific/Auckland")
    fee = {"amount": "99.00", "timing": "advance"}
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=fee), "2026-12-01")
    assert running(northwind, subscription).fee_due_at == instant("2026-11-30 11:00")
    with scope(northwind.tenant.pk):
        change_buyer(halden, time_zone="America/Los_Angeles")
    assert running(northwind, subscription).fee_due_at == instant("2026-12-01 08:00")


def test_the_plan_is_in_the_customers_currency(northwind: Vendor, halden: Customer) -> None:
    plan = northwind.plan(currency="EUR")
    with scope(northwind.tenant.pk), pytest.raises(CurrencyDiffers, match="Growth is in EUR, Halden"):
        subscribe(halden, plan, start=date(2026, 11, 1))


def test_two_subscriptions_may_not_price_the_same_outcome_on_the_same_day(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    other = northwind.plan("other")
    with scope(northwind.tenant.pk), pytest.raises(Refused, match="Another subscription prices resolved_ticket"):
        subscribe(halden, other, start=date(2027, 5, 1))


def test_two_subscriptions_may_price_different_outcomes(northwind: Vendor, halden: Customer) -> None:
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting")
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    meetings = northwind.plan("meetings", prices=[{"outcome": "meeting", "model": "unit", "unit_amount": "25"}])
    northwind.subscribe(halden, meetings, "2026-11-01")
    with scope(northwind.tenant.pk):
        assert Subscription.objects.active_on(date(2026, 11, 2)).count() == 2


def test_of_eight_who_subscribe_a_customer_at_once_one_succeeds(northwind: Vendor, halden: Customer) -> None:
    plan = northwind.plan()

    def attempt(_: int) -> bool:
        try:
            northwind.subscribe(halden, plan, "2026-11-01")
        except Refused:
            return False
        return True

    assert sum(times(8, attempt)) == 1
