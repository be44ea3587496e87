"""Cycles with their subscriptions, customers and plans, read for all of them at once."""

from typing import Any

from apps.invoices.models import Cycle
from apps.invoices.subscribers import ask_subscribers
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.statements import asked


def subscribed(vendor: Vendor) -> None:
    """Halden and Oakline, each on a plan of his own."""
    vendor.definition()
    vendor.subscribe(vendor.customer("halden"), vendor.plan("growth"), "2026-11-01")
    vendor.subscribe(vendor.customer("oakline"), vendor.plan("scale", base_fee=None), "2026-11-01")


def told(cycle: Cycle) -> list[dict[str, Any]]:
    """All that the database knows of them."""
    subscription = cycle.subscription
    rows = [cycle.customer, subscription, subscription.plan_version, subscription.plan_version.plan]
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


def test_each_cycle_gets_its_own_as_django_reads_them(northwind: Vendor) -> None:
    subscribed(northwind)
    with scope(northwind.tenant.pk):
        cycles = list(Cycle.objects.order_by("id"))
        ask_subscribers(cycles)()
        related = Cycle.objects.select_related("customer", "subscription__plan_version__plan").order_by("id")
        assert [told(cycle) for cycle in cycles] == [told(cycle) for cycle in related]
        assert all(cycle.subscription.customer is cycle.customer for cycle in cycles)


def test_it_takes_two_statements_for_any_number_of_cycles(northwind: Vendor) -> None:
    subscribed(northwind)
    with scope(northwind.tenant.pk):
        cycles = list(Cycle.objects.all())
        with asked() as statements:
            ask_subscribers(cycles)()
            assert {cycle.subscription.plan_version.plan.code for cycle in cycles} == {"growth", "scale"}
        assert len(statements) == 2
