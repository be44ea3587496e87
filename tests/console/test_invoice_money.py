"""Payments, refunds, credits and voiding on an invoice's page: each asks first, and says what it did."""

import re
from typing import Any

import pytest
from django.urls import reverse

from apps.events.models import Outcome
from apps.invoices.close import close_tenant
from apps.invoices.models import BalanceEntry, CreditNote, Invoice, Payment
from apps.invoices.void import void_outcome
from apps.tenants.models import Role
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of
from tests.invoices.money import assert_law, standing

EACH = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "1.00"}
YES = {"confirmed": "yes"}


@pytest.fixture
def invoice(northwind: Vendor) -> Invoice:
    """Halden's invoice of September: 99.00, and two tickets at 1.00."""
    customer = northwind.customer()
    northwind.definition()
    northwind.subscribe(customer, northwind.plan(prices=[EACH]), "2026-09-01")
    northwind.send(ticket("1"), ticket("2"), at="2026-09-05 10:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-10-02 00:00"))
    with scope(northwind.tenant.pk):
        found: Invoice = Invoice.objects.select_related("customer").get()
    return found


def send(vendor: Vendor, invoice: Invoice, do: str, role: str = Role.OWNER, **fields: str) -> Any:
    where = reverse("console:invoice_money", args=[invoice.pk])
    return client_of(vendor, role).post(where, {"do": do} | fields, follow=True)


def test_a_payment_is_asked_about_and_then_recorded(northwind: Vendor, invoice: Invoice) -> None:
    asked = send(northwind, invoice, "pay", amount="40.00", reference="Wire 4711")
    assert f"Record this payment of {invoice.number}?" in text_of(asked)
    assert standing(northwind, invoice)[1] == "0"
    page = text_of(send(northwind, invoice, "pay", amount="40.00", reference="Wire 4711", **YES))
    assert "The payment of 40.00 USD is recorded." in page
    assert "Payment, Wire 4711" in page
    assert "61.00" in page


@pytest.mark.parametrize("amount", ["", "0", "forty", "1.001", "-1"])
def test_an_amount_that_is_none_is_said_at_its_field(northwind: Vendor, invoice: Invoice, amount: str) -> None:
    answer = send(northwind, invoice, "pay", amount=amount, **YES)
    assert answer.status_code == 422
    assert 'class="errorlist"' in text_of(answer)


def test_a_day_too_far_off_is_said_at_its_field(northwind: Vendor, invoice: Invoice) -> None:
    answer = send(northwind, invoice, "pay", amount="1.00", at="1999-01-01", **YES)
    assert answer.context["pay_form"].errors["at"] == ["This can't be more than ten years ago."]


def test_a_payment_keeps_the_day_that_was_named(northwind: Vendor, invoice: Invoice) -> None:
    send(northwind, invoice, "pay", amount="1.00", at="2026-10-05", **YES)
    with scope(northwind.tenant.pk):
        assert invoice.customer.today(Payment.objects.get().at).isoformat() == "2026-10-05"


def test_what_is_too_much_is_shown_as_the_customers_balance(northwind: Vendor, invoice: Invoice) -> None:
    send(northwind, invoice, "pay", amount="120.00", **YES)
    page = text_of(client_of(northwind).get(reverse("console:customer", args=["halden"])))
    assert "19.00" in page
    assert "pays what is billed next" in page


def test_the_rows_of_an_overpaid_invoice_add_up_to_paid(northwind: Vendor, invoice: Invoice) -> None:
    page = text_of(send(northwind, invoice, "pay", amount="120.00", at="2026-10-05", **YES))
    rows = re.findall(r'<td> (Payment|To the customer\'s balance) .*?<span class="money">(\S+)', page)
    assert rows == [("Payment", "120.00"), ("To the customer's balance", "\N{MINUS SIGN}19.00")]


def test_a_refund_says_what_is_left(northwind: Vendor, invoice: Invoice) -> None:
    send(northwind, invoice, "pay", amount="120.00", **YES)
    with scope(northwind.tenant.pk):
        payment = str(Payment.objects.get().pk)
    assert "Refund this?" in text_of(send(northwind, invoice, "refund", payment=payment, amount="30.00"))
    assert "is noted as refunded" in text_of(send(northwind, invoice, "refund", payment=payment, amount="30.00", **YES))
    refused = send(northwind, invoice, "refund", payment=payment, amount="91.00", **YES)
    assert refused.context["refund_form"].errors["amount"] == ["Only 90.00 USD of this payment is left to refund."]
    assert "Only 90.00 USD of this payment is left to refund." in text_of(refused)
    assert_law(northwind, invoice.customer)


def test_a_credit_by_hand_is_a_note_with_a_page_and_a_pdf(northwind: Vendor, invoice: Invoice) -> None:
    page = text_of(send(northwind, invoice, "credit", amount="25.00", description="Outage", reason="By phone", **YES))
    with scope(northwind.tenant.pk):
        note = CreditNote.objects.get()
    assert f"{note.number} credits 25.00 USD, tax included." in page
    client = client_of(northwind)
    shown = text_of(client.get(reverse("console:credit_note", args=[note.pk])))
    assert "Outage" in shown
    assert invoice.number in shown
    assert note.number in text_of(client.get(reverse("console:credit_notes"), {"q": note.number}))
    assert client.get(reverse("console:credit_note_pdf", args=[note.pk])).content.startswith(b"%PDF-")


def test_more_than_is_left_is_said_at_the_amount(northwind: Vendor, invoice: Invoice) -> None:
    answer = send(northwind, invoice, "credit", amount="101.01", description="Too much", **YES)
    said = f"Only 101.00 USD of invoice {invoice.number} is left to credit."
    assert (answer.status_code, answer.context["credit_form"].errors["amount"]) == (422, [said])


def test_what_was_taken_back_can_be_credited_at_once(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk):
        void_outcome(Outcome.objects.earliest("id").pk, by="ada", reason="x", at=instant("2026-10-03 12:00"))
    page = text_of(client_of(northwind).get(reverse("console:invoice", args=[invoice.pk])))
    assert "1 outcome of it was taken back and waits for the next credit note." in page
    assert "credits 1.00 USD." in text_of(send(northwind, invoice, "credit_now", **YES))


def test_voiding_asks_and_says_what_comes_of_it(northwind: Vendor, invoice: Invoice) -> None:
    send(northwind, invoice, "pay", amount="1.00", **YES)
    assert f"Void {invoice.number}?" in text_of(send(northwind, invoice, "void", reason="Wrong plan"))
    assert "is void, and all of it is credited" in text_of(send(northwind, invoice, "void", reason="Wrong plan", **YES))
    with scope(northwind.tenant.pk):
        assert (CreditNote.objects.get().note, BalanceEntry.objects.get().amount) == ("Wrong plan", 1)
    assert "takes no payment" in text_of(send(northwind, invoice, "pay", amount="1.00", **YES))


def test_who_may_not_bill_sees_it_and_moves_nothing(northwind: Vendor, invoice: Invoice) -> None:
    assert send(northwind, invoice, "pay", role=Role.VIEWER, amount="1.00", **YES).status_code == 403
    page = text_of(client_of(northwind, Role.VIEWER).get(reverse("console:invoice", args=[invoice.pk])))
    assert ("Payments and credits" in page, "Record a payment" in page) == (True, False)
