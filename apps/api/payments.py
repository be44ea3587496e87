"""Payments and refunds of invoices."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, TimedFields, page
from apps.api.views import ApiView, answer
from apps.common.money import amount_text
from apps.common.reading import Fields
from apps.invoices.models import Invoice, Payment
from apps.invoices.pay import pay, refund


class Payments(ApiView):
    """`/invoices/{id}/payments`"""

    @described(
        "list_payments",
        "List what was paid on an invoice, and what was refunded of it",
        answer=examples.payment.page(),
        parameters=query(),
    )
    def get(self, request: Any, id: UUID) -> HttpResponse:
        paid = Payment.objects.filter(invoice=Invoice.objects.get(pk=id)).select_related("invoice")
        return answer(page(Query(request), paid, shape))

    @described(
        "record_payment",
        "Record money that came in; what the invoice doesn't need goes to the customer's balance",
        body=examples.new_payment,
        answer=examples.payment,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        invoice = Invoice.objects.get(pk=id)
        fields = TimedFields(self.body())
        amount = positive(fields, "amount", invoice.currency)
        at = fields.instant("at") or self.call.at
        reference = fields.text("reference", 200, "")
        fields.raise_if_any()
        made = pay(invoice, amount, at=at, reference=reference, by=self.call.by, recorded_at=self.call.at)
        return answer(told(made.pk), 201)


class Refunds(ApiView):
    """`/payments/{id}/refunds`"""

    @described(
        "refund_payment",
        "Give back money of a payment: from the customer's balance, then by what is due on the invoice again",
        body=examples.new_refund,
        answer=examples.refund,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        payment = Payment.objects.get(pk=id)
        fields = Fields(self.body())
        amount = positive(fields, "amount", payment.currency)
        reference = fields.text("reference", 200, "")
        fields.raise_if_any()
        made = refund(payment, amount, by=self.call.by, at=self.call.at, reference=reference)
        return answer(told(made.pk), 201)


def positive(fields: Fields, name: str, currency: str) -> Decimal:
    """A required amount above zero, in whole minor units of the currency."""
    fields.currency = currency
    noted, amount = len(fields.problems), fields.money(name)
    if not amount and len(fields.problems) == noted:
        fields.fail(name, "not_positive", "must be more than zero")
    return amount


def told(id: UUID) -> dict[str, Any]:
    """The payment or refund as it stands now."""
    return shape(Payment.objects.select_related("invoice").get(pk=id))


def shape(one: Payment) -> dict[str, Any]:
    """A payment, or a refund, which names its payment; needs `invoice` fetched with it."""
    rest = "to_balance" if one.kind == Payment.Kind.PAYMENT else "from_balance"
    money = {"amount": one.amount, "applied": one.applied, rest: one.to_balance}
    return {
        "id": one.pk,
        "kind": one.kind,
        "invoice": one.invoice_id,
        "refund_of": one.refund_of_id,
        "currency": one.currency,
        **{name: amount_text(amount, one.currency) for name, amount in money.items()},
        "at": one.at,
        "reference": one.reference,
        "by": one.by,
        "invoice_status": one.invoice.status,
        "due": amount_text(one.invoice.due, one.currency),
    }
