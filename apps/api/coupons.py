"""Coupons, and the discounts that subscriptions have of them."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples, subscriptions
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.shapes import amount_or_none, known, plain_or_none
from apps.api.views import ApiView, answer
from apps.common.reading import Fields
from apps.invoices.give_coupon import give_coupon
from apps.plans.coupons import archive, create_coupon, read_coupon, times_given
from apps.plans.models import Coupon, Subscription


class Coupons(ApiView):
    """`/coupons`"""

    @described("list_coupons", "List coupons", answer=examples.coupon.page(), parameters=query())
    def get(self, request: Any) -> HttpResponse:
        return answer(page(Query(request), Coupon.objects.all(), shape))

    @described(
        "create_coupon",
        "Create a coupon",
        body=examples.new_coupon,
        answer=examples.coupon,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        return answer(shape(create_coupon(read_coupon(self.body()), at=self.call.at)), 201)


class OneCoupon(ApiView):
    """`/coupons/{code}`"""

    @described("get_coupon", "Read a coupon", answer=examples.coupon)
    def get(self, request: Any, code: str) -> HttpResponse:
        return answer(shape(Coupon.objects.get(code=code)))


class ArchiveCoupon(ApiView):
    """`/coupons/{code}/archive`"""

    @described("archive_coupon", "Give it no more; whoever has it keeps it", answer=examples.coupon)
    def post(self, request: Any, code: str) -> HttpResponse:
        one = Coupon.objects.get(code=code)
        Fields(self.body(optional=True)).raise_if_any()
        archive(one, at=self.call.at)
        return answer(shape(one))


class Discounts(ApiView):
    """`/subscriptions/{id}/discounts`"""

    @described(
        "give_coupon",
        "Give it a coupon, from its running cycle on",
        body=examples.new_discount,
        answer=examples.subscription,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        one = Subscription.objects.get(pk=id)
        fields = Fields(self.body())
        coupon = known(fields, "coupon", Coupon.objects.filter(code=fields.code("coupon")))
        fields.raise_if_any()
        if coupon:
            give_coupon(one, coupon, at=self.call.at)
        return answer(subscriptions.told(id, at=self.call.at), 201)


def shape(one: Coupon) -> dict[str, Any]:
    """A coupon, and how often it was given."""
    return {
        "id": one.pk,
        "code": one.code,
        "name": one.name,
        "percent": plain_or_none(one.percent),
        "amount": amount_or_none(one.amount, one.currency),
        "currency": one.currency or None,
        "cycles": one.cycles,
        "redeem_by": one.redeem_by,
        "most": one.most,
        "given": times_given([one.pk]).get(one.pk, 0),
        "archived_at": one.archived_at,
        "created_at": one.created_at,
    }
