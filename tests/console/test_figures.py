"""The overview of a vendor with very many customers is worked out once a minute, and says of when it is."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.common import clock
from apps.console import figures
from apps.invoices.models import Cycle
from apps.plans.models import Subscription
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of
from tests.console.test_live import polled
from tests.statements import about, asked


def grow(vendor: Vendor, count: int) -> None:
    """So many customers on a plan of 1.00 for each ticket since 1 November; the first of them is Halden."""
    vendor.definition()
    price = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "1.00"}
    halden = vendor.customer()
    one = vendor.subscribe(halden, vendor.plan(base_fee=None, prices=[price]), "2026-11-01")
    with scope(vendor.tenant.pk):
        cycle = Cycle.objects.get()
        customers = [like(halden, external_id=f"c{number}") for number in range(1, count)]
        subscriptions = [like(one, customer=customer) for customer in customers]
        cycles = [like(cycle, subscription=other, customer=other.customer) for other in subscriptions]
        Customer.objects.bulk_create(customers)
        Subscription.objects.bulk_create(subscriptions)
        Cycle.objects.bulk_create(cycles)


def like(row: Any, **fields: Any) -> Any:
    """A new row that differs from this one in these fields."""
    same = [one for one in row._meta.concrete_fields if not one.primary_key and one.name not in fields]
    return type(row)(**{one.attname: getattr(row, one.attname) for one in same} | fields)


@pytest.fixture
def huge(northwind: Vendor) -> Vendor:
    """One customer more than those whose figures follow every event."""
    grow(northwind, figures.MANY + 1)
    return northwind


def amount(vendor: Vendor, at: str) -> Decimal:
    """What all cycles cost so far, as the overview says at this instant."""
    with scope(vendor.tenant.pk):
        [revenue] = figures.figures(at=instant(at)).revenue
    return revenue.amount


def seen(vendor: Vendor, at: str) -> str:
    with scope(vendor.tenant.pk):
        return figures.mark(at=instant(at))


def test_figures_of_many_cycles_are_kept_for_their_minute(huge: Vendor) -> None:
    huge.send(ticket("1"), at="2026-11-18 11:00")
    assert amount(huge, "2026-11-18 12:00:05") == 1
    huge.send(ticket("2"), at="2026-11-18 12:00:10")
    assert amount(huge, "2026-11-18 12:00:59") == 1
    assert amount(huge, "2026-11-18 12:01:00") == 2


def test_within_the_minute_no_usage_is_read_and_none_by_its_polls(huge: Vendor) -> None:
    amount(huge, "2026-11-18 12:00:05")
    with asked() as statements:
        amount(huge, "2026-11-18 12:00:59")
        seen(huge, "2026-11-18 12:00:59")
    assert about(statements, "events_usage") == []


def test_a_poll_of_many_cycles_sees_a_change_once_a_minute(huge: Vendor) -> None:
    before = seen(huge, "2026-11-18 12:00:05")
    huge.send(ticket("1"), at="2026-11-18 12:00:10")
    assert seen(huge, "2026-11-18 12:00:59") == before
    assert seen(huge, "2026-11-18 12:01:00") != before


def test_a_vendor_with_one_customer_less_is_followed_at_once(northwind: Vendor) -> None:
    grow(northwind, figures.MANY)
    before = seen(northwind, "2026-11-18 12:00:05")
    assert amount(northwind, "2026-11-18 12:00:05") == 0
    northwind.send(ticket("1"), at="2026-11-18 12:00:10")
    assert amount(northwind, "2026-11-18 12:00:10") == 1
    assert seen(northwind, "2026-11-18 12:00:10") != before


def test_who_comes_while_they_are_made_waits_for_them_and_makes_none(huge: Vendor) -> None:
    def ask() -> figures.Figures:
        try:
            with scope(huge.tenant.pk):
                return figures.figures(at=instant("2026-11-18 12:00:05"))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = (threads.submit(ask) for _ in range(2))
    assert first.result() is second.result()


def test_the_page_says_of_when_they_are(huge: Vendor) -> None:
    huge.send(ticket("1"), at=clock.now().isoformat())
    client = client_of(huge)
    page = client.get("/").content.decode()
    assert "With so many customers these figures are worked out once a minute." in page
    assert "As of" in text_of(client.get(polled(page, "figures").partition("&seen")[0]))


def test_very_many_customers_are_counted_as_a_person_would_write_it(northwind: Vendor) -> None:
    grow(northwind, 1_001)
    northwind.send(ticket("1"), at=clock.now().isoformat())
    assert "These cycles so far, 1,001 customers" in text_of(client_of(northwind).get("/"))


def test_a_page_of_few_customers_says_nothing_of_it(northwind: Vendor) -> None:
    grow(northwind, 2)
    northwind.send(ticket("1"), at=clock.now().isoformat())
    assert "As of" not in text_of(client_of(northwind).get("/"))
