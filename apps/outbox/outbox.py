"""What must happen after a commit.

It is put here in the transaction that calls for it, and done afterwards, again and again until it succeeds.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.module_loading import import_string

from apps.common.inserts import Inserts
from apps.outbox import broker
from apps.outbox.models import OutboxEntry
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id, scope

log = logging.getLogger(__name__)
DRAIN = "apps.outbox.tasks.drain_outbox"
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=6)
DOUBLINGS = 12  # more would go beyond the longest wait, and in time beyond what a timedelta holds

ENTRIES = Inserts(
    OutboxEntry,
    id="uuid",
    handler="code",
    args="json",
    created_at="instant",
    due_at="instant",
    attempts="int",
    done_at="instant",
    error="code",
)


def put(handler: str, args: Sequence[str], *, at: datetime) -> None:
    """Have `handler(*args, at=)` called once this transaction is durable. It must be able to run twice without harm."""
    put_all([(handler, args)], at=at)


def put_all(calls: Iterable[tuple[str, Sequence[str]]], *, at: datetime) -> None:
    """`put` for many, written together."""
    ENTRIES.write(current_tenant_id(), [(new_id(), handler, args, at, at, 0, None, "") for handler, args in calls])
    _wake_after_commit()


def waiting_for(handler: str, first: str) -> QuerySet[OutboxEntry]:
    """Calls of this handler, with this first argument, that are still to be made."""
    rows: QuerySet[OutboxEntry] = OutboxEntry.objects.filter(done_at=None, handler=handler, args__0=first)
    return rows


def hurry(handler: str, first: str, *, at: datetime) -> None:
    """Have such calls made now, whenever they would have been due."""
    if waiting_for(handler, first).update(due_at=at):
        _wake_after_commit()


def _wake_after_commit() -> None:
    if not any(isinstance(hook[1], Wake) for hook in connection.run_on_commit):
        transaction.on_commit(Wake(current_tenant_id()))


@dataclass(frozen=True, slots=True)
class Wake:
    """Asks a worker to look, once for a transaction however much it put."""

    tenant_id: UUID

    def __call__(self) -> None:
        wake(self.tenant_id)


def wake(tenant_id: UUID) -> None:
    """Ask a worker to look now. Without a broker nothing is lost: beat has every outbox drained soon."""
    try:
        broker.ask(DRAIN, [str(tenant_id)])
    except broker.Unreachable as error:
        log.warning("The outbox of %s waits for beat: %s", tenant_id, error)


def drain(tenant_id: UUID, *, at: datetime, most: int | None = None) -> int:
    """Do what is due, each in a transaction of its own; returns how many succeeded.

    With `most` it stops after as many and asks a worker to go on, so that no tenant keeps a worker to itself.
    """
    done = tried = 0
    while most is None or tried < most:
        outcome = _do_next(tenant_id, at)
        if outcome is None:
            return done
        done, tried = done + outcome, tried + 1
    wake(tenant_id)
    return done


def _do_next(tenant_id: UUID, at: datetime) -> int | None:
    """Do one entry: 1 when it succeeded, 0 when it failed and waits, None when nothing is due."""
    entry: OutboxEntry | None = None
    try:
        with scope(tenant_id):
            waiting = OutboxEntry.objects.filter(done_at=None, due_at__lte=at).order_by("due_at", "id")
            entry = waiting.select_for_update(skip_locked=True).first()
            if entry is None:
                return None
            import_string(entry.handler)(*entry.args, at=at)
            OutboxEntry.objects.filter(pk=entry.pk).update(done_at=at, attempts=F("attempts") + 1, error="")
            return 1
    except Exception as error:
        if entry is None:
            raise
        log.exception("%s failed and is tried again", entry)
        _postpone(tenant_id, entry, error, at)
        return 0


def _postpone(tenant_id: UUID, entry: OutboxEntry, error: Exception, at: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(entry.attempts, DOUBLINGS), LONGEST_WAIT)
    text = f"{type(error).__name__}: {error}".replace("\0", "")  # which PostgreSQL can't store
    with scope(tenant_id):
        OutboxEntry.objects.filter(pk=entry.pk, done_at=None).update(
            attempts=F("attempts") + 1, due_at=at + wait, error=text
        )
