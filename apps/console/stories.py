"""What became of events, read in bulk: for the lists, the live feed and one event's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.console.access import uuid_or_none
from apps.events.models import Event, Judgement, Outcome, Quarantine, Resolution

REASONS = {
    "unknown_customer": "No customer has this external id.",
    "unknown_type": "No outcome is triggered by this type of event.",
    "condition_error": "The condition could not be judged over this event.",
    "condition_false": "The condition is not met.",
    "no_evidence": "The definition asks for evidence, and the event names none.",
    "quantity_missing": "The event has nothing where the quantity is read.",
    "quantity_invalid": "What stands where the quantity is read is no quantity.",
    "value_missing": "The event has nothing where the value is read.",
    "value_invalid": "What stands where the value is read is no amount.",
    "subject_missing": "A subject is needed here, and the event names none.",
    "already_counted": "Its subject was counted already.",
    "no_agreement": "The customer had not signed the definition by then.",
    "signal": "A signal: it voids or confirms outcomes of its subject, and counts for nothing itself.",
}
STATUSES = {"billable": "Billable", "not_billable": "Not billable", "quarantined": "Quarantined"}


def reason_words(reason: str) -> str:
    """The code of a reason as a sentence."""
    return REASONS.get(reason, reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Story:
    """An event in one line.

    `status` is a key of STATUSES, "voided" for a billable one that was taken back, or "signal" for one that only acts
    on others.
    """

    event: Event
    status: str
    reason: str | None
    field: str | None
    outcome: str

    @property
    def short(self) -> str:
        """The reason in two words, for a list; the badge of a signal says it already."""
        return "" if self.status == "signal" else (self.reason or "").replace("_", " ")

    @property
    def why(self) -> str:
        """The reason as a sentence; empty for what counts."""
        return reason_words(self.reason or "")


def stories(events: Sequence[Event]) -> list[Story]:
    """Each event with what became of it, by four queries whatever their number."""
    ids = [event.pk for event in events]
    names: dict[UUID, str] = dict(Outcome.objects.filter(pk__in=ids).values_list("pk", "version__name"))
    waiting = {row.event_id: row for row in Quarantine.objects.filter(event__in=ids)}
    voided = set(Resolution.objects.filter(outcome__in=ids, kind="void").values_list("outcome_id", flat=True))
    later = {row.event_id: row for row in Judgement.objects.filter(event__in=ids).order_by("pk")}
    return [_story(event, names, waiting, voided, later) for event in events]


def _story(
    event: Event,
    names: dict[UUID, str],
    waiting: dict[UUID, Quarantine],
    voided: set[UUID],
    later: dict[UUID, Judgement],
) -> Story:
    judged: Any = waiting.get(event.pk) or later.get(event.pk) or event
    if event.pk in waiting:
        status = "quarantined"
    elif event.pk in names:
        status = "voided" if event.pk in voided else "billable"
    else:
        status = "signal" if judged.reason == "signal" else "not_billable"
    counts = status in ("billable", "voided")
    return Story(
        event,
        status,
        None if counts else judged.reason,
        None if counts else judged.field,
        names.get(event.pk, ""),
    )


def search(text: str, type_: str, status: str) -> QuerySet[Event]:
    """Events whose id, customer or subject is the text, of this type and standing; an empty filter lets all pass."""
    rows: QuerySet[Event] = Event.objects.all()
    if text:
        found = Q(external_id=text) | Q(customer=text) | Q(subject=text)
        own = uuid_or_none(text)
        rows = rows.filter(found | Q(pk=own) if own else found)
    if type_:
        rows = rows.filter(type=type_)
    if status in STATUSES:
        outcome = Exists(Outcome.objects.filter(pk=OuterRef("pk")))
        waits = Exists(Quarantine.objects.filter(event=OuterRef("pk")))
        rows = rows.filter(outcome if status == "billable" else waits if status == "quarantined" else ~outcome & ~waits)
    return rows


def find_event(external_id: str) -> Event:
    """The event by the client's own id. Raises Event.DoesNotExist."""
    event: Event = Event.objects.select_related("version__definition").get(external_id=external_id)
    return event
