"""What the Paid of an invoice is made of: payments, refunds, and what moved from and to the customer's balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from apps.common.money import exact
from apps.invoices.balance import ZERO, covered
from apps.invoices.models import BalanceEntry, Invoice, Payment


class What(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    FROM_BALANCE = "from_balance"
    TO_BALANCE = "to_balance"


@dataclass(frozen=True)
class Part:
    """One row of it: `amount` is what it adds to Paid, below zero where it takes from it."""

    what: What
    amount: Decimal
    at: datetime
    payment: Payment | None = None
    """The payment or refund, where it is one."""
    credited: bool = False
    """Whether a credit note, and no payment, brought it to the balance."""

    @property
    def shown_on(self) -> date | datetime:
        """The day of a payment or refund, as the books have it; of what the balance moved, its instant."""
        return self.payment.day if self.payment else self.at


def parts_of(invoice: Invoice) -> Sequence[Part]:
    """Rows that add up to `paid`: what the balance paid, then each payment and refund with what of it the balance took
    or gave, then what credits took out of it.
    """
    moved = BalanceEntry.objects.filter(customer=invoice.customer_id, invoice=invoice)
    entries: Sequence[BalanceEntry] = list(moved.order_by("pk"))
    of_payment = {one.payment_id: one for one in entries if one.payment_id}
    parts = [_with_balance(one) for one in entries if one.kind == BalanceEntry.Kind.APPLIED]
    for payment in Payment.objects.filter(invoice=invoice).order_by("pk"):
        parts.append(_moved(payment))
        if payment.pk in of_payment:
            parts.append(_with_balance(of_payment[payment.pk]))
    return [*parts, *_credited(invoice, [one for one in entries if one.kind == BalanceEntry.Kind.CREDIT])]


def _moved(payment: Payment) -> Part:
    if payment.kind == Payment.Kind.REFUND:
        return Part(What.REFUND, payment.amount.copy_negate(), payment.at, payment)
    return Part(What.PAYMENT, payment.amount, payment.at, payment)


def _with_balance(entry: BalanceEntry) -> Part:
    """What came into the balance left the invoice, and the other way round."""
    return Part(What.TO_BALANCE if entry.amount > 0 else What.FROM_BALANCE, entry.amount.copy_negate(), entry.at)


def _credited(invoice: Invoice, entries: Sequence[BalanceEntry]) -> Sequence[Part]:
    """What credits brought to the balance, as far as Paid is less for it: it counts such money until a refund."""
    with exact():
        still = invoice.paid - covered(invoice)
        gone = sum((one.amount for one in entries), ZERO) - still
    return [Part(What.TO_BALANCE, gone.copy_negate(), entries[-1].at, credited=True)] if gone else []
