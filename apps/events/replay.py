"""Replaying what waits in quarantine, once its cause is mended: judged anew, and booked as if it had just been sent.

A replayed event is judged by the version in force at the replay. Whoever replays holds the rows of quarantine that he
replays, in order of id; a row that is gone was replayed by another, so that nothing is ever counted twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.events import store
from apps.events.fence import lock_for_writing
from apps.events.ingest import MAX_BATCH, Candidate, look_ahead, write_entries
from apps.events.judge import judge
from apps.events.message import Message, decode
from apps.events.models import Event, Quarantine
from apps.events.rules import read_rules
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many of the events could be judged now, and how many still wait."""

    done: int
    waiting: int


def replay(event_ids: Collection[UUID], *, at: datetime) -> Replayed:
    """Judge quarantined events anew, by the versions in force at `at`; those that still can't be judged keep waiting.

    At most 1,000 events, by our ids; one that does not wait (any more) is left out. Needs an open scope; what it wrote
    is durable when that commits.
    """
    if len(event_ids) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} events are replayed at a time, not {len(event_ids)}")
    tenant_id = current_tenant_id()
    lock_for_writing(tenant_id)
    rows = {row.event_id: row for row in _locked(event_ids)}
    judged = _judge(tenant_id, list(rows), at) if rows else []
    done = [one for one in judged if not one.judged.quarantined]
    waiting = [one for one in judged if one.judged.quarantined]
    store.insert_judgements(tenant_id, at, replay=True, rows=[_judgement_row(one) for one in done])
    write_entries(tenant_id, done, look_ahead(tenant_id, done), at=at)
    Quarantine.objects.filter(pk__in=[rows[one.id].pk for one in done]).delete()
    _keep([(rows[one.id], one) for one in waiting])
    return Replayed(len(done), len(waiting))


def _locked(event_ids: Collection[UUID]) -> list[Quarantine]:
    """Those of the events that wait, until the transaction ends."""
    rows = Quarantine.objects.filter(event__in=list(event_ids)).order_by("pk")
    return list(rows.select_for_update())


def _judge(tenant_id: UUID, event_ids: Sequence[UUID], at: datetime) -> list[Candidate]:
    """The events as they are judged now, in the order in which they were received."""
    # As text, so that its numbers keep every digit.
    events: Any = Event.objects.filter(pk__in=event_ids).annotate(text=Cast("properties", TextField())).order_by("pk")
    found = list(events)
    buyers, rules = read_rules(tenant_id, {event.customer for event in found})
    candidates = []
    for index, event in enumerate(found):
        message, buyer = _message(event), buyers.get(event.customer)
        judged = judge(message, buyer, rules, received_at=event.received_at, in_force_at=at)
        candidates.append(Candidate(index, message, event.pk, buyer, judged))
    return candidates


def _message(event: Any) -> Message:
    """A stored event as it was sent. Where the client named no time it happened when it was received, not now."""
    return Message(
        external_id=event.external_id,
        type=event.type,
        customer=event.customer,
        subject=event.subject,
        time=event.occurred_at,
        quantity=event.quantity,
        value=event.value,
        properties=decode(event.text),
        properties_json=event.text,
        evidence=event.evidence,
    )


def _judgement_row(one: Candidate) -> tuple[Any, ...]:
    judged = one.judged
    return new_id(), one.id, judged.version.pk if judged.version else None, "accepted", judged.reason, judged.field


def _keep(waiting: Sequence[tuple[Quarantine, Candidate]]) -> None:
    """Say why they wait now, which may be another reason than before."""
    for row, one in waiting:
        row.reason, row.field, row.detail = one.judged.reason or "", one.judged.field, one.judged.detail
    Quarantine.objects.bulk_update([row for row, _ in waiting], ["reason", "field", "detail"])
