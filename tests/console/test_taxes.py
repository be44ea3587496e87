"""Settings, taxes: the list by country, adding, ending, taking back; and the tax details of a customer."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.taxes.models import TaxRate
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of, text_of
from tests.console.test_forms import HALDEN

VAT = {"country": "DE", "name": "VAT", "percent": "19", "valid_from": "2026-01-01"}


@pytest.fixture
def owner(northwind: Vendor) -> Client:
    return client_of(northwind)


def post(client: Client, data: dict[str, Any]) -> Any:
    return client.post(reverse("console:taxes"), data)


def the_rate(vendor: Vendor) -> TaxRate:
    with scope(vendor.tenant.pk):
        return TaxRate.objects.get()


def test_without_rates_the_page_says_what_to_do(owner: Client) -> None:
    assert "No taxes yet" in text_of(owner.get(reverse("console:taxes")))


def test_a_rate_is_added_and_stands_in_the_list(owner: Client) -> None:
    assert post(owner, VAT).status_code == 302
    shown = text_of(owner.get(reverse("console:taxes")))
    assert "Germany<span" in shown
    assert "19%" in shown


def test_an_overlap_is_said_on_the_form(owner: Client) -> None:
    post(owner, VAT)
    response = post(owner, VAT | {"percent": "16"})
    assert response.status_code == 422
    assert "end that one first" in text_of(response)


def test_a_rate_is_ended(owner: Client, northwind: Vendor) -> None:
    post(owner, VAT)
    assert post(owner, {"do": "end", "rate": the_rate(northwind).pk, "on": "2026-07-01"}).status_code == 302
    assert str(the_rate(northwind).valid_until) == "2026-07-01"


@pytest.mark.parametrize(("on", "said"), [("2025-01-01", "must end on a later day"), ("", "Say the day it ends on")])
def test_an_end_that_can_not_be_is_said(owner: Client, northwind: Vendor, on: str, said: str) -> None:
    post(owner, VAT)
    response = post(owner, {"do": "end", "rate": the_rate(northwind).pk, "on": on})
    assert response.status_code == 422
    assert said in text_of(response)


def test_a_mistake_is_removed_once_confirmed(owner: Client, northwind: Vendor) -> None:
    post(owner, VAT)
    remove = {"do": "remove", "rate": the_rate(northwind).pk}
    assert "Remove VAT of 19%?" in text_of(post(owner, remove))
    assert post(owner, remove | {"confirmed": "yes"}).status_code == 302
    with scope(northwind.tenant.pk):
        assert not TaxRate.objects.exists()


def test_a_viewer_sees_rates_and_no_form(owner: Client, northwind: Vendor) -> None:
    post(owner, VAT)
    shown = text_of(client_of(northwind, "viewer").get(reverse("console:taxes")))
    assert "Germany" in shown
    assert "Add a rate" not in shown


def test_a_customer_has_tax_details_and_a_locale(owner: Client, northwind: Vendor) -> None:
    details = {"tax_status": "exempt", "exemption": "Charity", "locale": "de-AT"}
    owner.post(reverse("console:customer_new"), HALDEN | details)
    with scope(northwind.tenant.pk):
        customer = access_customer("halden")
    assert (customer.tax_status, customer.exemption, customer.locale) == ("exempt", "Charity", "de-AT")


def test_a_wrong_tax_id_is_said_at_its_field(owner: Client) -> None:
    response = owner.post(reverse("console:customer_new"), HALDEN | {"country": "DE", "tax_id": "DE123456789"})
    assert "not a tax id of Germany" in response.context["form"].errors["tax_id"][0]


def test_the_organisations_own_tax_id_is_checked(owner: Client) -> None:
    organisation = {"name": "Northwind", "legal_name": "Northwind", "country": "DE", "tax_id": "DE123456789"}
    response = owner.post(reverse("console:settings"), organisation)
    assert "not a tax id of Germany" in response.context["form"].errors["tax_id"][0]


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "By your rates, United States"),
        ({"tax_status": "exempt", "exemption": "Charity"}, "Exempt from tax: Charity"),
        ({"locale": "fr-CH"}, "Français (Suisse)"),
    ],
)
def test_a_customers_page_tells_how_he_is_taxed_and_addressed(
    owner: Client, northwind: Vendor, details: dict[str, str], said: str
) -> None:
    northwind.customer(**details)
    assert said in text_of(owner.get(reverse("console:customer", args=["halden"])))
