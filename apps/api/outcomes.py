"""Outcomes, the entries of the ledger: in which state each is, confirming one and taking one back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import described, query
from apps.api.paging import Query, page
from apps.api.shapes import plain_or_none
from apps.api.views import ApiView, answer
from apps.common.reading import Fields
from apps.events import resolve
from apps.events.models import Outcome, Resolution
from apps.events.state import State
from apps.invoices.find import in_state, with_all
from apps.invoices.void import void_outcome


class Outcomes(ApiView):
    """`/outcomes`"""

    @described(
        "list_outcomes",
        "List outcomes",
        answer=examples.outcome.page(),
        parameters=query(
            customer="External id",
            definition="Code of the definition",
            state=", ".join(State),
            from_="Happened at or after: RFC 3339, or a day",
            to="Happened before: RFC 3339, or a day",
        ),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        customer, state = asked.text_or_none("customer", 128), asked.choice_or_none("state", list(State))
        rows = told(_asked_of(customer, state), at=self.call.at)
        if definition := asked.text_or_none("definition", 128):
            rows = rows.filter(version__definition__code=definition)
        if state:
            rows = in_state(rows, state, at=self.call.at)
        if start := asked.instant("from"):
            rows = rows.filter(occurred_at__gte=start)
        if end := asked.instant("to"):
            rows = rows.filter(occurred_at__lt=end)
        return answer(page(asked, rows, shape))


def _asked_of(customer: str | None, state: State | None) -> QuerySet[Outcome]:
    """All outcomes, or a customer's; with a state to look for joined to no events, see `with_all`."""
    if not customer:
        return Outcome.objects.all()
    return Outcome.objects.filter(customer__external_id=customer) if state else Outcome.objects.of_customer(customer)


class OneOutcome(ApiView):
    """`/outcomes/{id}`"""

    @described("get_outcome", "Read an outcome", answer=examples.outcome)
    def get(self, request: Any, id: UUID) -> HttpResponse:
        return answer(shape(told(Outcome.objects.all(), at=self.call.at).get(pk=id)))


class VoidOutcome(ApiView):
    """`/outcomes/{id}/void`"""

    @described("void_outcome", "Take an outcome back", body=examples.void, answer=examples.outcome)
    def post(self, request: Any, id: UUID) -> HttpResponse:
        fields = Fields(self.body())
        reason = fields.text("reason", 500)
        fields.raise_if_any()
        void_outcome(id, by=self.call.by, reason=reason, at=self.call.at)
        return answer(shape(told(Outcome.objects.all(), at=self.call.at).get(pk=id)))


class ConfirmOutcome(ApiView):
    """`/outcomes/{id}/confirm`"""

    @described("confirm_outcome", "Confirm an outcome that awaits it", answer=examples.outcome)
    def post(self, request: Any, id: UUID) -> HttpResponse:
        Fields(self.body(optional=True)).raise_if_any()
        resolve.confirm(resolve.lock(id), by=self.call.by, at=self.call.at)
        return answer(shape(told(Outcome.objects.all(), at=self.call.at).get(pk=id)))


def told(outcomes: QuerySet[Outcome], *, at: datetime) -> QuerySet[Any]:
    """The outcomes with all that `shape` shows of them, by three statements."""
    return with_all(outcomes.select_related("customer").prefetch_related("resolutions"), at=at)


def shape(one: Any) -> dict[str, Any]:
    """An outcome of `told`."""
    found = one.resolutions.all()
    return {
        "id": one.pk,
        "event": one.event.external_id,
        "customer": one.customer.external_id,
        "definition": one.version.definition.code,
        "version": one.version.number,
        "subject": one.subject,
        "dimension": one.dimension or None,
        "occurred_at": one.occurred_at,
        "settles_at": one.settles_at,
        "booked_day": one.final_day,
        "late": one.late or any(each.late for each in found if each.kind == Resolution.Kind.CONFIRM),
        "state": one.state,
        "quantity": plain_or_none(one.quantity),
        "value": plain_or_none(one.value),
        "evidence": one.event.evidence,
        "invoice": one.invoice_id,
        "resolutions": resolutions(found),
    }


def resolutions(rows: Iterable[Resolution]) -> list[dict[str, Any]]:
    """What befell an outcome, first things first."""
    ordered = sorted(rows, key=lambda each: each.pk)
    return [{"kind": each.kind, "at": each.at, "by": each.by, "reason": each.reason} for each in ordered]
