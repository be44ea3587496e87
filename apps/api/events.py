"""Events as received, and what each gave rise to."""

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter

from apps.api import examples, outcomes
from apps.api.cloudevents import BATCH, STRUCTURED
from apps.api.describe import JSON, described, query
from apps.api.intake import NDJSON, Post, take_in
from apps.api.invoice_shapes import invoice
from apps.api.invoices import fetched
from apps.api.paging import Query, page
from apps.api.shapes import plain_or_none
from apps.api.views import ApiView, answer
from apps.common.numbers import plain
from apps.events.indexes import HAPPENED
from apps.events.ingest import MAX_BATCH
from apps.events.models import Event, Outcome, Quarantine, Resolution
from apps.invoices.models import Invoice
from apps.invoices.story import Met, acts_of, line_of, signals_of
from apps.tenants.models import Scope

_event, _cloud = examples.event.schema(sent=True), examples.cloud_event.schema(sent=True)
FORMS = {
    JSON: {
        "oneOf": [_event, {"type": "array", "items": _event, "maxItems": MAX_BATCH}],
        "example": examples.EVENT,
        "description": "With headers ce-… (CloudEvents' binary mode): the data of one event.",
    },
    NDJSON[0]: {"type": "string", "description": "One event to a line."},
    STRUCTURED: _cloud,
    BATCH: {"type": "array", "items": _cloud, "maxItems": MAX_BATCH},
}


class Events(ApiView):
    """`/events`"""

    needs = {"POST": Scope.EVENTS_WRITE}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Taking events in is the hot path: it goes past DRF altogether."""
        if request.method == "POST":
            response: HttpResponse = self.post(request)
            return response
        return super().dispatch(request, *args, **kwargs)

    @described(
        "list_events",
        "List events",
        answer=examples.stored_event.page(),
        parameters=query(
            customer="External id, as sent",
            type="Type of the event",
            status=", ".join(Event.Status.values),
            from_="Happened at or after: RFC 3339, or a day",
            to="Happened before: RFC 3339, or a day",
        ),
    )
    def get(self, request: Any) -> HttpResponse:
        asked = Query(request)
        rows = told(Event.objects.all())
        if customer := asked.text_or_none("customer", 128):
            rows = rows.filter(customer=customer)
        if kind := asked.text_or_none("type", 128, verbatim=True):
            rows = rows.filter(type=kind)
        if status := asked.choice_or_none("status", Event.Status.values):
            rows = rows.filter(waits=status == Event.Status.QUARANTINED)
        start, end = asked.instant("from"), asked.instant("to")
        if start or end:
            rows = rows.annotate(happened_at=HAPPENED)
        if start:
            rows = rows.filter(happened_at__gte=start)
        if end:
            rows = rows.filter(happened_at__lt=end)
        return answer(page(asked, rows, shape))

    @described(
        "send_events",
        "Report what happened: one event, or up to 1,000",
        body=FORMS,
        answer=examples.recorded,
        parameters=[OpenApiParameter("atomic", bool, "query", description="Store all of it or nothing.")],
    )
    def post(self, request: HttpRequest) -> HttpResponse:
        return take_in([Post.of(request)])[0]


class OneEvent(ApiView):
    """`/events/{id}`: one event's whole story."""

    @described("get_event", "One event's whole story", answer=examples.story)
    def get(self, request: Any, id: str) -> HttpResponse:
        event = told(Event.objects.all()).get(external_id=id)
        outcome = outcomes.told(Outcome.objects.filter(pk=event.pk), at=self.call.at).first()
        billed = fetched(Invoice.objects.filter(pk=outcome.invoice_id)).first() if outcome else None
        body = {
            "event": shape(event),
            "judgement": _judgement(event),
            "outcome": outcomes.shape(outcome) if outcome else None,
            "signals": [_met(one) for one in signals_of(outcome)] if outcome else [],
            "resolutions": outcomes.resolutions(outcome.resolutions.all()) if outcome else [],
            "acted_on": [_act(one) for one in acts_of(event)],
            "invoice": invoice(billed) if billed else None,
            "invoice_line": _line_id(outcome, billed) if outcome and billed else None,
        }
        return answer(body)


def told(events: QuerySet[Event]) -> QuerySet[Any]:
    """The events with all that `shape` and `_judgement` show of them."""
    return (
        events.select_related("version__definition")
        .prefetch_related("judgements__version__definition", "quarantine")
        .annotate(
            waits=Exists(Quarantine.objects.filter(event=OuterRef("pk"))),
            billable=Exists(Outcome.objects.filter(pk=OuterRef("pk"))),
            # As text, so that its numbers keep every digit.
            properties_text=Cast("properties", TextField()),
        )
    )


def shape(event: Any) -> dict[str, Any]:
    """An event of `told`, as it was sent, and what it is taken for now."""
    judged = _judged(event)
    return {
        "id": event.external_id,
        "type": event.type,
        "customer": event.customer,
        "subject": event.subject,
        "time": event.time,
        "quantity": plain(event.quantity),
        "value": plain_or_none(event.value),
        "properties": msgspec.Raw(event.properties_text.encode()),
        "evidence": event.evidence,
        "received_at": event.received_at,
        "status": Event.Status.QUARANTINED if event.waits else Event.Status.ACCEPTED,
        "billable": event.billable,
        "reason": judged.reason,
        "field": judged.field,
    }


def _judged(event: Any) -> Any:
    """What says how the event stands: its place in quarantine, else its newest judgement, else the event itself."""
    newest = max(event.judgements.all(), key=lambda one: one.pk, default=event)
    return next(iter(event.quarantine.all()), newest)


def _judgement(event: Any) -> dict[str, Any]:
    newest = max(event.judgements.all(), key=lambda one: one.pk, default=event)
    version, judged = newest.version, _judged(event)
    return {
        "status": Event.Status.QUARANTINED if event.waits else Event.Status.ACCEPTED,
        "billable": event.billable,
        "reason": judged.reason,
        "field": judged.field,
        "definition": version.definition.code if version else None,
        "version": version.number if version else None,
        "hash": version.hash if version else None,
        "at": event.received_at if newest is event else newest.at,
        "replay": any(one.replay for one in event.judgements.all()),
    }


def _met(signal: Met) -> dict[str, Any]:
    """A signal that the event's outcome met, and what it did: "void", "confirm", or null where nothing."""
    event = signal.event
    return {"event": event.external_id, "type": event.type, "time": event.occurred_at, "did": signal.did}


def _act(resolution: Resolution) -> dict[str, Any]:
    """What the event itself did as a signal."""
    outcome = resolution.outcome
    return {"outcome": outcome.pk, "event": outcome.event.external_id, "did": resolution.kind, "at": resolution.at}


def _line_id(outcome: Any, billed: Invoice) -> UUID | None:
    line = line_of(outcome, billed)
    return line.pk if line else None
