"""Northwind skips invoices with nothing to bill: such a cycle closes without one. Whatever counted has its invoice."""

from datetime import date
from decimal import Decimal

import pytest

from apps.invoices.close import Closed, close_tenant
from apps.invoices.models import Invoice
from apps.invoices.void import void_outcome
from apps.plans.coupons import CouponTerms, create_coupon, redeem
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket

DECEMBER_1 = "2026-12-01 05:00"
NOON = "2026-11-18 12:00"


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    with scope(northwind.tenant.pk):
        Profile.objects.update(skip_empty_invoices=True)
    return northwind.customer()


def close(vendor: Vendor) -> Closed:
    return close_tenant(vendor.tenant.pk, at=instant(DECEMBER_1))


def invoices(vendor: Vendor) -> list[Invoice]:
    with scope(vendor.tenant.pk):
        return list(Invoice.objects.order_by("number"))


def test_a_cycle_with_nothing_to_bill_takes_no_number(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-10-01")
    northwind.send(ticket("t", time="2026-11-18T12:00:00Z"), at=NOON)
    assert close(northwind) == Closed(2, 1, 0)
    assert [(one.number, one.period_start) for one in invoices(northwind)] == [("CF-2026-0001", date(2026, 11, 1))]
    assert close(northwind) == Closed(0, 0, 0)


def test_what_counts_and_costs_nothing_is_shown_on_an_invoice_that_is_paid(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    northwind.send(ticket("t", time="2026-11-18T12:00:00Z"), at=NOON)
    close(northwind)
    assert (invoices(northwind)[0].total, invoices(northwind)[0].status) == (0, "paid")


def test_what_was_taken_back_is_shown_on_an_invoice(northwind: Vendor, halden: Customer) -> None:
    """The customer was told of it, and looks for it."""
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    [sent] = northwind.send(ticket("t", time="2026-11-18T12:00:00Z"), at=NOON)
    with scope(northwind.tenant.pk):
        void_outcome(sent.outcome, by="ada", reason="wrong", at=instant("2026-11-19 12:00"))
    assert close(northwind) == Closed(1, 1, 0)


def test_what_another_plan_prices_makes_no_invoice_of_this_one(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan("other", base_fee=None, prices=[]), "2026-11-01")
    northwind.send(ticket("t", time="2026-11-18T12:00:00Z"), at=NOON)
    assert close(northwind) == Closed(1, 0, 0)


def test_a_fee_that_a_coupon_takes_off_is_shown(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        every = {"code": "free", "name": "Free", "percent": Decimal(100), "amount": None, "currency": ""}
        coupon = create_coupon(CouponTerms(**every, cycles=None, redeem_by=None, most=None), at=instant(DECEMBER_1))
        redeem(subscription, coupon, first=0, today=date(2026, 11, 1), at=instant("2026-11-01 12:00"))
    assert close(northwind) == Closed(1, 1, 0)


def test_a_fee_in_advance_of_zero_makes_no_invoice_at_the_start(northwind: Vendor, halden: Customer) -> None:
    fee = {"amount": "0", "timing": "advance"}
    northwind.subscribe(halden, northwind.plan(base_fee=fee), "2026-11-01")
    assert close(northwind) == Closed(1, 0, 0)


def test_of_a_trial_in_which_nothing_counted_there_is_none(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(trial_days=14), "2026-11-01")
    assert close(northwind) == Closed(2, 1, 0)
    assert [one.period_start for one in invoices(northwind)] == [date(2026, 11, 15)]


def test_in_review_nothing_to_bill_makes_no_draft(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    assert close(northwind) == Closed(1, 0, 0)


def test_another_vendor_still_has_his_of_nothing(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    lumen = new_vendor("Lumen Voice AI")
    lumen.definition()
    lumen.subscribe(lumen.customer(), lumen.plan(base_fee=None), "2026-11-01")
    assert (close(northwind), close(lumen)) == (Closed(1, 0, 0), Closed(1, 1, 0))
