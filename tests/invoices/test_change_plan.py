"""Another plan: on which day, with what, and what gives way to a later word."""

from datetime import date
from typing import Any

import pytest

from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.close import close_tenant
from apps.invoices.law import classes
from apps.invoices.models import Charge, Cycle, Invoice
from apps.invoices.subscribe import CurrencyDiffers, Refused
from apps.plans.models import Coupon, Discount, PlanVersion, Subscription
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

IN_ADVANCE = {"amount": "99.00", "timing": "advance"}
NOON = instant("2026-11-18 12:00")
LATER = instant("2026-11-18 15:00")
TOMORROW = date(2026, 11, 19)
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


@pytest.fixture
def growth(northwind: Vendor, halden: Customer) -> Subscription:
    """Halden on 99.00 a month in arrears since November."""
    return northwind.subscribe(halden, northwind.plan(), "2026-11-01")


@pytest.fixture
def scale(northwind: Vendor, halden: Customer) -> PlanVersion:
    """300.00 a month in arrears, 0.50 for each ticket."""
    price = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.50"}
    return northwind.plan("scale", base_fee={"amount": "300.00", "timing": "arrears"}, prices=[price])


def change(vendor: Vendor, one: Subscription, to: PlanVersion, when: Any = "now", at: Any = NOON) -> Subscription:
    with scope(vendor.tenant.pk):
        return change_plan(one, to, when=when, at=at)


def days(vendor: Vendor) -> list[tuple[str, date, date | None]]:
    """Every subscription that has a day, by plan."""
    with scope(vendor.tenant.pk):
        rows = Subscription.objects.select_related("plan_version__plan").order_by("pk")
        return [(one.plan_version.plan.code, one.start, one.end) for one in rows if one.start != one.end]


def billed(vendor: Vendor, at: str) -> list[list[tuple[str, str, str, str]]]:
    """The lines of every invoice once all is closed that is due."""
    close_tenant(vendor.tenant.pk, at=instant(at))
    with scope(vendor.tenant.pk):
        return [
            [(line["kind"], line["period"]["start"], line["period"]["end"], line["amount"]) for line in lines]
            for lines in (one.document["lines"] for one in Invoice.objects.order_by("number"))
        ]


def test_now_is_the_coming_midnight(northwind: Vendor, growth: Subscription, scale: PlanVersion) -> None:
    change(northwind, growth, scale)
    assert days(northwind) == [("growth", date(2026, 11, 1), TOMORROW), ("scale", TOMORROW, None)]


def test_at_the_cycles_end_the_cycle_stays_whole(northwind: Vendor, growth: Subscription, scale: PlanVersion) -> None:
    change(northwind, growth, scale, "cycle_end")
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER), ("scale", DECEMBER, None)]


def test_both_fees_are_prorated_by_day_and_tiers_begin_anew(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    northwind.send(*[ticket(f"a{n}", time="2026-11-10T12:00:00Z") for n in range(101)], at="2026-11-10 12:00")
    change(northwind, growth, scale)
    northwind.send(*[ticket(f"b{n}", time="2026-11-20T12:00:00Z") for n in range(10)], at="2026-11-20 12:00")
    assert billed(northwind, "2026-12-02 12:00") == [
        [("base_fee", "2026-11-01", "2026-11-19", "59.40"), ("usage", "2026-11-01", "2026-11-19", "0.99")],
        [("base_fee", "2026-11-19", "2026-12-01", "120.00"), ("usage", "2026-11-19", "2026-12-01", "5.00")],
    ]


def test_every_outcome_is_on_one_of_the_two_plans(northwind: Vendor, growth: Subscription, scale: PlanVersion) -> None:
    change(northwind, growth, scale)
    for day in (18, 19):
        northwind.send(ticket(f"{day}", time=f"2026-11-{day}T18:00:00Z"), at=f"2026-11-{day} 18:00")
    billed(northwind, "2026-12-02 12:00")
    with scope(northwind.tenant.pk):
        assert classes(northwind.tenant.pk, at=instant("2026-12-02 12:00"))["fenced"] == 2


def test_a_new_fee_in_advance_is_billed_at_the_change_and_the_old_ones_days_are_marked(
    northwind: Vendor, halden: Customer
) -> None:
    old = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    change(northwind, old, northwind.plan("scale", base_fee={"amount": "300.00", "timing": "advance"}))
    with scope(northwind.tenant.pk):
        assert Cycle.objects.get(subscription=old).fee_cut
    assert [("base_fee", "2026-11-19", "2026-12-01", "120.00")] in billed(northwind, "2026-11-19 12:00")


def test_the_new_one_has_no_second_trial_and_tells_what_it_replaces(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    new = change(northwind, growth, scale)
    assert (new.trial_end, new.replaces_id) == (None, growth.pk)


def test_the_plan_is_in_the_customers_currency(northwind: Vendor, growth: Subscription) -> None:
    euros = northwind.plan("euros", currency="EUR")
    with pytest.raises(CurrencyDiffers, match="Growth is in EUR"):
        change(northwind, growth, euros)


def test_one_that_has_ended_can_not_be_changed(northwind: Vendor, growth: Subscription, scale: PlanVersion) -> None:
    with scope(northwind.tenant.pk):
        cancel(growth, when="now", at=NOON)
    with pytest.raises(Refused, match="has ended already"):
        change(northwind, growth, scale, at=instant("2026-11-20 12:00"))


def test_an_outcome_that_another_subscription_prices_is_refused_and_nothing_changes(
    northwind: Vendor, halden: Customer, growth: Subscription
) -> None:
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting")
    meetings = northwind.plan("meetings", prices=[{"outcome": "meeting", "model": "unit", "unit_amount": "25"}])
    northwind.subscribe(halden, meetings, "2026-11-01")
    with pytest.raises(Refused, match="Another subscription prices meeting"):
        change(northwind, growth, meetings)
    assert days(northwind) == [("growth", date(2026, 11, 1), None), ("meetings", date(2026, 11, 1), None)]


def test_a_later_change_takes_the_place_of_one_that_has_not_begun(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    change(northwind, growth, scale)
    change(northwind, growth, northwind.plan("other"), "cycle_end", at=LATER)
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER), ("other", DECEMBER, None)]
    assert billed(northwind, "2026-12-02 12:00")[0][0] == ("base_fee", "2026-11-01", "2026-12-01", "99.00")


def test_a_change_of_what_was_to_come_takes_its_place_too(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    coming = change(northwind, growth, scale, "cycle_end")
    new = change(northwind, coming, northwind.plan("other"), at=LATER)
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER), ("other", DECEMBER, None)]
    assert new.replaces_id == growth.pk


