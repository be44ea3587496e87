"""A free trial: cycle 0, in which all is counted and nothing charged; the cycles after it are counted from its end."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.invoices.cancel import cancel
from apps.invoices.close import Closed, close_tenant
from apps.invoices.live import live
from apps.invoices.models import Cycle, Invoice
from apps.invoices.worth import worth
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

IN_ADVANCE = {"amount": "99.00", "timing": "advance"}
TRIAL_OVER = "2026-11-15 05:00"
DECEMBER_1 = "2026-12-01 05:00"


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def send_ten(vendor: Vendor, day: int) -> None:
    time = f"2026-11-{day:02}T12:00:00Z"
    vendor.send(*[ticket(f"{day}-{n}", time=time) for n in range(110)], at=time)


def billed(vendor: Vendor, at: str) -> list[list[tuple[Any, ...]]]:
    close_tenant(vendor.tenant.pk, at=instant(at))
    with scope(vendor.tenant.pk):
        return [
            [(line["kind"], line["period"]["start"], line["quantity"], line["amount"]) for line in lines]
            for lines in (one.document["lines"] for one in Invoice.objects.order_by("number"))
        ]


def test_the_trial_is_the_first_cycle(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01")
    assert subscription.trial_end == date(2026, 11, 15)
    with scope(northwind.tenant.pk):
        cycle = Cycle.objects.get()
    assert (cycle.index, cycle.start, cycle.end) == (0, date(2026, 11, 1), date(2026, 11, 15))


def test_its_close_shows_what_was_counted_and_charges_nothing(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01")
    send_ten(northwind, 5)
    assert billed(northwind, TRIAL_OVER) == [[("usage", "2026-11-01", "110", "0.00")]]


def test_after_it_the_rest_of_the_month_is_billed_in_arrears(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01")
    send_ten(northwind, 20)
    assert billed(northwind, DECEMBER_1)[1] == [
        ("base_fee", "2026-11-15", "1", "52.80"),
        ("usage", "2026-11-15", "110", "9.90"),
    ]


def test_an_anniversary_is_counted_from_its_end(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01", "anniversary")
    billed(northwind, TRIAL_OVER)
    with scope(northwind.tenant.pk):
        running = Cycle.objects.get(closed_at=None)
    assert (running.start, running.end) == (date(2026, 11, 15), date(2026, 12, 15))


def test_in_advance_nothing_is_billed_at_the_start_and_the_first_fee_at_its_close(
    northwind: Vendor, halden: Customer
) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14, base_fee=IN_ADVANCE), "2026-11-01")
    assert close_tenant(northwind.tenant.pk, at=instant("2026-11-02 12:00")) == Closed(0, 0, 0)
    assert billed(northwind, TRIAL_OVER) == [
        [("base_fee", "2026-11-15", "1", "52.80"), ("usage", "2026-11-01", "0", "0.00")]
    ]


def test_cancelled_within_it_nothing_is_charged(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(trial_days=14, base_fee=IN_ADVANCE), "2026-11-01")
    send_ten(northwind, 5)
    with scope(northwind.tenant.pk):
        cancel(subscription, when="cycle_end", at=instant("2026-11-06 12:00"))
    assert billed(northwind, DECEMBER_1) == [[("usage", "2026-11-01", "110", "0.00")]]


def test_the_live_amount_and_what_one_adds_are_zero(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01")
    send_ten(northwind, 5)
    with scope(northwind.tenant.pk):
        from apps.events.models import Outcome

        seen = live(halden, at=instant("2026-11-06 12:00"))
        outcome = Outcome.objects.select_related("version__definition").latest("id")
        one = worth(outcome, date(2026, 11, 5), counts=True)
    assert seen.amount == seen.estimate.cycle_end == 0  # type: ignore[union-attr]
    assert one is not None
    assert one.adds == Decimal(0)
