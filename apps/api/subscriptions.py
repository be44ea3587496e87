"""Who is on which plan, from when and until when."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, query
from apps.api.idempotency import idempotent
from apps.api.paging import Query, page
from apps.api.plans import read_version
from apps.api.shapes import days
from apps.api.views import ApiView, answer
from apps.common.reading import Fields, InvalidInput
from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.ending import When
from apps.invoices.subscribe import subscribe
from apps.plans.models import Billing, Plan, Subscription
from apps.tenants.models import Customer

WHENS: tuple[When, ...] = ("now", "cycle_end")
FURTHEST = timedelta(days=3660)
"""A start further away than this, either way, is a slip of the pen."""


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
        customer = _known(fields, "customer", Customer.objects.filter(external_id=fields.code("customer")))
        plan = _known(fields, "plan", Plan.objects.filter(code=fields.code("plan")))
        version = read_version(fields, plan)
        start = _start(fields, self.call.at.date())
        billing = fields.choice("billing", Billing.values) if fields.given("billing") else Billing.CALENDAR
        overrides = body["overrides"] if fields.given("overrides") else None
        fields.finish()
        if fields.problems or not (customer and version and billing):
            raise InvalidInput(fields.problems)
        made = subscribe(customer, version, start=start, billing=billing, overrides=overrides)
        return answer(_told(made.pk, at=self.call.at), 201)


class OneSubscription(ApiView):
    """`/subscriptions/{id}`"""

    @described("get_subscription", "Read a subscription", answer=examples.subscription)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        return answer(_told(id, at=self.call.at))


class CancelSubscription(ApiView):
    """`/subscriptions/{id}/cancel`"""

    @described(
        "cancel_subscription",
        "End it at the coming midnight (now) or with its cycle (cycle_end)",
        body=examples.cancellation,
        answer=examples.subscription,
    )
    def post(self, request: Any, id: UUID) -> HttpResponse:
        one = Subscription.objects.get(pk=id)
        fields = Fields(self.body())
        when = fields.choice("when", WHENS)
        fields.finish()
        if fields.problems or when is None:
            raise InvalidInput(fields.problems)
        cancel(one, when=when, at=self.call.at)
        return answer(_told(id, at=self.call.at))


class ChangePlan(ApiView):
    """`/subscriptions/{id}/change-plan`"""

    @described(
        "change_plan",
        "Put the customer on another plan at the coming midnight (now) or with the cycle's end (cycle_end)",
        body=examples.plan_change,
        answer=examples.subscription,
        parameters=[HEADER],
    )
    @idempotent
    def post(self, request: Any, id: UUID) -> HttpResponse:
        one, body = Subscription.objects.get(pk=id), self.body()
        fields = Fields(body)
        plan = _known(fields, "plan", Plan.objects.filter(code=fields.code("plan")))
        version, when = read_version(fields, plan), fields.choice("when", WHENS)
        overrides = body["overrides"] if fields.given("overrides") else None
        fields.finish()
        if fields.problems or version is None or when is None:
            raise InvalidInput(fields.problems)
        new = change_plan(one, version, when=when, overrides=overrides, at=self.call.at)
        return answer(_told(new.pk, at=self.call.at))


def _start(fields: Fields, today: date) -> date:
    noted, start = len(fields.problems), fields.day("start")
    if len(fields.problems) == noted and abs(start - today) > FURTHEST:
        fields.fail("start", "out_of_range", "must be within ten years of today")
    return start


def _known[Row: (Customer, Plan)](fields: Fields, name: str, rows: QuerySet[Row]) -> Row | None:
    """The row that the field `name` refers to; None, with its problem noted, for another."""
    found = rows.first()
    if found is None and not any(problem.path == name for problem in fields.problems):
        fields.fail(name, "unknown", f"names no {name} of this account")
    return found


def fetched(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    related = subscriptions.select_related("customer", "plan_version__plan")
    return related.prefetch_related("cycles")


def _told(id: UUID, *, at: datetime) -> dict[str, Any]:
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
        "created_at": one.created_at,
    }
