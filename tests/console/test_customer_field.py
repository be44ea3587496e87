"""The choice of a customer: a select of some hundred names, a field for the external id beyond."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.console.customer_field import SELECTABLE
from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of, text_of

LINE = {"description": "Set-up", "amount": "250.00"}


@pytest.fixture
def many(northwind: Vendor) -> Client:
    """Northwind has one customer more than a select offers; Halden is among them."""
    northwind.customer("halden")
    for number in range(SELECTABLE):
        northwind.customer(f"c{number}", name=f"Customer {number}")
    return client_of(northwind)


@pytest.mark.parametrize("form", ["invoice_new", "subscription_new"])
def test_some_customers_are_offered_by_name(northwind: Vendor, form: str) -> None:
    northwind.customer("halden")
    northwind.definition()
    northwind.plan()
    answer = client_of(northwind).get(reverse(f"console:{form}"), {"customer": "halden"})
    assert "selected>Halden Outfitters, USD</option>" in answer.content.decode()


@pytest.mark.parametrize("form", ["invoice_new", "subscription_new"])
def test_many_are_named_by_external_id(many: Client, northwind: Vendor, form: str) -> None:
    northwind.definition()
    northwind.plan()
    page = many.get(reverse(f"console:{form}"), {"customer": "halden"}).content.decode()
    assert '<input type="text" name="customer" value="halden"' in page
    assert "Customer 7" not in page


def test_the_one_that_is_named_gets_the_invoice(many: Client, northwind: Vendor) -> None:
    many.post(reverse("console:invoice_new"), LINE | {"customer": "halden"})
    with scope(northwind.tenant.pk):
        assert Invoice.objects.get().customer.external_id == "halden"


def test_one_that_does_not_exist_is_said_at_the_field(many: Client) -> None:
    answer = many.post(reverse("console:invoice_new"), LINE | {"customer": "haldne"})
    assert answer.status_code == 422
    assert "No customer has this external id." in text_of(answer)
