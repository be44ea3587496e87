"""The fence moves beside those who move money: both lock customers by id."""

import time
from datetime import date

from django.db import connection

from apps.events import fence
from apps.invoices.balance import lock_customers
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.threads import at_once

DECEMBER = date(2026, 12, 1)


def wait_until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


def read_in_order_of_the_table() -> None:
    """A plan that the database may choose for any table, and here must: rows come as they lie, not by id."""
    with connection.cursor() as cursor:
        for plan in ("indexscan", "indexonlyscan", "bitmapscan", "mergejoin", "nestloop"):
            cursor.execute(f"SET LOCAL enable_{plan} = off")


def test_the_fence_and_a_payer_of_the_same_customers_never_wait_for_each_other(northwind: Vendor) -> None:
    first, last = sorted((northwind.customer(name) for name in ("halden", "kestrel")), key=lambda one: one.pk)
    with scope(northwind.tenant.pk):
        Customer.objects.filter(pk=first.pk).update(name="Changed, and so the later row of the two")

    def pay() -> None:
        with scope(northwind.tenant.pk):
            lock_customers([first.pk])
            wait_until_somebody_waits()
            lock_customers([first.pk, last.pk])

    def close() -> None:
        time.sleep(0.3)
        with scope(northwind.tenant.pk):
            fence.lock_for_closing(northwind.tenant.pk)
            read_in_order_of_the_table()
            fence.move({last.pk: DECEMBER, first.pk: DECEMBER})

    at_once(pay, close)
    with scope(northwind.tenant.pk):
        assert set(Customer.objects.values_list("closed_through", flat=True)) == {DECEMBER}
