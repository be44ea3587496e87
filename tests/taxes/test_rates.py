"""Which rates hold: by country, region, category and day."""

from datetime import date
from decimal import Decimal

import pytest

from apps.taxes.models import TaxRate
from apps.taxes.rates import Rates

NEW_YEAR = date(2026, 1, 1)
JULY = date(2026, 7, 1)


def rate(name: str, percent: str, country: str, **changes: object) -> TaxRate:
    fields = {"valid_from": NEW_YEAR, "tenant_id": None} | changes
    return TaxRate(name=name, percent=Decimal(percent), country=country, **fields)


RATES = Rates(
    [
        rate("VAT", "19", "DE", valid_until=JULY),
        rate("VAT", "16", "DE", valid_from=JULY),
        rate("VAT", "7", "DE", category="books"),
        rate("QST", "9.975", "CA", region="Québec"),
        rate("GST", "5", "CA"),
        rate("HST", "13", "CA", region="Ontario", category="books"),
    ]
)


def names(day: date, country: str, region: str | None = None, category: str = "standard") -> list[str]:
    found = RATES.on(day, country=country, region=region, category=category)
    return [f"{one.name} {one.percent}" for one in found]


def test_a_rate_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    assert names(date(2026, 6, 30), "DE") == ["VAT 19"]
    assert names(JULY, "DE") == ["VAT 16"]
    assert names(date(2025, 12, 31), "DE") == []


def test_a_region_adds_its_own_to_those_of_the_country() -> None:
    assert names(JULY, "CA", "Quebec") == ["GST 5", "QST 9.975"]
    assert names(JULY, "CA", "Manitoba") == ["GST 5"]
    assert names(JULY, "CA") == ["GST 5"]


@pytest.mark.parametrize("written", ["québec", "QUEBEC", " Québec "])
def test_a_region_is_known_however_it_is_written(written: str) -> None:
    assert names(JULY, "CA", written) == ["GST 5", "QST 9.975"]


def test_a_category_has_its_own_rates_and_without_any_the_standard_ones() -> None:
    assert names(JULY, "DE", category="books") == ["VAT 7"]
    assert names(JULY, "DE", category="software") == ["VAT 16"]
    assert names(JULY, "CA", "Ontario", "books") == ["HST 13"]
    assert names(JULY, "CA", "Quebec", "books") == ["GST 5", "QST 9.975"]


def test_a_country_without_rates_is_not_taxed() -> None:
    assert names(JULY, "FR") == []
