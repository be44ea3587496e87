"""What the events have a worker do."""

from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.events import checks, pending, silence
from apps.events.verify import check_once
from apps.outbox import figures
from apps.tenants.scope import scope
from apps.tenants.tasks import for_every_tenant


@shared_task
def watch_arrivals(tenant_id: str) -> None:
    """Look whether a type of one tenant has stopped arriving."""
    figures.note("silences", UUID(tenant_id), silence.watch(UUID(tenant_id), at=now()))


@shared_task
def watch_all_arrivals() -> int:
    """Queue the look at every tenant's arrivals."""
    return for_every_tenant(watch_arrivals)


@shared_task
def check_ledger(tenant_id: str) -> None:
    """Check one tenant's ledger, once a day, and tell what the newest check came to; let go of past PendingSums."""
    at = now()
    with scope(UUID(tenant_id)):
        pending.forget(at=at)
    checks.tell(UUID(tenant_id), check_once(UUID(tenant_id), at=at))


@shared_task
def check_all_ledgers() -> int:
    """Queue the check of every tenant. Every hour: so a night that beat was away for is made up for."""
    return for_every_tenant(check_ledger)
