"""Who is on which plan, from when and until when."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.plans import read_version
from apps.api.shapes import days, known
from apps.api.views import ApiView, answer
from apps.common.reading import Fields, InvalidInput
from apps.invoices.give_coupon import give_coupon
from apps.invoices.subscribe import FURTHEST, subscribe
from apps.plans.models import Billing, Coupon, Plan, Subscription
from apps.tenants.models import Customer


class Subscriptions(ApiView):
    """`/subscriptions`"""

    @described(
        "list_subscriptions",
        "List subscriptions",
        answer=examples.subscription.page(),
        parameters=query(customer="External id", plan="Code of the plan"),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = fetched(Subscription.objects.all())
        if customer := asked.text_or_none("customer", 128):
            rows = rows.filter(customer__external_id=customer)
        if plan := asked.text_or_none("plan", 128):
            rows = rows.filter(plan_version__plan__code=plan)
        return answer(page(asked, rows, lambda one: shape(one, at=self.call.at)))

    @described(
        "create_subscription",
        "Put a customer on a plan",
        body=examples.new_subscription,
        answer=examples.subscription,
        status=201,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any) -> HttpResponse:
        body = self.body()
        fields = Fields(body)
        customer = known(fields, "customer", Customer.objects.filter(external_id=fields.code("customer")))
        plan = known(fields, "plan", Plan.objects.filter(code=fields.code("plan")))
        version = read_version(fields, plan)
        start = _start(fields, self.call.at.date())
        billing = fields.choice("billing", Billing.values) if fields.given("billing") else Billing.CALENDAR
        overrides = body["overrides"] if fields.given("overrides") else None
        named = fields.code("coupon") if fields.given("coupon") else None
        coupon = known(fields, "coupon", Coupon.objects.filter(code=named)) if named else None
        fields.finish()
        if fields.problems or not (customer and version and billing):
            raise InvalidInput(fields.problems)
        made = subscribe(customer, version, start=start, billing=billing, overrides=overrides)
        if coupon:
            give_coupon(made, coupon, at=self.call.at)
        return answer(told(made.pk, at=self.call.at), 201)


class OneSubscription(ApiView):
    """`/subscriptions/{id}`"""

    @described("get_subscription", "Read a subscription", answer=examples.subscription)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        return answer(told(id, at=self.call.at))


def _start(fields: Fields, today: date) -> date:
    noted, start = len(fields.problems), fields.day("start")
    if len(fields.problems) == noted and abs(start - today) > FURTHEST:
        fields.fail("start", "out_of_range", "must be within ten years of today")
    return start


def fetched(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    related = subscriptions.select_related("customer", "plan_version__plan")
    return related.prefetch_related("cycles", "discounts__coupon")


def told(id: UUID, *, at: datetime) -> dict[str, Any]:
    return shape(fetched(Subscription.objects.all()).get(pk=id), at=at)


def shape(one: Subscription, *, at: datetime) -> dict[str, Any]:
    """A subscription with its running cycle, and its status by the customer's own calendar."""
    today = one.customer.today(at)
    cycle = next((cycle for cycle in one.cycles.all() if cycle.closed_at is None), None)
    ended = one.end is not None and (one.end <= today or one.end == one.start)
    return {
        "id": one.pk,
        "customer": one.customer.external_id,
        "plan": one.plan_version.plan.code,
        "version": one.plan_version.number,
        "billing": one.billing,
        "start": one.start,
        "end": one.end,
        "status": "ended" if ended else "upcoming" if one.start > today else "active",
        "cycle": days(cycle.start, cycle.end) if cycle else None,
        "trial_end": one.trial_end,
        "overrides": one.overrides,
        "replaces": one.replaces_id,
        "discounts": [
            {"coupon": given.coupon.code, "first_cycle": given.first, "cycles": given.cycles}
            for given in sorted(one.discounts.all(), key=lambda given: given.pk)
        ],
        "created_at": one.created_at,
    }
