"""Jobs: work over many things that a member started and watches (Job, JobItem).

A worker takes one waiting item at a time and does it in a transaction of its own, which holds the item's row: another
worker passes over it, and if this one is killed the item is free again and waits as before.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from apps.outbox import broker
from apps.outbox.models import Job, JobItem
from apps.tenants.scope import current_tenant_id, scope

log = logging.getLogger(__name__)
TASK = "apps.outbox.tasks.do_job"
PORTION = 25
"""Items to a task; then it goes to the end of the queue, so that no job keeps a worker to itself."""
WORKERS = 4
"""Portions of one job that are done at the same time, where there are workers for them."""


class Failed(Exception):
    """An item can't be done; the text tells a reader why, and what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come, by the sizes of its items."""

    done: int
    failed: int
    waiting: int

    @property
    def total(self) -> int:
        return self.done + self.failed + self.waiting

    @property
    def tried(self) -> int:
        return self.done + self.failed


def start(
    kind: str,
    work: str,
    items: Iterable[tuple[str, str]],
    *,
    by: str,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> Job:
    """Write a job over these (ref, label) and have workers begin once this transaction is durable.

    `sizes` by ref are for items that stand for more than one thing.
    """
    job: Job = Job.objects.create(kind=kind, work=work, params=dict(params or {}), started_by=by, created_at=at)
    known = sizes or {}
    rows = [JobItem(job=job, ref=ref, label=label[:300], size=known.get(ref, 1)) for ref, label in items]
    JobItem.objects.bulk_create(rows, batch_size=1000)
    if rows:
        _wake_after_commit(job.pk, len(rows))
    else:
        Job.objects.filter(pk=job.pk).update(finished_at=at)
    return job


def retry_failed(job: Job) -> int:
    """Let the failed items wait again; returns how many there are."""
    count = JobItem.objects.filter(job=job, state=JobItem.State.FAILED).update(state=JobItem.State.WAITING, note="")
    if count:
        Job.objects.filter(pk=job.pk).update(finished_at=None)
        _wake_after_commit(job.pk, count)
    return int(count)


def progress(job: Job) -> Progress:
    counted = dict(JobItem.objects.filter(job=job).values_list("state").annotate(Sum("size")).order_by())
    return Progress(*(counted.get(state, 0) for state in ("done", "failed", "waiting")))


def figures_of(jobs: Iterable[Job]) -> dict[UUID, Counter[str]]:
    """What the items that are done have counted, added up for each job; empty where they count nothing."""
    found: dict[UUID, Counter[str]] = {job.pk: Counter() for job in jobs}
    for job_id, counted in JobItem.objects.filter(job__in=found).values_list("job_id", "figures"):
        found[job_id].update(counted)
    return found


def with_progress(jobs: QuerySet[Job]) -> QuerySet[Any]:
    """The jobs annotated with `done`, `failed` and `waiting`."""
    rows: QuerySet[Any] = jobs.annotate(**{state: _counted(state) for state in JobItem.State.values})
    return rows


def _counted(state: str) -> Coalesce:
    items = JobItem.objects.filter(job=OuterRef("pk"), state=state).order_by().values("job")
    return Coalesce(Subquery(items.annotate(sum=Sum("size")).values("sum")), 0)


def do_some(tenant_id: UUID, job_id: UUID, *, at: datetime, most: int = PORTION) -> bool:
    """Do up to so many waiting items; returns whether more may wait. Finishes the job when none does."""
    return all(_do_next(tenant_id, job_id, at) for _ in range(most))


def _do_next(tenant_id: UUID, job_id: UUID, at: datetime) -> bool:
    """Do one item; False when there was none to take."""
    item: JobItem | None = None
    try:
        with scope(tenant_id):
            job: Job = Job.objects.get(pk=job_id)
            waiting = JobItem.objects.filter(job=job, state=JobItem.State.WAITING).order_by("pk")
            item = waiting.select_for_update(skip_locked=True).first()
            if item is None:
                _finish(job, at)
                return False
            note = import_string(job.work)(job, item.ref, at=at) or ""
            JobItem.objects.filter(pk=item.pk).update(state=JobItem.State.DONE, note=note[:500])
    except Exception as error:
        if item is None:
            raise
        if not isinstance(error, Failed):
            log.exception("%s of a job failed", item)
        _fail(tenant_id, item, error)
    return True


def _finish(job: Job, at: datetime) -> None:
    """Mark the job as finished, unless another worker holds an item: it will look again after that."""
    if not JobItem.objects.filter(job=job, state=JobItem.State.WAITING).exists():
        Job.objects.filter(pk=job.pk, finished_at=None).update(finished_at=at)


def _fail(tenant_id: UUID, item: JobItem, error: Exception) -> None:
    told = str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"
    with scope(tenant_id):
        waiting = JobItem.objects.filter(pk=item.pk, state=JobItem.State.WAITING)
        waiting.update(state=JobItem.State.FAILED, note=told.replace("\0", "")[:500])


def unfinished(tenant_id: UUID) -> list[UUID]:
    """Jobs with waiting items that nobody is at: what a killed worker or a lost task left."""
    with scope(tenant_id):
        return [id for id in Job.objects.filter(finished_at=None).values_list("pk", flat=True) if _lies_idle(id)]


def _lies_idle(job_id: UUID) -> bool:
    """Whether the first waiting item can be taken, so that no worker holds it; a job without any is to be finished."""
    waiting = JobItem.objects.filter(job=job_id, state=JobItem.State.WAITING).order_by("pk")
    first = waiting.first()
    return first is None or waiting.select_for_update(skip_locked=True).first() == first


def _wake_after_commit(job_id: UUID, items: int) -> None:
    tenant_id = current_tenant_id()
    for _ in range(min(WORKERS, -(-items // PORTION))):
        transaction.on_commit(lambda: wake(tenant_id, job_id))


def wake(tenant_id: UUID, job_id: UUID) -> None:
    """Ask a worker for a portion. Without a broker nothing is lost: beat finds what lies idle."""
    try:
        broker.ask(TASK, [str(tenant_id), str(job_id)])
    except broker.Unreachable as error:
        log.warning("Job %s waits for beat: %s", job_id, error)
