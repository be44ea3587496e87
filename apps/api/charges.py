"""One-off charges that wait for a subscription's next invoice."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.views import ApiView, answer
from apps.common.money import amount_text
from apps.common.reading import Fields
from apps.invoices.charges import add_charge, remove_charge
from apps.invoices.models import Charge
from apps.plans.categories import read_category
from apps.plans.models import Subscription


class Charges(ApiView):
    """`/subscriptions/{id}/charges`"""

    @described(
        "list_charges",
        "List its one-off charges, those that are billed too",
        answer=examples.charge.page(),
        parameters=query(),
    )
    def get(self, request: Any, id: UUID) -> HttpResponse:
        one = Subscription.objects.get(pk=id)
        return answer(page(Query(request), Charge.objects.filter(subscription=one).select_related("customer"), shape))

    @described(
        "add_charge",
        "Put a one-off charge on its next invoice",
        body=examples.new_charge,
        answer=examples.charge,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        one = Subscription.objects.select_related("customer").get(pk=id)
        fields = Fields(self.body())
        fields.currency = one.customer.currency
        description, noted = fields.text("description", 200), len(fields.problems)
        amount, category = fields.money("amount"), read_category(fields)
        if not amount and len(fields.problems) == noted:
            fields.fail("amount", "not_positive", "must be more than zero")
        fields.raise_if_any()
        made = add_charge(one, description=description, amount=amount, tax_category=category, at=self.call.at)
        return answer(shape(made), 201)


class RemoveCharge(ApiView):
    """`/subscriptions/{id}/charges/{charge}/remove`"""

    @described("remove_charge", "Take back a charge that still waits", answer=examples.charge)
    def post(self, request: Any, id: UUID, charge: UUID) -> HttpResponse:
        one = Charge.objects.select_related("customer").get(subscription=id, pk=charge)
        Fields(self.body(optional=True)).raise_if_any()
        removed = shape(one)
        remove_charge(one)
        return answer(removed)


def shape(one: Charge) -> dict[str, Any]:
    """A charge; `invoice` is null while it waits."""
    return {
        "id": one.pk,
        "description": one.description,
        "amount": amount_text(one.amount, one.customer.currency),
        "currency": one.customer.currency,
        "tax_category": one.tax_category,
        "invoice": one.invoice_id,
        "created_at": one.created_at,
    }
