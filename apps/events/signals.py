"""Signals: events that void or confirm outcomes of their subject, whichever of the two arrives first.

A signal acts on the outcomes of a definition, customer and subject with occurred_at <= its time <= settles_at, as the
version that judged the outcome says. Of several that act the earliest is recorded. Both sides take the subject's lock
first, and look for the other in a later statement; what they store is there for others before the lock is free. So of
two that arrive at once the second sees the first. An outcome looks before it is stored, since its subject is known
before; a signal looks when it and the outcomes of its batch are stored, and so meets those too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.events import resolve, store
from apps.events.judge import Entry, Unjudged, signal_kinds
from apps.events.models import Event, Outcome, Resolution
from apps.events.resolve import Kind, Standing, Subject
from apps.outcomes.conditions import variables

type Earlier = Callable[[], list[Any]]
"""Waits for signals that were there before the outcomes of their subjects: rows of `store.read_signals`."""

type Meeting = tuple[UUID, UUID, datetime]
"""An outcome, the event of a signal inside its window, and the signal's time."""


def ask_earlier(tenant_id: UUID, subjects: Set[Subject], entries: Sequence[Entry]) -> Earlier:
    """Ask for the signals that outcomes of these subjects may meet; `entries` are theirs, and may be others' too. The
    subjects must be locked, by a statement that was asked before.
    """
    if not subjects:
        return list
    heeding = [entry for entry in entries if entry.heeds_signals]
    since = min([entry.occurred_at for entry in heeding])
    until = max([entry.settles_at for entry in heeding])
    return store.read_signals(tenant_id, subjects, since, until)


def meet(outcomes: Iterable[tuple[UUID, Entry, str | None]], earlier: Earlier) -> list[Meeting]:
    """Which of the outcomes meet which of the signals that were there before them."""
    signals: dict[tuple[Any, ...], list[tuple[UUID, datetime]]] = defaultdict(list)
    for event_id, definition_id, customer_id, subject, time in earlier():
        signals[definition_id, customer_id, subject].append((event_id, time))
    if not signals:
        return []
    return [
        (outcome_id, event_id, time)
        for outcome_id, entry, subject in outcomes
        if entry.heeds_signals
        for event_id, time in signals.get((entry.definition.id, entry.buyer.id, subject), ())
        if entry.occurred_at <= time <= entry.settles_at
    ]


def apply(
    tenant_id: UUID, meetings: Iterable[Meeting], signal_ids: Sequence[UUID], *, at: datetime
) -> list[tuple[Standing, Resolution]]:
    """Let new outcomes have what the signals say that they met, and new signals meet outcomes; returns what befell
    them.

    Subjects must be locked, and outcomes and signals stored. Writes the resolutions and frees the claims of what was
    voided.
    """
    met: dict[UUID, dict[UUID, datetime]] = {}
    for outcome_id, event_id, time in (*meetings, *store.met_by_signals(tenant_id, signal_ids)):
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
