"""Trying a version before it is published: over one event, or over the past."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from apps.api import examples
from apps.api.describe import described
from apps.api.paging import TimedFields
from apps.api.shapes import amount_or_none, plain_or_none
from apps.api.views import ApiView, answer
from apps.common.numbers import plain
from apps.events.judge import Judged
from apps.events.message import Rejection, read
from apps.events.past import Span
from apps.events.trial import Listed, Tally, Trial, try_event, try_past
from apps.invoices.trial_money import Change, changes
from apps.outcomes.content import read_content
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.models import Scope

USUAL = timedelta(days=90)


class TrialFields(TimedFields):
    """The body of a trial."""

    def event(self) -> Any:
        """The event as it is, to be read as an event; None where it is not given."""
        return self._data["event"] if self.given("event") else None


class TryVersion(ApiView):
    """`/outcome-definitions/{code}/try`"""

    needs = {"POST": Scope.READ}

    @described(
        "try_definition_version",
        "Try a version on one event or on the past; nothing is stored",
        body=examples.new_trial,
        answer=examples.trial,
    )
    def post(self, request: Any, code: str) -> HttpResponse:
        definition = OutcomeDefinition.objects.get(code=code)
        fields = TrialFields(self.body())
        version = fields.object("version")
        content = read_content(version)
        version.finish()
        event = fields.event()
        span = self._span(fields)
        if event is not None and (fields.given("from") or fields.given("to")):
            fields.fail("event", "contradiction", "is tried alone: send either an event or a span")
        fields.raise_if_any()
        if event is not None:
            return answer({"event": self._event(definition, content, event), "past": None})
        trial = try_past(definition, content, span, at=self.call.at)
        return answer({"event": None, "past": past(trial, changes(trial, code, at=self.call.at))})

    def _span(self, fields: TrialFields) -> Span:
        """From `from` to `to`; without them the 90 days until now."""
        end = fields.instant("to") or self.call.at
        start = fields.instant("from") or _usual_start(end)
        if start >= end:
            fields.fail("to", "out_of_range", "must be later than from")
        return Span(start, end)

    def _event(self, definition: OutcomeDefinition, content: dict[str, Any], event: Any) -> dict[str, Any]:
        """Its id may be in use and its time long past: it is judged by what it says."""
        message = read(event, at=self.call.at)
        if isinstance(message, Rejection):
            return judged(Judged(False, message.reason, message.field, message.text), "rejected")
        return judged(try_event(definition, content, message, at=self.call.at))


def _usual_start(end: datetime) -> datetime:
    """So long before the end, or when time begins here."""
    beginning = datetime.min.replace(tzinfo=UTC)
    return end - USUAL if end - beginning > USUAL else beginning


def judged(one: Judged, status: str | None = None) -> dict[str, Any]:
    """What became of the event; figures and instants are null unless it is billable."""
    entry = one.entry
    return {
        "status": status or ("quarantined" if one.quarantined else "accepted"),
        "billable": entry is not None,
        "reason": one.reason,
        "field": one.field,
        "detail": one.detail or None,
        "quantity": plain_or_none(entry.quantity) if entry else None,
        "value": plain_or_none(entry.value) if entry else None,
        "dimension": (entry.dimension or None) if entry else None,
        "occurred_at": entry.occurred_at if entry else None,
        "settles_at": entry.settles_at if entry else None,
    }


def past(trial: Trial, money: list[Change]) -> dict[str, Any]:
    """What the version would have made of the span's events, beside what was made of them."""
    return {
        "from": trial.span.start,
        "to": trial.span.end,
        "events": trial.events,
        "counted": trial.before,
        "would_count": trial.after,
        "reasons": dict(trial.reasons),
        "now_counts": _listed(trial.now_counts),
        "no_longer_counts": _listed(trial.no_longer),
        "not_counting": _listed(trial.not_counting),
        "customers": [_change(one) for one in money],
    }


def _listed(listed: Listed) -> dict[str, Any]:
    newest = [
        {
            "id": one.external_id,
            "customer": one.customer,
            "subject": one.subject,
            "time": one.time,
            "reason": one.reason,
        }
        for one in listed.newest
    ]
    return {"total": listed.total, "newest": newest}


def _change(one: Change) -> dict[str, Any]:
    currency = one.customer.currency
    return {
        "customer": one.customer.external_id,
        "currency": currency,
        "counted": _sums(one.before) | {"amount": amount_or_none(one.amount_before, currency)},
        "would_count": _sums(one.after) | {"amount": amount_or_none(one.amount_after, currency)},
    }


def _sums(tally: Tally) -> dict[str, Any]:
    return {"quantity": plain(tally.quantity), "value": plain(tally.value), "items": tally.items}
