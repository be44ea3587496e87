"""Taking events in: each is stored and counted once and only once, whatever the network and other writers do.

One call is one batch of one tenant, in the transaction of the scope around it: the events, their outcomes and the
usage they add become durable together. The order of locks is events by id, then usage by key; so batches that share
ids wait for one another and never deadlock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from apps.common.money import exact
from apps.common.periods import zone
from apps.events import store
from apps.events.fence import lock_for_writing
from apps.events.judge import Buyer, Entry, Judged, judge
from apps.events.message import Message, Rejection
from apps.events.store import Standing, UsageDelta
from apps.outcomes.catalog import Catalog, catalog
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id

MAX_BATCH = 1_000
Status = Literal["accepted", "duplicate", "conflict", "quarantined", "rejected"]


@dataclass(frozen=True, slots=True)
class Result:
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message on its way to be stored, with the id its event and outcome would have."""

    index: int
    message: Message
    id: UUID
    judged: Judged


def record(items: Sequence[Message | Rejection], *, at: datetime) -> list[Result]:
    """Store the messages of one batch and answer each item, in order. `at` is when they were received.

    At most 1,000 items. Needs an open scope; what it wrote is durable when that commits.
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
        lock_for_writing(tenant_id)
        new = _store(tenant_id, [pair for pair in messages if not pair[1].untimely], at)
        results |= {one.index: _answer(one) for one in new}
        results |= _look_up(tenant_id, [pair for pair in messages if pair[0] not in results], new)
    return [results[index] for index in range(len(items))]


def _rejected(index: int, why: Rejection) -> Result:
    return Result(index, why.external_id, "rejected", reason=why.reason, field=why.field, text=why.text)


def _store(tenant_id: UUID, messages: Sequence[tuple[int, Message]], at: datetime) -> list[Candidate]:
    """Judge and insert the first of each id; returns those that were new, their entries written."""
    if not messages:
        return []
    buyers, definitions = _read_config(tenant_id, {message.customer for _, message in messages})
    first: dict[str, Candidate] = {}
    for index, message in messages:
        if message.external_id not in first:
            judged = judge(message, buyers.get(message.customer), definitions, received_at=at)
            first[message.external_id] = Candidate(index, message, new_id(), judged)
    candidates = sorted(first.values(), key=lambda one: one.message.external_id)
    inserted = store.insert_events(tenant_id, at, [_event_row(one) for one in candidates])
    new = [one for one in candidates if one.id in inserted]
    _write_entries(tenant_id, new, at)
    return new


def _look_up(tenant_id: UUID, messages: Sequence[tuple[int, Message]], new: Sequence[Candidate]) -> dict[int, Result]:
    """Answer messages that were not inserted: by what stands under their id, as if the batch had come one by one.

    Those whose time is out of bounds are rejected where nothing stood under their id before them.
    """
    first_index = {one.id: one.index for one in new}
    standing = {one.position: one for one in _classify(tenant_id, messages)}
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


def _read_config(tenant_id: UUID, external_ids: set[str]) -> tuple[Mapping[str, Buyer], Catalog]:
    rows = store.read_config(tenant_id, external_ids)
    buyers = {
        external_id: Buyer(id, zone(time_zone), closed_through)
        for _, external_id, id, time_zone, closed_through in rows
        if id is not None
    }
    return buyers, catalog(tenant_id, rows[0][0])


def _event_row(one: Candidate) -> tuple[Any, ...]:
    message, judged = one.message, one.judged
    return (
        one.id,
        message.external_id,
        message.type,
        message.customer,
        message.subject,
        message.time,
        message.quantity,
        message.value,
        message.properties_json,
        message.evidence,
        "quarantined" if judged.quarantined else "accepted",
        judged.reason,
        judged.field,
        judged.version.pk if judged.version else None,
    )


def _write_entries(tenant_id: UUID, new: Sequence[Candidate], at: datetime) -> None:
    outcomes = [(one, one.judged.entry) for one in new if one.judged.entry]
    store.insert_outcomes(tenant_id, [_outcome_row(one, entry) for one, entry in outcomes])
    deltas = [usage_of(entry) for _, entry in outcomes]
    store.add_usage(tenant_id, summed([delta for delta in deltas if delta]))
    store.insert_quarantine(
        tenant_id,
        at,
        [
            (new_id(), one.id, one.judged.reason, one.judged.field, one.judged.detail)
            for one in new
            if one.judged.quarantined
        ],
    )


def _outcome_row(one: Candidate, entry: Entry) -> tuple[Any, ...]:
    return (
        one.id,
        entry.buyer.id,
        entry.version.pk,
        one.message.subject,
        entry.dimension,
        entry.occurred_at,
        entry.settles_at,
        entry.booked_day is None,
        entry.booked_day,
        entry.late,
        entry.quantity,
        entry.value,
    )


def usage_of(entry: Entry) -> UsageDelta | None:
    """What an outcome adds to Usage; None while it awaits confirmation."""
    if entry.booked_day is None:
        return None
    return UsageDelta(
        entry.buyer.id,
        entry.booked_day,
        entry.version.pk,
        entry.dimension,
        entry.quantity,
        entry.value,
        1,
        entry.quantity if entry.late else Decimal(0),
        entries=1,
    )


def summed(deltas: Sequence[UsageDelta]) -> list[tuple[UUID, UsageDelta]]:
    """Deltas of one key added up, in order of key, each with an id for a row that is new."""
    sums: dict[tuple[Any, ...], list[Any]] = {}
    with exact():
        for delta in deltas:
            total = sums.get(delta[:4])
            if total is None:
                sums[delta[:4]] = list(delta[4:])
            else:
                for position, figure in enumerate(delta[4:]):
                    total[position] += figure
    return [(new_id(), UsageDelta(*key, *sums[key])) for key in sorted(sums)]


def _answer(one: Candidate) -> Result:
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


def _classify(tenant_id: UUID, messages: Sequence[tuple[int, Message]]) -> list[Standing]:
    """What is stored under the ids of these messages."""
    rows = [
        (
            index,
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
        for index, message in messages
    ]
    return store.classify(tenant_id, rows)


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
