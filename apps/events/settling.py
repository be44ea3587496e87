"""What becomes of a trial's outcomes: signals and claims as a function of the events and their times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.events import past
from apps.events.judge import Buyer, Entry, Unjudged, signal_kinds
from apps.events.message import decode
from apps.events.past import PastEvent, PastSignal, Span
from apps.outcomes.conditions import variables
from apps.outcomes.models import DefinitionVersion, Mode

type Subject = tuple[str, str]
"""(customer, subject), both as sent."""


@dataclass(slots=True)
class Tried:
    """One past event under the draft: it counts where there is an entry, settled at `settles_at`; else `reason`."""

    event: PastEvent
    buyer: Buyer | None
    entry: Entry | None
    reason: str | None
    settles_at: datetime | None = None

    def not_counting(self, reason: str) -> None:
        self.entry, self.reason = None, reason


@dataclass(frozen=True, slots=True)
class Act:
    """What a signal does at its time."""

    time: datetime
    event_id: UUID
    kinds: frozenset[str]


def settle(tried: Sequence[Tried], version: DefinitionVersion, span: Span, *, at: datetime) -> None:
    """Let signals, people's words and claims act on what the draft would count; `at` is the instant of looking."""
    candidates = sorted((one for one in tried if one.entry), key=lambda one: (one.event.time, one.event.id))
    acts = _acts(candidates, version, span) if version.heeds_signals else {}
    claims: dict[tuple[str, str, str], datetime | None] = {}
    for one in candidates:
        month = one.entry.claim_month() if one.entry else None
        key = (one.event.customer, one.event.subject or "", month or "")
        if month and key in claims and not _freed(claims[key], one.event.time):
            one.not_counting("already_counted")
            continue
        free_from = _befall(one, version, acts, at)
        if month:
            claims[key] = free_from


def _freed(since: datetime | None, time: datetime) -> bool:
    return since is not None and since < time


def _acts(candidates: Sequence[Tried], version: DefinitionVersion, span: Span) -> Mapping[Subject, list[Act]]:
    """The signals that act, by subject, earliest first: those whose subject has an outcome."""
    subjects = {(one.event.customer, one.event.subject) for one in candidates}
    types = sorted({signal["type"] for signal in (*version.void_on, *version.confirm_on)})
    found: dict[Subject, list[Act]] = {}
    for chunk in past.signals(types, Span(span.start, span.end + version.window)):
        for signal in chunk:
            if (signal.customer, signal.subject) in subjects and (kinds := _kinds(version, signal)):
                act = Act(signal.time, signal.id, frozenset(kinds))
                found.setdefault((signal.customer, signal.subject), []).append(act)
    for acts in found.values():
        acts.sort(key=lambda act: (act.time, act.event_id))
    return found


def _kinds(version: DefinitionVersion, signal: PastSignal) -> set[str]:
    """What the signal does; nothing where its condition can't be told, for then it waits in quarantine."""
    event = variables(
        type=signal.type,
        subject=signal.subject,
        quantity=signal.quantity,
        value=signal.value,
        time=signal.time,
        properties=decode(signal.properties),
        evidence=signal.evidence,
    )
    try:
        return signal_kinds(version, signal.type, event)
    except Unjudged:
        return set()


def _befall(one: Tried, version: DefinitionVersion, acts: Mapping[Subject, list[Act]], at: datetime) -> datetime | None:
    """Void, confirm or expire one outcome; returns the instant after which its subject is free, None while it isn't."""
    event, settles_at = one.event, one.settles_at
    if event.void_at is not None and event.void_by_word:
        one.not_counting("voided")
        return event.void_at
    if settles_at is None:
        return None
    own = acts.get((event.customer, event.subject), ()) if event.subject is not None else ()
    meeting = [act for act in own if event.time <= act.time <= settles_at and act.event_id != event.id]
    if version.mode == Mode.AUTO:
        voided_at = next((act.time for act in meeting if "void" in act.kinds), None)
        if voided_at:
            one.not_counting("voided")
        return voided_at
    times = [act.time for act in meeting if "confirm" in act.kinds]
    if event.confirm_at is not None and event.confirm_by_word and event.time <= event.confirm_at <= settles_at:
        times.append(event.confirm_at)
    if times:
        one.settles_at = min(times)
        return None
    one.not_counting("awaiting_confirmation" if at <= settles_at else "expired")
    return None if at <= settles_at else settles_at
