"""What the overview sums is what each customer's own page says: amount, estimate and range."""

from datetime import datetime
from decimal import Decimal

import pytest

from apps.console.revenue import amounts, by_currency, running, running_cycles
from apps.invoices.live import Live, live
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOON = instant("2026-11-18 12:00")
BY_CHANNEL = {
    "outcome": "resolved_ticket",
    "model": "matrix",
    "included": "3",
    "amounts": {"email": "0.333", "voice": "1.99"},
    "default_amount": "0.5",
}
OF_VALUE = {"outcome": "sale", "model": "percentage", "percent": "2.9", "fixed_amount": "0.30", "included": "2"}


@pytest.fixture
def vendor(northwind: Vendor) -> Vendor:
    """Halden pays by the year, since spring; Kestrel had one ticket long ago, and more of late; Sakura had nothing."""
    northwind.definition(dimension="properties.channel")
    northwind.definition("sale", trigger="sale.made", value_from="properties.price")
    monthly = northwind.plan(prices=[BY_CHANNEL, OF_VALUE])
    yearly = northwind.plan("yearly", interval="year", base_fee={"amount": "990.00", "timing": "arrears"})
    for name, plan, start in (
        ("halden", yearly, "2026-04-01"),
        ("kestrel", monthly, "2026-11-01"),
        ("sakura", monthly, "2026-11-01"),
    ):
        northwind.subscribe(northwind.customer(name), plan, start)
    for day in ("04-02", "10-28", "11-02", "11-09", "11-16"):
        northwind.send(*(ticket(f"h-{day}-{n}") for n in range(60)), at=f"2026-{day} 15:00")
    northwind.send(ticket("k", "kestrel", properties={"channel": "email"}), at="2026-10-09 15:00")
    for day in range(7, 18):
        trade(northwind, day)
    return northwind


def trade(vendor: Vendor, day: int) -> None:
    """Kestrel's day: some tickets by mail and voice, more on some days than on others, and two sales."""
    tickets = [
        ticket(f"{day}-{n}", "kestrel", properties={"channel": "voice" if n % 3 else "email"}) for n in range(day % 4)
    ]
    sales = [ticket(f"s-{day}-{n}", "kestrel", type="sale.made", properties={"price": f"{day}.{n}7"}) for n in range(2)]
    vendor.send(*tickets, *sales, at=f"2026-11-{day:02} 15:00")


def pages(vendor: Vendor, at: datetime) -> dict[str, Live]:
    """Each customer's own page."""
    with scope(vendor.tenant.pk):
        return {one.external_id: live(one, at=at) for one in Customer.objects.all()}


@pytest.mark.parametrize("name", ["halden", "kestrel", "sakura"])
def test_a_customers_part_of_the_overview_is_what_his_own_page_says(vendor: Vendor, name: str) -> None:
    own = pages(vendor, NOON)[name]
    with scope(vendor.tenant.pk):
        rated = {one.cycle.customer.external_id: one for one in running(running_cycles(at=NOON), at=NOON)}
    assert (rated[name].amount, rated[name].estimate) == (own.amount, own.estimate)


def test_the_overview_sums_them(vendor: Vendor) -> None:
    own = pages(vendor, NOON).values()
    with scope(vendor.tenant.pk):
        [revenue] = by_currency(running(running_cycles(at=NOON), at=NOON))
    assert revenue.customers == len(own)
    assert revenue.amount == sum(one.amount or Decimal(0) for one in own)
    assert revenue.cycle_end == sum(one.estimate.cycle_end for one in own if one.estimate)


def test_the_list_of_customers_has_the_same_amounts(vendor: Vendor) -> None:
    own = pages(vendor, NOON)
    with scope(vendor.tenant.pk):
        ids = dict(Customer.objects.values_list("external_id", "pk"))
        assert amounts(ids.values(), at=NOON) == {ids[name]: one.amount for name, one in own.items()}
