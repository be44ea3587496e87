"""What no subscription prices: by outcome and days, less what was billed by hand."""

from datetime import date
from decimal import Decimal

import pytest

from apps.common.periods import Period
from apps.events import resolve
from apps.events.models import Outcome
from apps.invoices.cancel import cancel
from apps.invoices.models import Invoice
from apps.invoices.unbilled import unbilled
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def send(vendor: Vendor, *days: str) -> None:
    for day in days:
        vendor.send(ticket(day, time=f"{day}T18:00:00Z"), at=f"{day} 18:00")


def listed(vendor: Vendor, customer: Customer) -> list[tuple[str, date, date, Decimal]]:
    with scope(vendor.tenant.pk):
        return [(one.outcome, one.period.start, one.period.end, one.quantity) for one in unbilled(customer)]


def test_without_a_subscription_all_that_counted_is_listed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05")
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 3), date(2026, 11, 6), Decimal(2))]


def test_what_is_priced_is_not(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-10")
    northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 3), date(2026, 11, 4), Decimal(1))]


def test_before_and_after_a_subscription_are_two_stretches(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-10", "2026-11-25", "2026-11-26")
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant("2026-11-18 12:00"))
    assert listed(northwind, halden) == [
        ("resolved_ticket", date(2026, 11, 3), date(2026, 11, 4), Decimal(1)),
        ("resolved_ticket", date(2026, 11, 25), date(2026, 11, 27), Decimal(2)),
    ]


def test_an_outcome_that_the_plan_does_not_price_is_listed(northwind: Vendor, halden: Customer) -> None:
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting", unit="meeting")
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.send(ticket("m", type="meeting.booked", time="2026-11-05T18:00:00Z"), at="2026-11-05 18:00")
    assert listed(northwind, halden) == [("meeting", date(2026, 11, 5), date(2026, 11, 6), Decimal(1))]


def test_what_was_voided_is_not_listed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03")
    with scope(northwind.tenant.pk):
        standing = resolve.lock(Outcome.objects.get().pk)
        resolve.void(standing, by="tests", reason="Reopened", at=instant("2026-11-04 12:00"))
    assert listed(northwind, halden) == []


def test_what_was_billed_by_hand_is_left_out(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05", "2026-11-06")
    period = {"start": "2026-11-03", "end": "2026-11-06"}
    line = {"kind": "one_off", "outcome": "resolved_ticket", "quantity": "2", "period": period}
    with scope(northwind.tenant.pk):
        Invoice.objects.create(
            customer=halden,
            purpose=Invoice.Purpose.HAND,
            status=Invoice.Status.DRAFT,
            currency="USD",
            period_start=Period(date(2026, 11, 3), date(2026, 11, 6)).start,
            period_end=date(2026, 11, 6),
            document={"lines": [line]},
        )
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 3), date(2026, 11, 7), Decimal(1))]
