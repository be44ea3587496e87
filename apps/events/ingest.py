"""Taking events in: each is stored and counted once and only once, whatever the network and other writers do.

One call is one batch of one tenant, in the transaction of the scope around it: the events, their outcomes and the
usage they add become durable together. The order of locks is events by id, subjects, claims by key, usage by key; so
batches that share them wait for one another and never deadlock.
"""

from collections.abc import Sequence, Set
from datetime import datetime
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

from apps.events import pending, resolve, signals, store, sums
from apps.events.fence import lock_for_writing
from apps.events.judge import Buyer, Entry, Judged, Rules, judge
from apps.events.message import Message, Rejection
from apps.events.resolve import Subject, lock_subjects
from apps.events.rules import Buyers, ask_whether, presume_rules, read_rules
from apps.events.signals import Earlier
from apps.events.store import Standing
from apps.outcomes.models import OncePerSubject
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id

MAX_BATCH = 1_000
Status = Literal["accepted", "duplicate", "conflict", "quarantined", "rejected"]
STATUSES: tuple[Status, ...] = get_args(Status)


class Result(msgspec.Struct, frozen=True, gc=False):
    """What became of one item of a batch; `outcome` is the id of the outcome that its event gave rise to."""

    index: int
    external_id: str | None
    status: Status
    billable: bool = False
    outcome: UUID | None = None
    settles_at: datetime | None = None
    reason: str | None = None
    field: str | None = None
    text: str | None = None


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A message on its way to be stored, with the id its event and outcome would have."""

    index: int
    message: Message
    id: UUID
    buyer: Buyer | None
    judged: Judged

    def not_billable(self, reason: str) -> "Candidate":
        """The same, judged not to count after all."""
        return replace(self, judged=replace(self.judged, entry=None, reason=reason))


def record(items: Sequence[Message | Rejection], *, at: datetime, presume: bool = False) -> list[Result]:
    """Store the messages of one batch and answer each item, in order. `at` is when they were received.

    At most 1,000 items. Needs an open scope; what it wrote is durable when that commits. With `presume` they may be
    judged by the rules that were read last; raises RulesChanged where these are no more, and then nothing of the scope
    may commit.
    """
    if len(items) > MAX_BATCH:
        raise ValueError(f"a batch has at most {MAX_BATCH} items, not {len(items)}")
    tenant_id = current_tenant_id()
    results: dict[int, Result] = {}
    messages: list[tuple[int, Message]] = []
    for index, item in enumerate(items):
        if isinstance(item, Rejection):
            results[index] = _rejected(index, item)
        else:
            messages.append((index, item))
    if messages:
        store.keep_plans()
        lock_for_writing(tenant_id)
        new = _store(tenant_id, [pair for pair in messages if not pair[1].untimely], at, presume=presume)
        results |= {one.index: answer_to(one) for one in new}
        results |= _look_up(tenant_id, [pair for pair in messages if pair[0] not in results], new)
    return [results[index] for index in range(len(items))]


def _rejected(index: int, why: Rejection) -> Result:
    return Result(index, why.external_id, "rejected", reason=why.reason, field=why.field, text=why.text)


def _store(tenant_id: UUID, messages: Sequence[tuple[int, Message]], at: datetime, *, presume: bool) -> list[Candidate]:
    """Judge and insert the first of each id; returns those that were new, their entries written."""
    if not messages:
        return []
    customers = {message.customer for _, message in messages}
    presumed = presume_rules(tenant_id, customers) if presume else None
    buyers, rules = presumed or read_rules(tenant_id, customers)
    confirm = ask_whether(tenant_id, buyers, rules) if presumed else None
    candidates = judge_all(messages, buyers, rules, at=at)
    insert = store.insert_events(tenant_id, at, [event_row(one) for one in candidates])
    earlier = look_ahead(tenant_id, candidates)
    inserted = insert()
    if confirm:
        confirm()
    return write_entries(tenant_id, [one for one in candidates if one.id in inserted], earlier, at=at)


def _look_up(tenant_id: UUID, messages: Sequence[tuple[int, Message]], new: Sequence[Candidate]) -> dict[int, Result]:
    """Answer messages that were not inserted: by what stands under their id, as if the batch had come one by one.

    Those whose time is out of bounds are rejected where nothing stood under their id before them.
    """
    first_index = {one.id: one.index for one in new}
    rows = [(index, *_said(message)) for index, message in messages]
    standing = {one.position: one for one in store.classify(tenant_id, rows)}
    results = {}
    for index, message in messages:
        known = standing.get(index)
        if known is None or first_index.get(known.id, -1) > index:
            results[index] = _rejected(index, _untimely(message))
        else:
            results[index] = _repeat(known, message.external_id)
    return results


def _untimely(message: Message) -> Rejection:
    bound = "365 days back" if message.untimely == "too_old" else "5 minutes ahead"
    reason = message.untimely or "invalid_time"
    return Rejection(reason, "time", f"time may be at most {bound}.", message.external_id)


def judge_all(
    messages: Sequence[tuple[int, Message]], buyers: Buyers, rules: Rules, *, at: datetime
) -> list[Candidate]:
    """The first of each id, judged, in the order in which they are stored."""
    first: dict[str, Candidate] = {}
    for index, message in messages:
        if message.external_id not in first:
            buyer = buyers.get(message.customer)
            judged = judge(message, buyer, rules, received_at=at)
            first[message.external_id] = Candidate(index, message, new_id(), buyer, judged)
    return sorted(first.values(), key=lambda one: one.message.external_id)


def event_row(one: Candidate) -> tuple[Any, ...]:
    judged = one.judged
    status = "quarantined" if judged.quarantined else "accepted"
    return one.id, *_said(one.message), status, judged.reason, judged.field, judged.version and judged.version.id


def _said(message: Message) -> tuple[Any, ...]:
    """What was sent of an event, in the order of `store.SAID`."""
    return (
        message.external_id,
        message.type,
        message.customer,
        message.subject,
        message.time,
        message.quantity,
        message.value,
        message.properties_json,
        message.evidence,
    )


def look_ahead(tenant_id: UUID, candidates: Sequence[Candidate]) -> Earlier:
    """Keep off whoever resolves outcomes of these subjects, shared for outcomes, alone for signals; and ask for the
    signals that are there already.

    Nobody waits for it here: it goes to the server with the events, of which it does no harm to lock too many.
    """
    alone: set[Subject] = set()
    claiming: set[Subject] = set()
    heeding: set[Subject] = set()
    for one in candidates:
        entry, subject = one.judged.entry, one.message.subject
        if one.buyer is None or subject is None:
            continue
        if one.judged.signals:
            alone.add((one.buyer.id, subject))
        if entry and entry.heeds_signals:
            heeding.add((one.buyer.id, subject))
        elif entry and entry.version.once_per_subject != OncePerSubject.UNLIMITED:
            claiming.add((one.buyer.id, subject))
    lock_subjects(tenant_id, alone, heeding | claiming)
    return signals.ask_earlier(tenant_id, heeding, [one.judged.entry for one in candidates if one.judged.entry])


def write_entries(tenant_id: UUID, new: Sequence[Candidate], earlier: Earlier, *, at: datetime) -> list[Candidate]:
    """Book what new events gave rise to, and let signals act; returns the events as they were judged in the end.

    `earlier` is what `look_ahead` returned for these events, or for these and others. The order of locks: claims by
    key, usage by key, pending sums by key.
    """
    new = _claim(tenant_id, new, at)
    outcomes = [(one, one.judged.entry) for one in new if one.judged.entry]
    same = sums.by_key(entry for _, entry in outcomes)
    busy = sums.busy((entry for _, entry in outcomes), at)
    store.insert_outcomes(tenant_id, [outcome_row(one, entry, busy, at) for one, entry in outcomes])
    signalling = [one for one in new if one.judged.signals]
    store.insert_signals(tenant_id, [row for one in signalling for row in _signal_rows(one, at)])
    met = signals.meet(((one.id, entry, one.message.subject) for one, entry in outcomes), earlier)
    befell = signals.apply(tenant_id, met, [one.id for one in signalling], at=at)
    store.add_usage(tenant_id, store.summed(sums.usage_of_all(same) + resolve.deltas(befell)))
    waits = sums.pending_of_all(same, busy, at)
    store.add_pending(tenant_id, pending.summed([*waits, *resolve.pending_deltas(befell)]))
    quarantined = [one for one in new if one.judged.quarantined]
    store.insert_quarantine(tenant_id, at, [_quarantine_row(one) for one in quarantined])
    return list(new)


def _claim(tenant_id: UUID, new: Sequence[Candidate], at: datetime) -> Sequence[Candidate]:
    """Claim subjects that count once, for the first of the batch that asks; who gets none is not billable."""
    asking: dict[tuple[Any, ...], Candidate] = {}
    for one in sorted(new, key=lambda one: one.index):
        entry = one.judged.entry
        month = entry.claim_month() if entry else None
        if entry and month:
            asking.setdefault((entry.definition.id, entry.buyer.id, one.message.subject, month), one)
    if not asking:
        return new
    rows = [(new_id(), *key, asking[key].id) for key in sorted(asking)]
    won = store.take_claims(tenant_id, at, rows)
    judged = [one if needs_no_claim(one) or one.id in won else one.not_billable("already_counted") for one in new]
    lost = [
        (new_id(), one.id, one.judged.version.id, "accepted", one.judged.reason, None)
        for before, one in zip(new, judged, strict=True)
        if before is not one and one.judged.version
    ]
    store.insert_judgements(tenant_id, at, replay=False, rows=lost)
    return judged


def needs_no_claim(one: Candidate) -> bool:
    return one.judged.entry is None or one.judged.entry.claim_month() is None


def _signal_rows(one: Candidate, at: datetime) -> list[tuple[Any, ...]]:
    time = one.message.time or at
    return [
        (new_id(), one.id, definition.id, one.buyer.id, one.message.subject, time)
        for definition in one.judged.signals
        if one.buyer
    ]


def _quarantine_row(one: Candidate) -> tuple[Any, ...]:
    return new_id(), one.id, one.judged.reason, one.judged.field, one.judged.detail


def outcome_row(one: Candidate, entry: Entry, busy: Set[UUID], at: datetime) -> tuple[Any, ...]:
    """The outcome as it is stored; `busy` are the customers whose pending outcomes are summed."""
    return (
        one.id,
        entry.buyer.id,
        entry.version.id,
        one.message.subject,
        entry.dimension,
        entry.occurred_at,
        entry.settles_at,
        entry.booked_day is None,
        entry.heeds_signals,
        entry.booked_day,
        entry.late,
        (entry.buyer.id in busy and entry.booked_day is not None) if entry.settles_at > at else None,
        entry.quantity,
        entry.value,
    )


def answer_to(one: Candidate) -> Result:
    judged = one.judged
    return Result(
        one.index,
        one.message.external_id,
        "quarantined" if judged.quarantined else "accepted",
        billable=judged.entry is not None,
        outcome=one.id if judged.entry else None,
        settles_at=judged.entry.settles_at if judged.entry else None,
        reason=judged.reason,
        field=judged.field,
    )


def _repeat(standing: Standing, external_id: str) -> Result:
    """The answer to an id that is stored: a conflict names the field, anything else gets the first answer."""
    if standing.differs:
        return Result(
            standing.position,
            external_id,
            "conflict",
            reason="content_differs",
            field=standing.differs,
            text=f"{standing.differs} is not what was first sent under this id.",
        )
    return Result(
        standing.position,
        external_id,
        "quarantined" if standing.quarantined else "duplicate",
        billable=standing.billable,
        outcome=standing.id if standing.billable else None,
        settles_at=standing.settles_at,
        reason=standing.reason,
        field=standing.field,
    )
