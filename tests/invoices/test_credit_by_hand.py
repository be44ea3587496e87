"""Credits that a member writes: what is left of an invoice bounds them, and is said as its customer reads money."""

from decimal import Decimal

import pytest

from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.invoices.money import NOON, bill


def refusal(vendor: Vendor, invoice: Invoice, amount: str) -> str:
    with scope(vendor.tenant.pk), pytest.raises(Refused) as refused:
        credit_by_hand(invoice, [HandLine("Outage", Decimal(amount))], at=instant(NOON))
    return str(refused.value)


def test_no_more_than_the_invoice_is_credited(northwind: Vendor, november: Invoice) -> None:
    assert refusal(northwind, november, "99.01") == "Only 99.00 USD of invoice CF-2026-0001 is left to credit."


def test_what_is_left_of_much_is_written_in_thousands(northwind: Vendor) -> None:
    dear = northwind.plan(prices=[], base_fee={"amount": "1250.50", "timing": "arrears"})
    northwind.subscribe(northwind.customer(), dear, "2026-11-01")
    invoice = bill(northwind)
    assert refusal(northwind, invoice, "2000.00") == "Only 1,250.50 USD of invoice CF-2026-0001 is left to credit."


def test_of_an_invoice_without_lines_nothing_is_left_to_credit(northwind: Vendor) -> None:
    """The first month is free and no outcome has a price, so the invoice of the trial has no line at all."""
    trial = northwind.plan(prices=[], trial_days=30)
    northwind.subscribe(northwind.customer(), trial, "2026-11-01")
    invoice = bill(northwind)
    assert invoice.document["lines"] == []
    assert refusal(northwind, invoice, "1.00") == "Nothing of invoice CF-2026-0001 is left to credit."


def test_an_invoice_that_is_credited_whole_is_credited_no_more(
    northwind: Vendor, halden: Customer, november: Invoice
) -> None:
    with scope(northwind.tenant.pk):
        credit_by_hand(november, [HandLine("Outage", Decimal("99.00"))], at=instant(NOON))
    assert refusal(northwind, november, "1.00") == "Nothing of invoice CF-2026-0001 is left to credit."
