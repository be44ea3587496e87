"""Signals: events that void or confirm outcomes of their subject, whichever of the two arrives first.

A signal acts on the outcomes of a definition, customer and subject with occurred_at <= its time <= settles_at, as the
version that judged the outcome says. Of several that act the earliest is recorded. Both sides take the subject's lock,
store themselves and look for the other: so of two that arrive at once the second sees the first.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.events import resolve, store
from apps.events.judge import Unjudged, signal_kinds
from apps.events.models import Event, Outcome, Resolution
from apps.events.resolve import Kind, Standing
from apps.outcomes.conditions import variables


def apply(
    tenant_id: UUID, outcomes: Sequence[Sequence[Any]], signal_ids: Sequence[UUID], *, at: datetime
) -> list[tuple[Standing, Resolution]]:
    """Let new outcomes meet the signals that are there, and new signals the outcomes; returns what befell them.

    `outcomes` are those that heed signals, as `store.meetings` takes them. Subjects must be locked. Writes the
    resolutions and frees the claims of what was voided.
    """
    met: dict[UUID, dict[UUID, datetime]] = {}
    for outcome_id, event_id, time in store.meetings(tenant_id, outcomes, signal_ids):
        met.setdefault(outcome_id, {})[event_id] = time
    if not met:
        return []
    events = {one.pk: one for one in Event.objects.filter(pk__in={id for signals in met.values() for id in signals})}
    standings = resolve.standings(met)
    rows: list[tuple[Standing, Resolution]] = []
    for outcome_id, signals in met.items():
        earliest = sorted(signals, key=lambda event_id: (signals[event_id], event_id))
        row = _resolution(standings[outcome_id], [events[id] for id in earliest], at)
        if row:
            rows.append((standings[outcome_id], row))
    Resolution.objects.bulk_create([row for _, row in rows])
    resolve.free_claims([row.outcome_id for _, row in rows if row.kind == Kind.VOID])
    return rows


def _resolution(standing: Standing, signals: Sequence[Event], at: datetime) -> Resolution | None:
    """What the earliest signal that acts does to the outcome; None where none does."""
    for event in signals:
        row = _act(standing, event, at)
        if row:
            row.signal = event
            return row
    return None


def _act(standing: Standing, event: Event, at: datetime) -> Resolution | None:
    kinds = _kinds(standing.outcome, event)
    by, time = f"signal {event.external_id}", event.occurred_at
    if "void" in kinds and Kind.VOID not in standing.resolutions:
        return resolve.voiding(standing, by=by, reason=event.type, time=time, at=at)
    confirms = "confirm" in kinds and Kind.CONFIRM not in standing.resolutions
    if confirms and resolve.why_not_confirm(standing, time=time) is None:
        return resolve.confirming(standing, by=by, time=time, at=at)
    return None


def _kinds(outcome: Outcome, event: Event) -> set[str]:
    """What the event does to outcomes of this version; nothing where the version's condition can't be told."""
    try:
        return signal_kinds(outcome.version, event.type, stored_variables(event))
    except Unjudged:
        return set()


def stored_variables(event: Event) -> Mapping[str, Any]:
    """A stored event as conditions see it."""
    return variables(
        type=event.type,
        subject=event.subject,
        quantity=event.quantity,
        value=event.value,
        time=event.occurred_at,
        properties=event.properties,
        evidence=event.evidence,
    )
