"""Fixtures for tests of the API."""

import pytest

from tests.api.client import Api
from tests.cast import Vendor


@pytest.fixture
def api(northwind: Vendor) -> Api:
    """The API as Northwind's program calls it; nothing is set up yet."""
    return Api(northwind.api_key, northwind)


@pytest.fixture
def shop(northwind: Vendor) -> Api:
    """Northwind's API, where Halden is billed 0.99 for each resolved ticket but the first 100, in running months."""
    halden = northwind.customer()
    northwind.definition()
    northwind.subscribe(halden, northwind.plan(), "2026-01-01")
    return Api(northwind.api_key, northwind)


@pytest.fixture
def rival(globex: Vendor) -> Api:
    """The API as Globex calls it, who must never see anything of Northwind."""
    return Api(globex.api_key, globex)
