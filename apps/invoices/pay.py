"""Payments and refunds: money that came in for an invoice, and money that went back."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum

from apps.common.money import exact, is_whole
from apps.common.reading import InvalidInput, Problem
from apps.invoices.balance import TAKES_MONEY, ZERO, TooMuch, balance_of, covered, hold, settle
from apps.invoices.models import BalanceEntry, Invoice, Payment
from apps.invoices.subscribe import Refused

AHEAD, BACK = timedelta(days=366), timedelta(days=3660)
"""How far ahead and how far back a payment may be dated; further is a slip of the pen."""
LARGEST = Decimal(10) ** 18


def pay(
    invoice: Invoice,
    amount: Decimal,
    *,
    at: datetime,
    by: str,
    recorded_at: datetime,
    reference: str = "",
) -> Payment:
    """Record money that came in at `at`: the invoice takes what it needs, the rest goes to the customer's balance.

    Raises InvalidInput for an amount that is none or a time too far off, Refused for a draft or a void invoice.
    """
    _check(amount, invoice.currency)
    if at > recorded_at + AHEAD:
        raise InvalidInput([Problem("at", "out_of_range", "can't be more than a year ahead")])
    if at < recorded_at - BACK:
        raise InvalidInput([Problem("at", "out_of_range", "can't be more than ten years ago")])
    held = hold(invoice.pk)
    if held.status not in TAKES_MONEY:
        raise Refused(f"Invoice {held.number} is void and takes no payment.")
    with exact():
        applied = min(amount, held.due)
        held.paid += applied
        rest = amount - applied
    payment: Payment = Payment.objects.create(
        customer=held.customer,
        invoice=held,
        currency=held.currency,
        amount=amount,
        applied=applied,
        reference=reference,
        at=at,
        day=held.customer.today(at),
        recorded_at=recorded_at,
        by=by,
    )
    settle(held)
    _move(payment, BalanceEntry.Kind.OVERPAID, rest, at=recorded_at)
    return payment


def refund(payment: Payment, amount: Decimal, *, by: str, at: datetime, reference: str = "") -> Payment:
    """Give money of a payment back: from the customer's balance first; what goes beyond is due again on the invoice.

    Raises InvalidInput for an amount that is none, Refused for more than is left of the payment, for a refund of a
    refund, and for money that has paid other invoices since.
    """
    _check(amount, payment.currency)
    if payment.kind != Payment.Kind.PAYMENT:
        raise Refused("This is a refund; refund the payment itself.")
    held = hold(payment.invoice_id)
    balance = balance_of(held.customer)
    _refuse_more_than_is_left(payment, amount)
    with exact():
        back = min(balance, amount)
        reopened = amount - back
        cover = covered(held)
        if reopened > cover:
            what = "can go back: the rest has paid other invoices since"
            raise TooMuch(balance + cover, payment.currency, what)
        held.paid = cover - reopened if reopened else max(cover, held.paid - back)
    refunded: Payment = Payment.objects.create(
        kind=Payment.Kind.REFUND,
        refund_of=payment,
        customer=held.customer,
        invoice=held,
        currency=held.currency,
        amount=amount,
        applied=reopened,
        reference=reference,
        at=at,
        day=held.customer.today(at),
        recorded_at=at,
        by=by,
    )
    settle(held)
    _move(refunded, BalanceEntry.Kind.REFUNDED, -back, at=at)
    return refunded


def left_of(payment: Payment) -> Decimal:
    """What of a payment was not refunded yet."""
    given = Payment.objects.filter(refund_of=payment).aggregate(sum=Sum("amount"))["sum"] or ZERO
    with exact():
        return payment.amount - given


def _refuse_more_than_is_left(payment: Payment, amount: Decimal) -> None:
    left = left_of(payment)
    if amount > left:
        raise TooMuch(left, payment.currency, "of this payment is left to refund")


def _check(amount: Decimal, currency: str) -> None:
    if not amount.is_finite() or not ZERO < amount < LARGEST or not is_whole(amount, currency):
        raise InvalidInput([Problem("amount", "invalid", f"must be above 0, in whole minor units of {currency}")])


def _move(payment: Payment, kind: str, amount: Decimal, *, at: datetime) -> None:
    if amount:
        BalanceEntry.objects.create(
            customer_id=payment.customer_id,
            kind=kind,
            currency=payment.currency,
            amount=amount,
            invoice_id=payment.invoice_id,
            payment=payment,
            at=at,
        )
