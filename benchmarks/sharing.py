"""Batches that share their ids, sent by many at once: none is lost, none counted twice, none deadlocks."""

import random
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.db.models import Sum

from apps.events.models import Event, Outcome, Usage
from apps.tenants.scope import scope
from benchmarks.cast import events
from benchmarks.served import Served

EVENTS = 3_000
TIMES = 4
SIZE = 100
CLIENTS = 16


def check(server: Served, path: str, key: str, tenant_id: UUID, kind: str) -> bool:
    """Send every event some times, in other batches each time; print and return whether each counted once."""
    before = _counted(tenant_id)
    made = events(kind, EVENTS, time=datetime.now(UTC))
    bodies = []
    for _ in range(TIMES):
        random.shuffle(made)
        bodies += [msgspec.json.encode(made[first : first + SIZE]) for first in range(0, EVENTS, SIZE)]
    random.shuffle(bodies)
    answers = server.post(path, bodies, CLIENTS, key)
    grown = [now - then for now, then in zip(_counted(tenant_id), before, strict=True)]
    right = answers.accepted == EVENTS and grown == [EVENTS] * 3 and set(answers.statuses) == {200}
    print(
        f"Bar: {EVENTS:,} events to {path}, each {TIMES} times in other batches, by {CLIENTS} clients: accepted "
        f"{answers.accepted:,}, stored {grown[0]:,}, outcomes {grown[1]:,}, usage {grown[2]:,}; {answers.statuses}."
    )
    return right


def _counted(tenant_id: UUID) -> list[int]:
    with scope(tenant_id):
        usage = Usage.objects.aggregate(sum=Sum("quantity"))["sum"] or 0
        return [Event.objects.count(), Outcome.objects.count(), int(usage)]
