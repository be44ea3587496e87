"""What tests of money do with Northwind's invoices, and the law of money that holds at every moment."""

from decimal import Decimal
from typing import Any

from apps.invoices.balance import balance_of, covered
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice, Payment
from apps.invoices.paid import parts_of
from apps.invoices.pay import pay, refund
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant

DECEMBER_1 = "2026-12-01 05:00"
"""Midnight in New York, where Halden is."""
NOON = "2026-12-03 12:00"


def bill(vendor: Vendor, at: str = DECEMBER_1) -> Invoice:
    """Close what is due, and return the newest invoice."""
    close_tenant(vendor.tenant.pk, at=instant(at))
    with scope(vendor.tenant.pk):
        newest: Invoice = Invoice.objects.latest("id")
        return newest


def paid(vendor: Vendor, invoice: Invoice, amount: str, **options: Any) -> Payment:
    at = instant(NOON)
    with scope(vendor.tenant.pk):
        return pay(invoice, Decimal(amount), **{"at": at, "by": "ada", "recorded_at": at} | options)


def refunded(vendor: Vendor, payment: Payment, amount: str) -> Payment:
    with scope(vendor.tenant.pk):
        return refund(payment, Decimal(amount), by="ada", at=instant(NOON))


def standing(vendor: Vendor, invoice: Invoice) -> tuple[str, str, str, str, str]:
    """(status, paid, credited, due) of the invoice, and its customer's balance."""
    with scope(vendor.tenant.pk):
        one = Invoice.objects.select_related("customer").get(pk=invoice.pk)
        amounts = (one.paid, one.credited, one.due, balance_of(one.customer))
        told = [f"{amount.normalize():f}" for amount in amounts]
        return (one.status, told[0], told[1], told[2], told[3])


def assert_law(vendor: Vendor, customer: Customer) -> None:
    """All money covers an invoice or is in the balance, nothing is negative, only what is due is unpaid, and the
    rows of each invoice add up to its Paid.
    """
    with scope(vendor.tenant.pk):
        moved = Payment.objects.filter(customer=customer).values_list("kind", "amount")
        money = sum((amount if kind == "payment" else -amount for kind, amount in moved), Decimal(0))
        invoices = list(Invoice.objects.filter(customer=customer).exclude(status="draft"))
        balance = balance_of(customer)
        told = [sum((part.amount for part in parts_of(one)), Decimal(0)) for one in invoices]
    assert told == [one.paid for one in invoices]
    assert balance >= 0
    assert money == sum((covered(one) for one in invoices), Decimal(0)) + balance
    for one in invoices:
        assert one.paid >= 0
        assert 0 <= one.credited <= one.total
        assert one.due == max(Decimal(0), one.total - one.paid - one.credited)
        assert one.status == "void" or (one.status == "paid") == (one.due == 0)
