"""Adding, ending and removing rates: the same tax never holds twice on a day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.taxes.change import EndsBeforeItBegins, RateOverlaps, add_rate, end_rate, remove_rate
from apps.taxes.models import TaxRate
from apps.tenants.scope import scope
from tests.cast import Vendor

NEW_YEAR, JULY, NEXT_YEAR = date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1)


def add(vendor: Vendor, **changes: Any) -> TaxRate:
    fields = {"name": "VAT", "percent": Decimal(19), "country": "DE", "valid_from": NEW_YEAR}
    with scope(vendor.tenant.pk):
        return add_rate(**fields | changes)


def test_a_rate_may_follow_on_the_day_that_the_one_before_ends(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        first = add_rate(name="VAT", percent=Decimal(19), country="DE", valid_from=NEW_YEAR)
        end_rate(first, on=JULY)
        add_rate(name="VAT", percent=Decimal(16), country="DE", valid_from=JULY, valid_until=NEXT_YEAR)
        assert TaxRate.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": JULY},
        {"valid_from": date(2025, 1, 1)},
        {"valid_from": date(2025, 1, 1), "valid_until": date(2026, 1, 2)},
        {"name": "vat"},
    ],
)
def test_the_same_tax_twice_on_a_day_is_refused_and_says_which_is_there(
    northwind: Vendor, changes: dict[str, Any]
) -> None:
    add(northwind)
    with pytest.raises(RateOverlaps, match="VAT of 19% holds from 2026-01-01 on already; end that one first"):
        add(northwind, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Levy"},
        {"country": "AT"},
        {"region": "Helgoland"},
        {"category": "books"},
        {"valid_from": date(2025, 1, 1), "valid_until": NEW_YEAR},
    ],
)
def test_another_tax_may_hold_beside_it(northwind: Vendor, changes: dict[str, Any]) -> None:
    add(northwind)
    assert add(northwind, **changes).pk


def test_a_region_is_the_same_however_it_is_written(northwind: Vendor) -> None:
    add(northwind, country="CA", name="QST", region="Québec")
    with pytest.raises(RateOverlaps):
        add(northwind, country="CA", name="QST", region="quebec")


def test_a_rate_ends_after_it_begins(northwind: Vendor) -> None:
    rate = add(northwind)
    with scope(northwind.tenant.pk), pytest.raises(EndsBeforeItBegins):
        end_rate(rate, on=NEW_YEAR)


def test_an_end_can_be_moved_up_to_the_rate_that_follows(northwind: Vendor) -> None:
    rate = add(northwind, valid_until=JULY)
    add(northwind, valid_from=NEXT_YEAR)
    with scope(northwind.tenant.pk):
        end_rate(rate, on=NEXT_YEAR)
        with pytest.raises(RateOverlaps):
            end_rate(rate, on=date(2027, 1, 2))


def test_a_mistake_is_taken_back(northwind: Vendor) -> None:
    rate = add(northwind, percent=Decimal(91))
    with scope(northwind.tenant.pk):
        remove_rate(rate)
    assert add(northwind).percent == 19


def test_rates_are_the_tenants_own(northwind: Vendor, globex: Vendor) -> None:
    add(northwind)
    with scope(globex.tenant.pk):
        assert not TaxRate.objects.exists()
