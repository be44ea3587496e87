"""Days that nobody means: a year of one digit, or the last one that calendars know. Each form says so at its field."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import Vendor
from tests.console.desk import client_of, trade

FAR = ["9999-12-31", "0001-01-01"]


def errors(vendor: Vendor, path: str, data: dict[str, Any]) -> Any:
    """What the form says at each field."""
    response = client_of(vendor).post(path, data)
    assert response.status_code == 422
    return response.context["form"].errors


@pytest.mark.parametrize("day", FAR)
def test_of_an_export(northwind: Vendor, day: str) -> None:
    assert {"first", "last"} == set(errors(northwind, "/exports", {"tables": ["invoices"], "first": day, "last": day}))


@pytest.mark.parametrize("day", FAR)
def test_of_a_comparison(northwind: Vendor, day: str) -> None:
    file = SimpleUploadedFile("desk.csv", b"id\na\n")
    form = {"file": file, "type": "ticket.resolved", "first": day, "last": day}
    assert {"first", "last"} == set(errors(northwind, "/events/reconcile", form))


@pytest.mark.parametrize("day", [*FAR, "2900-01-01", "1950-01-01"])
def test_of_the_start_of_a_subscription(northwind: Vendor, day: str) -> None:
    """A start long ago would bill every month since."""
    northwind.definition()
    customer, plan = northwind.customer(), northwind.plan().plan
    form = {"customer": customer.pk, "plan": plan.pk, "start": day, "billing": "calendar"}
    assert {"start"} == set(errors(northwind, "/new-subscription", form))


@pytest.mark.parametrize("day", FAR)
def test_of_a_coupon(northwind: Vendor, day: str) -> None:
    form = {"name": "Spring", "code": "spring", "percent": "20", "currency": "USD", "redeem_by": day}
    assert {"redeem_by"} == set(errors(northwind, "/new-coupon", form))


def test_the_calendar_of_the_browser_has_the_same_bounds(northwind: Vendor) -> None:
    trade(northwind)
    page = client_of(northwind).get("/exports").content.decode()
    assert 'min="1900-01-01"' in page
    assert 'max="2999-12-31"' in page
