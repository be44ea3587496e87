"""One-off charges by hand: for whom, and until when they can be taken back."""

from decimal import Decimal

import pytest

from apps.invoices.cancel import cancel
from apps.invoices.charges import add_charge, remove_charge
from apps.invoices.close import close_tenant
from apps.invoices.models import Charge, Invoice
from apps.invoices.subscribe import Refused
from apps.plans.models import Subscription
from apps.tenants.scope import scope
from tests.cast import Vendor, instant

NOON = instant("2026-11-18 12:00")


@pytest.fixture
def growth(northwind: Vendor) -> Subscription:
    northwind.definition()
    return northwind.subscribe(northwind.customer(), northwind.plan(), "2026-11-01")


def add(vendor: Vendor, to: Subscription) -> Charge:
    with scope(vendor.tenant.pk):
        return add_charge(to, description="A day of training", amount=Decimal("800.00"), at=NOON)


def test_it_waits_and_can_be_removed_until_it_is_billed(northwind: Vendor, growth: Subscription) -> None:
    charge = add(northwind, growth)
    with scope(northwind.tenant.pk):
        remove_charge(charge)
        assert not Charge.objects.exists()


def test_one_that_is_on_an_invoice_stays(northwind: Vendor, growth: Subscription) -> None:
    charge = add(northwind, growth)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 12:00"))
    with scope(northwind.tenant.pk):
        Charge.objects.update(invoice=Invoice.objects.get())
        with pytest.raises(Refused, match="is on an invoice"):
            remove_charge(charge)


def test_one_that_has_ended_takes_none(northwind: Vendor, growth: Subscription) -> None:
    with scope(northwind.tenant.pk):
        cancel(growth, when="now", at=NOON)
        with pytest.raises(Refused, match="has ended already"):
            add_charge(growth, description="Late", amount=Decimal(1), at=instant("2026-11-20 12:00"))


def test_a_thousand_wait_for_one_invoice_and_no_more(northwind: Vendor, growth: Subscription) -> None:
    own = {"customer_id": growth.customer_id, "subscription": growth, "amount": Decimal(1)}
    with scope(northwind.tenant.pk):
        Charge.objects.bulk_create(Charge(description=f"Day {n}", **own) for n in range(999))
    add(northwind, growth)
    with pytest.raises(Refused, match="1,000 charges wait for the next invoice already"):
        add(northwind, growth)
