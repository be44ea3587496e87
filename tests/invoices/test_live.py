"""What of a running cycle is pending: Halden's tickets settle a day after they are resolved, and are booked then."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.events import resolve
from apps.invoices.change_plan import change_plan
from apps.invoices.close import close_tenant
from apps.invoices.live import live
from apps.invoices.preview import preview
from apps.plans.models import Subscription
from apps.tenants.customers import change_customer
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    """In New York, on a plan since November."""
    northwind.definition(settlement={"window_seconds": 86_400})
    customer = northwind.customer()
    northwind.subscribe(customer, northwind.plan(), "2026-11-01")
    return customer


def figures(vendor: Vendor, at: str) -> tuple[Decimal, Decimal]:
    """Settled and pending tickets."""
    with scope(vendor.tenant.pk):
        [outcome] = live(Customer.objects.get(), at=instant(at)).outcomes
    return outcome.figures.settled, outcome.figures.pending


def test_a_ticket_is_pending_until_the_instant_at_which_it_settles(northwind: Vendor, halden: Customer) -> None:
    northwind.send(ticket("1"), at="2026-11-04 17:00")
    assert figures(northwind, "2026-11-04 17:00") == (0, 1)
    assert figures(northwind, "2026-11-05 16:59:59") == (0, 1)
    assert figures(northwind, "2026-11-05 17:00") == (1, 0)


def test_a_ticket_that_settles_at_the_end_of_today_is_pending_once(northwind: Vendor, halden: Customer) -> None:
    northwind.send(ticket("1"), at="2026-11-05 04:59")
    assert figures(northwind, "2026-11-05 05:00") == (0, 1)
    assert figures(northwind, "2026-11-06 04:58") == (0, 1)


def test_a_ticket_that_was_voided_today_is_neither(northwind: Vendor, halden: Customer) -> None:
    _, voided = northwind.send(ticket("1"), ticket("2"), at="2026-11-04 17:00")
    with scope(northwind.tenant.pk):
        assert voided.outcome
        resolve.void(resolve.lock(voided.outcome), by="test", reason="asked", at=instant("2026-11-05 12:00"))
    assert figures(northwind, "2026-11-05 12:00") == (0, 1)


def test_a_ticket_stays_pending_where_its_customer_moves_to_where_it_is_tomorrow(
    northwind: Vendor, halden: Customer
) -> None:
    """It settles at 21:00 on 5 November where he was, on the 6th in UTC; now it is 23:30 on the 5th where he is."""
    with scope(northwind.tenant.pk):
        change_customer(halden, time_zone="Etc/GMT+12")
    northwind.send(ticket("1"), at="2026-11-05 09:00")
    with scope(northwind.tenant.pk):
        change_customer(Customer.objects.get(), time_zone="Pacific/Kiritimati")
    assert figures(northwind, "2026-11-05 09:30") == (0, 1)


@pytest.mark.parametrize("quantity", ["9999999999999999", "999999999999999999.999999999999"])
def test_a_cycle_of_quintillions_is_told_and_foreseen(northwind: Vendor, halden: Customer, quantity: str) -> None:
    """A ticket that counts as many as a number may hold, each day: it is billed, so its live amount is told."""
    for day in range(1, 6):
        northwind.send(ticket(str(day), quantity=quantity), at=f"2026-11-0{day} 12:00")
    with scope(northwind.tenant.pk):
        told = live(Customer.objects.get(), at=instant("2026-11-06 12:00"))
        bill = preview(Customer.objects.get(), at=instant("2026-11-06 12:00"))
    assert told.amount == Decimal(bill["subtotal"])
    assert told.estimate
    assert told.estimate.low > told.amount


def test_until_the_old_plans_cycle_is_closed_an_outcome_of_both_plans_is_told_whole(
    northwind: Vendor, halden: Customer
) -> None:
    """99 tickets at 1.00 on the old plan, then 2 at 0.50 on the next one, in the grace that the tenant gives."""
    with scope(northwind.tenant.pk):
        Profile.objects.update(grace=timedelta(days=2))
        price = {"outcome": "resolved_ticket", "model": "unit"}
        first, second = (
            northwind.plan(code, base_fee=None, prices=[price | {"unit_amount": amount}])
            for code, amount in (("first", "1.00"), ("second", "0.50"))
        )
        [growth] = Subscription.objects.all()
        running = change_plan(growth, first, when="now", at=instant("2026-11-04 12:00"))
    northwind.send(*(ticket(str(n)) for n in range(99)), at="2026-11-05 12:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-08 12:00"))
    with scope(northwind.tenant.pk):
        change_plan(running, second, when="now", at=instant("2026-11-08 12:00"))
    northwind.send(ticket("99"), ticket("100"), at="2026-11-09 12:00")
    with scope(northwind.tenant.pk):
        told = live(Customer.objects.get(), at=instant("2026-11-10 12:00"))
    [outcome] = told.outcomes
    assert (outcome.figures.settled, outcome.amount, told.amount) == (101, Decimal("100.00"), Decimal("100.00"))
