"""Ends and changes of a subscription."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import HEADER, described, either
from apps.api.foreseen import PREVIEW, shape, wants_preview
from apps.api.idempotency import idempotent
from apps.api.plans import read_version
from apps.api.shapes import known
from apps.api.subscriptions import told
from apps.api.views import ApiView, answer
from apps.common.reading import Fields, InvalidInput
from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.ending import When
from apps.invoices.foresee import ending, foresee
from apps.plans.models import Plan, Subscription

WHENS: tuple[When, ...] = ("now", "cycle_end")


class CancelSubscription(ApiView):
    """`/subscriptions/{id}/cancel`"""

    @described(
        "cancel_subscription",
        "End it at the coming midnight (now) or with its cycle (cycle_end)",
        body=examples.cancellation,
        answer=either(examples.subscription, examples.foreseen),
        parameters=[PREVIEW],
    )
    def post(self, request: Any, id: UUID) -> HttpResponse:
        preview, one = wants_preview(request), Subscription.objects.get(pk=id)
        fields = Fields(self.body())
        when = fields.choice("when", WHENS)
        fields.finish()
        if fields.problems or when is None:
            raise InvalidInput(fields.problems)
        if preview:
            return answer(shape(foresee(one, ending(when, at=self.call.at), at=self.call.at)))
        cancel(one, when=when, at=self.call.at)
        return answer(told(id, at=self.call.at))


class ChangePlan(ApiView):
    """`/subscriptions/{id}/change-plan`"""

    @described(
        "change_plan",
        "Put the customer on another plan at the coming midnight (now) or with the cycle's end (cycle_end)",
        body=examples.plan_change,
        answer=either(examples.subscription, examples.foreseen),
        parameters=[HEADER, PREVIEW],
    )
    def post(self, request: Any, id: UUID) -> HttpResponse:
        if not wants_preview(request):
            return self._change(request, id=id)
        one = Subscription.objects.get(pk=id)
        return answer(shape(foresee(one, self._asked(), at=self.call.at)))

    @idempotent
    def _change(self, request: Any, id: UUID) -> HttpResponse:
        one = Subscription.objects.get(pk=id)
        return answer(told(self._asked()(one).pk, at=self.call.at))

    def _asked(self) -> Callable[[Subscription], Subscription]:
        """The change that the body asks for."""
        body = self.body()
        fields = Fields(body)
        plan = known(fields, "plan", Plan.objects.filter(code=fields.code("plan")))
        version, when = read_version(fields, plan), fields.choice("when", WHENS)
        overrides = body["overrides"] if fields.given("overrides") else None
        fields.finish()
        if fields.problems or version is None or when is None:
            raise InvalidInput(fields.problems)
        return partial(change_plan, version=version, when=when, overrides=overrides, at=self.call.at)