def test_a_cancellation_takes_back_a_change_that_has_not_begun(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    coming = change(northwind, growth, scale)
    change(northwind, coming, northwind.plan("other"), "cycle_end", at=LATER)
    with scope(northwind.tenant.pk):
        assert cancel(growth, when="cycle_end", at=LATER) == DECEMBER
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER)]


def test_what_was_to_come_is_cancelled_alone(northwind: Vendor, growth: Subscription, scale: PlanVersion) -> None:
    coming = change(northwind, growth, scale, "cycle_end")
    with scope(northwind.tenant.pk):
        cancel(coming, when="now", at=LATER)
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER)]


def test_a_change_takes_back_a_cancellation_that_has_not_come(
    northwind: Vendor, growth: Subscription, scale: PlanVersion
) -> None:
    with scope(northwind.tenant.pk):
        cancel(growth, when="now", at=NOON)
    change(northwind, growth, scale, "cycle_end", at=LATER)
    assert days(northwind) == [("growth", date(2026, 11, 1), DECEMBER), ("scale", DECEMBER, None)]


def test_days_that_another_subscription_took_meanwhile_do_not_come_back(
    northwind: Vendor, halden: Customer, growth: Subscription, scale: PlanVersion
) -> None:
    with scope(northwind.tenant.pk):
        cancel(growth, when="now", at=NOON)
    taken = northwind.subscribe(halden, northwind.plan("other"), "2026-11-19")
    with scope(northwind.tenant.pk):
        cancel(taken, when="cycle_end", at=NOON)
    with pytest.raises(Refused, match="Another subscription prices resolved_ticket"):
        change(northwind, growth, scale, "cycle_end", at=LATER)


def test_days_whose_fee_was_billed_as_cut_do_not_come_back(
    northwind: Vendor, halden: Customer, scale: PlanVersion
) -> None:
    old = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(old, when="now", at=NOON)
    close_tenant(northwind.tenant.pk, at=NOON)
    with pytest.raises(Refused, match="billed for the days before 2026-11-19"):
        change(northwind, old, scale, "cycle_end", at=LATER)


def test_discounts_go_along_with_the_cycles_that_are_left(
    northwind: Vendor, halden: Customer, scale: PlanVersion
) -> None:
    old = northwind.subscribe(halden, northwind.plan(), "2026-10-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00"))
    with scope(northwind.tenant.pk):
        for code, first, cycles in (("spent", 0, 2), ("spring", 0, 6), ("always", 1, None), ("next", 3, 2)):
            coupon = Coupon.objects.create(code=code, name=code, percent=10)
            Discount.objects.create(subscription=old, coupon=coupon, first=first, cycles=cycles)
    new = change(northwind, old, scale)
    with scope(northwind.tenant.pk):
        rows = Discount.objects.filter(subscription=new).select_related("coupon").order_by("pk")
        assert [(one.coupon.code, one.first, one.cycles) for one in rows] == [
            ("spring", 0, 4),
            ("always", 0, None),
            ("next", 1, 2),
        ]


def test_charges_of_what_never_begins_wait_for_the_new_ones_invoice(
    northwind: Vendor, halden: Customer, scale: PlanVersion
) -> None:
    coming = northwind.subscribe(halden, northwind.plan(), "2027-01-01")
    with scope(northwind.tenant.pk):
        Charge.objects.create(customer=halden, subscription=coming, description="Set-up", amount=50)
    new = change(northwind, coming, scale)
    with scope(northwind.tenant.pk):
        assert Charge.objects.get().subscription_id == new.pk
