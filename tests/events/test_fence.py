"""The fence: on which day an entry is booked beside it, that it never moves back, and who it waits for."""

import time
from datetime import date

import pytest
from django.db import connection

from apps.common.periods import zone
from apps.events import fence
from apps.events.judge import Buyer, book
from apps.invoices.balance import lock_customers
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.threads import at_once

DECEMBER = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("settles", "received", "booked"),
    [
        ("2026-12-01 05:00", "2026-12-02 12:00", (date(2026, 12, 1), False)),
        ("2026-12-09 12:00", "2026-12-02 12:00", (date(2026, 12, 9), False)),
        ("2026-12-01 04:59", "2026-12-02 12:00", (date(2026, 12, 2), True)),
        ("2026-12-01 04:59", "2026-12-03 04:59", (date(2026, 12, 2), True)),
        ("2026-11-20 12:00", "2026-11-30 12:00", (date(2026, 12, 1), True)),
    ],
)
def test_what_settles_on_a_closed_day_is_booked_when_it_came_or_on_the_first_open_day(
    northwind: Vendor, settles: str, received: str, booked: tuple[date, bool]
) -> None:
    """Days are those of New York; November is closed."""
    buyer = Buyer(northwind.tenant.pk, zone("America/New_York"), DECEMBER)
    assert book(instant(settles), buyer, received_at=instant(received)) == booked


def test_the_fence_never_moves_back(northwind: Vendor) -> None:
    halden = northwind.customer()
    for day in (DECEMBER, date(2026, 11, 1)):
        with scope(northwind.tenant.pk):
            fence.lock_for_closing(northwind.tenant.pk)
            fence.move({halden.pk: day})
    with scope(northwind.tenant.pk):
        assert Customer.objects.get().closed_through == DECEMBER


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
