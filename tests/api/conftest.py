"""Fixtures for tests of the API."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.api.client import Api
from tests.cast import Vendor, new_vendor


def first_of_month(months_ago: int = 0) -> date:
    """The first day of this month in UTC, or of an earlier one."""
    day = datetime.now(UTC).date().replace(day=1)
    for _ in range(months_ago):
        day = (day - timedelta(days=1)).replace(day=1)
    return day


@pytest.fixture
def in_any_year(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events of 2026 are taken in for good; by the clock, which the API reads, they would be too old in a year."""
    monkeypatch.setattr("apps.events.message.BACK", datetime.now(UTC) - datetime(2025, 12, 1, tzinfo=UTC))


@pytest.fixture
def api(northwind: Vendor) -> Api:
    """The API as Northwind's program calls it; nothing is set up yet."""
    return Api(northwind.api_key, northwind)


@pytest.fixture
def shop(northwind: Vendor) -> Api:
    """Northwind's API. Since this month Halden pays 99.00 a month, and 0.99 for each ticket but the first 100."""
    halden = northwind.customer(time_zone="UTC")
    northwind.definition()
    northwind.subscribe(halden, northwind.plan(), first_of_month().isoformat())
    return Api(northwind.api_key, northwind)


@pytest.fixture
def old_shop(northwind: Vendor) -> Api:
    """As `shop`, but since the month before, whose cycle is due."""
    halden = northwind.customer(time_zone="UTC")
    northwind.definition()
    northwind.subscribe(halden, northwind.plan(), first_of_month(1).isoformat())
    return Api(northwind.api_key, northwind)


@pytest.fixture
def rival(globex: Vendor) -> Api:
    """The API as Globex calls it, who must never see anything of Northwind."""
    return Api(globex.api_key, globex)


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: Any) -> Api:
    """One shop for all tests of a file: Halden's tickets count. Each test sends ids of its own, or what is refused."""
    with django_db_blocker.unblock():
        vendor = new_vendor()
        vendor.customer(time_zone="UTC")
        vendor.definition()
    return Api(vendor.api_key, vendor)
