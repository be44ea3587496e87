"""The live page notices all that would change it, and nothing else; an unchanged poll leaves the ledger alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.events import resolve
from apps.invoices.charges import add_charge, remove_charge
from apps.invoices.close import close_tenant
from apps.invoices.freshness import ask_mark, unchanged
from apps.invoices.give_coupon import give_coupon
from apps.invoices.live import running_cycles
from apps.invoices.models import Charge
from apps.plans.coupons import create_coupon, read_coupon
from apps.plans.models import Subscription
from apps.tenants.customers import change_customer
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.statements import LEDGER, about, asked

NOON = "2026-11-05 17:00"


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    """In New York, on a plan since November, with a ticket that is pending for two days."""
    northwind.definition(settlement={"window_seconds": 172_800})
    customer = northwind.customer()
    northwind.subscribe(customer, northwind.plan(), "2026-11-01")
    northwind.send(ticket("1"), at=NOON)
    return customer


def seen(vendor: Vendor, at: str = NOON) -> str:
    with scope(vendor.tenant.pk):
        customer = Customer.objects.get()
        return ask_mark(customer, running_cycles(customer, at=instant(at)), at=instant(at))()


def still(vendor: Vendor, before: str, at: str) -> bool:
    with scope(vendor.tenant.pk):
        return unchanged(before, Customer.objects.get(), at=instant(at))


def test_nothing_happened(northwind: Vendor, halden: Customer) -> None:
    assert still(northwind, seen(northwind), "2026-11-05 17:30")


def test_an_outcome_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind)
    northwind.send(ticket("2"), at=NOON)
    assert not still(northwind, before, NOON)


def test_a_late_outcome_is_noticed(northwind: Vendor, halden: Customer) -> None:
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 06:00"))
    before = seen(northwind, "2026-12-03 12:00")
    northwind.send(ticket("2", time="2026-11-20T12:00:00Z"), at="2026-12-03 12:00")
    assert not still(northwind, before, "2026-12-03 12:00")


def test_an_outcome_that_settles_in_the_next_cycle_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind, "2026-11-30 12:00")
    northwind.send(ticket("2"), at="2026-11-30 12:00")
    assert not still(northwind, before, "2026-11-30 12:00")


def test_a_void_is_noticed(northwind: Vendor, halden: Customer) -> None:
    (result,) = northwind.send(ticket("2"), at=NOON)
    before = seen(northwind)
    with scope(northwind.tenant.pk):
        assert result.outcome
        resolve.void(resolve.lock(result.outcome), by="test", reason="asked", at=instant(NOON))
    assert not still(northwind, before, NOON)


def test_settling_by_the_clock_is_noticed_to_the_second(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind, "2026-11-07 12:00")
    assert still(northwind, before, "2026-11-07 16:59:59")
    assert not still(northwind, before, "2026-11-07 17:00:00")


def test_midnight_of_the_customer_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind, "2026-11-06 04:00")
    assert still(northwind, before, "2026-11-06 04:59:59")
    assert not still(northwind, before, "2026-11-06 05:00:00")


def test_a_closing_cycle_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind, "2026-12-01 06:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 06:00"))
    assert not still(northwind, before, "2026-12-01 06:00")


def test_a_coupon_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind)
    with scope(northwind.tenant.pk):
        terms = read_coupon({"code": "spring", "name": "Spring offer", "percent": "20"})
        coupon = create_coupon(terms, at=instant(NOON))
        give_coupon(Subscription.objects.get(), coupon, at=instant(NOON))
    assert not still(northwind, before, NOON)


def test_a_charge_is_noticed_and_one_in_its_place_too(northwind: Vendor, halden: Customer) -> None:
    marks = [seen(northwind)]
    for what in ("A set-up", "Training"):
        with scope(northwind.tenant.pk):
            for before in Charge.objects.all():
                remove_charge(before)
            one = Subscription.objects.get()
            add_charge(one, description=what, amount=Decimal(80), at=instant(NOON))
        marks.append(seen(northwind))
    assert len(set(marks)) == 3


def test_a_change_of_settings_is_noticed(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind)
    with scope(northwind.tenant.pk):
        change_customer(Customer.objects.get(), name="Halden and Sons")
    assert not still(northwind, before, NOON)


@pytest.mark.parametrize("nonsense", ["", "x", "....", "never", "1.2.3"])
def test_a_mark_that_can_t_be_read_is_a_change(northwind: Vendor, halden: Customer, nonsense: str) -> None:
    assert not still(northwind, nonsense, NOON)


def test_asking_reads_nothing_of_the_ledger(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind)
    with asked() as statements:
        assert still(northwind, before, NOON)
    assert about(statements, "events_usage")
    assert not about(statements, *LEDGER)


def test_the_next_settlement_counts_to_the_microsecond(northwind: Vendor, halden: Customer) -> None:
    before = seen(northwind, "2026-11-07 12:00")
    just_before = instant("2026-11-07 17:00") - timedelta(microseconds=1)
    assert still(northwind, before, just_before.isoformat())
