"""A customer's currency: as long as nothing is billed in it, it may be another."""

from decimal import Decimal
from typing import Any

import pytest

from apps.invoices.buyer import change_buyer
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.drafts import discard_draft, issue_draft
from apps.invoices.models import Invoice
from apps.invoices.pay import pay
from apps.invoices.subscribe import Refused
from apps.plans.one_offs import OneOff
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

AT = instant("2026-11-05 12:00")


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    """In dollars, and on no plan."""
    return northwind.customer()


def training(halden: Customer) -> Invoice:
    return draft_by_hand(halden, [OneOff("Training", Decimal("80.00"))], at=AT)


def test_who_is_billed_nothing_yet_may_change_it(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        change_buyer(halden, currency="JPY")
        assert training(halden).currency == "JPY"


def test_who_has_a_subscription_may_not(northwind: Vendor, halden: Customer) -> None:
    northwind.definition()
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk), pytest.raises(Refused, match="Halden Outfitters has a subscription in USD"):
        change_buyer(halden, currency="JPY")


def test_who_has_an_invoice_may_not_or_his_balance_would_be_of_two_currencies(
    northwind: Vendor, halden: Customer
) -> None:
    """He paid 19.50 dollars too much: they would pay an invoice in yen, and no page could write them in yen."""
    with scope(northwind.tenant.pk):
        invoice = issue_draft(training(halden).pk, at=AT)
        pay(invoice, Decimal("99.50"), at=AT, by="ada", recorded_at=AT)
        with pytest.raises(Refused, match="Halden Outfitters has an invoice in USD"):
            change_buyer(halden, currency="JPY")


@pytest.mark.parametrize("own", [{"value": "120.00"}, {"properties": {"order": {"total": "120.00"}}}])
def test_who_has_outcomes_with_a_value_may_not_or_it_would_count_as_so_many_yen(
    northwind: Vendor, halden: Customer, own: dict[str, Any]
) -> None:
    """An order of 120 dollars was reported; 2.5% of 120 yen is not what was agreed."""
    northwind.definition(value_from="properties.order.total" if "properties" in own else None)
    northwind.send(ticket("t", **own), at="2026-11-04 12:00")
    with scope(northwind.tenant.pk):
        with pytest.raises(Refused, match="Halden Outfitters has outcomes with a value in USD"):
            change_buyer(halden, currency="JPY")
        change_buyer(halden, name="Halden & Sons", currency="USD")


@pytest.mark.parametrize("own", [{}, {"value": "0"}, {"customer": "kestrel", "value": "120.00"}])
def test_what_counts_without_a_value_of_his_binds_nobody(
    northwind: Vendor, halden: Customer, own: dict[str, Any]
) -> None:
    northwind.definition()
    northwind.customer("kestrel")
    northwind.send(ticket("t") | own, at="2026-11-04 12:00")
    with scope(northwind.tenant.pk):
        change_buyer(halden, currency="JPY")
        assert Customer.objects.get(pk=halden.pk).currency == "JPY"


def test_a_draft_binds_him_until_it_is_thrown_away(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        draft = training(halden)
        with pytest.raises(Refused, match="has an invoice"):
            change_buyer(halden, currency="JPY")
        discard_draft(draft.pk)
        change_buyer(halden, currency="JPY")
        assert Customer.objects.get().currency == "JPY"
