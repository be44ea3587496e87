"""Draining outboxes, and the sign of life by which /readyz knows that beat and a worker run."""

from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.outbox import answers, heartbeat, jobs, outbox
from apps.tenants.tasks import for_every_tenant

SOME = 25


@shared_task
def drain_outbox(tenant_id: str) -> int:
    """Do some of what is due in one tenant's outbox, and ask to be called again for the rest."""
    return outbox.drain(UUID(tenant_id), at=now(), most=SOME)


@shared_task
def drain_outboxes() -> int:
    """Queue the draining of every tenant's outbox."""
    return for_every_tenant(drain_outbox)


@shared_task
def do_job(tenant_id: str, job_id: str) -> None:
    """Do a portion of a job, and ask to be called again for the rest."""
    if jobs.do_some(UUID(tenant_id), UUID(job_id), at=now()):
        jobs.wake(UUID(tenant_id), UUID(job_id))


@shared_task
def resume_jobs(tenant_id: str) -> None:
    """Go on with one tenant's jobs that nobody is at."""
    for job_id in jobs.unfinished(UUID(tenant_id)):
        jobs.wake(UUID(tenant_id), job_id)


@shared_task
def resume_all_jobs() -> int:
    """Queue the resuming of every tenant's jobs."""
    return for_every_tenant(resume_jobs)


@shared_task
def forget_answers(tenant_id: str) -> None:
    """Remove some of one tenant's first answers that are old, and ask to be called again for the rest."""
    if answers.forget(UUID(tenant_id), at=now()) == answers.SOME:
        forget_answers.delay(tenant_id)


@shared_task
def forget_all_answers() -> int:
    """Queue the forgetting of every tenant's old answers."""
    return for_every_tenant(forget_answers)


@shared_task
def beat_seen() -> None:
    """Queued by beat and run by a worker: both are alive."""
    heartbeat.beat(at=now())
