"""Replaying all that waits for one reason, however many: batch after batch in the background, by the outbox.

Each batch is a transaction that also leaves the next one in the outbox, with how far the run has come: so it can be
killed at any moment and goes on where it was. The last entry of a run is the one that found nothing left.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.events.ingest import MAX_BATCH
from apps.events.models import Quarantine
from apps.events.replay import replay
from apps.outbox import outbox
from apps.outbox.models import OutboxEntry
from apps.tenants.base import new_id

HANDLER = "apps.events.replay_all.go_on"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: of `total` events at its start so many were judged, and so many still wait."""

    reason: str
    total: int
    done: int
    waiting: int
    finished: bool

    @property
    def tried(self) -> int:
        return self.done + self.waiting


def begin(reason: str, *, after: UUID | None = None, at: datetime) -> UUID:
    """Have all that waits for this reason now replayed in the background; returns the run, for `progress`.

    `after` is a row of quarantine: only what came after it is replayed.
    """
    run = new_id()
    total = _of(reason, run, after).count()
    outbox.put(HANDLER, [str(run), reason, str(after or ""), "0", "0", str(total)], at=at)
    return run


def go_on(run: str, reason: str, after: str, *figures: str, at: datetime) -> None:
    """Replay the next batch of a run, and leave the one after it in the outbox; nothing where none is left.

    `figures`: how many were judged, how many still wait, and how many there were at the start.
    """
    rows = _of(reason, UUID(run), UUID(after) if after else None)
    batch = list(rows.values_list("pk", "event_id")[:MAX_BATCH])
    if batch:
        now = replay([event_id for _, event_id in batch], at=at)
        done, waiting, total = map(int, figures)
        outbox.put(
            HANDLER,
            [run, reason, str(batch[-1][0]), str(done + now.done), str(waiting + now.waiting), str(total)],
            at=at,
        )


def progress(run: UUID) -> Progress:
    """How far the run has come. Raises OutboxEntry.DoesNotExist for one that never was."""
    entries = OutboxEntry.objects.filter(handler=HANDLER, pk__gt=run, args__0=str(run))
    newest = entries.latest("pk")
    _, reason, _, *figures = newest.args
    done, waiting, total = map(int, figures)
    return Progress(reason, total, done, waiting, finished=newest.done_at is not None)


def _of(reason: str, run: UUID, after: UUID | None) -> QuerySet[Any]:
    """What waited for the reason when the run began: its id is as old as that."""
    rows: QuerySet[Any] = Quarantine.objects.filter(reason=reason, pk__lt=run).order_by("pk")
    return rows.filter(pk__gt=after) if after else rows
