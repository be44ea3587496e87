"""Draining outboxes, and the sign of life by which /readyz knows that beat and a worker run."""

from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.outbox import heartbeat, outbox
from apps.tenants.tasks import for_every_tenant


@shared_task
def drain_outbox(tenant_id: str) -> int:
    """Do what is due in one tenant's outbox."""
    return outbox.drain(UUID(tenant_id), at=now())


@shared_task
def drain_outboxes() -> int:
    """Queue the draining of every tenant's outbox."""
    return for_every_tenant(drain_outbox)


@shared_task
def beat_seen() -> None:
    """Queued by beat and run by a worker: both are alive."""
    heartbeat.beat(at=now())
