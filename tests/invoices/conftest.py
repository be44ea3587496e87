"""Halden Outfitters of Northwind, billed for November: where money comes after issue."""

import pytest

from apps.invoices.models import Invoice
from apps.tenants.models import Customer
from tests.cast import Vendor
from tests.invoices.money import bill


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    halden = northwind.customer()
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    return halden


@pytest.fixture
def november(northwind: Vendor, halden: Customer) -> Invoice:
    """99.00 USD."""
    return bill(northwind)
