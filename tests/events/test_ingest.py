"""Once and only once: what the answer to an event says, and what is counted."""

from decimal import Decimal

import pytest

from apps.events import usage
from apps.common.periods import Period
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from datetime import date

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Northwind bills Halden for resolved tickets."""
    northwind.customer()
    northwind.definition()
    return northwind


def counted(vendor: Vendor, customer: str = "halden") -> Decimal:
    from apps.tenants.access import access_customer

    with scope(vendor.tenant.pk):
        return sum((one.quantity for one in usage.totals(access_customer(customer).pk, NOVEMBER)), Decimal(0))


def test_a_new_event_is_accepted_and_counted(shop: Vendor) -> None:
    [result] = shop.send(ticket("1"), at="2026-11-05 10:00")
    assert (result.status, result.billable) == ("accepted", True)
    assert counted(shop) == 1


def test_the_same_event_again_is_a_duplicate_with_the_first_outcome(shop: Vendor) -> None:
    [first] = shop.send(ticket("1"), at="2026-11-05 10:00")
    [again] = shop.send(ticket("1"), at="2026-11-05 10:05")
    assert (again.status, again.outcome) == ("duplicate", first.outcome)
    assert counted(shop) == 1
