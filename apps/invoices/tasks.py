"""Closing and reminding, as Celery beat queues them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.events.fence import FenceBusy
from apps.invoices.bill import BATCH
from apps.invoices.close import bill_some, fence_all, waiting
from apps.invoices.credit import credit_due
from apps.invoices.remind import remind_due
from apps.tenants.tasks import for_every_tenant

WORKERS = 8
"""Portions of one tenant's closing that are billed at the same time, where there are workers for them."""
MOST_FAILED = 1_000
"""Cycles that failed and are still carried along; with more, the next run goes on."""


@shared_task(autoretry_for=(FenceBusy,), retry_backoff=True)
def close_cycles(tenant_id: str) -> None:
    """Fence what is due now for one tenant, make its credits, and have every free worker bill a share of the rest."""
    at = now()
    fence_all(UUID(tenant_id), at=at)
    credit_due(UUID(tenant_id), at=at)
    for _ in range(min(WORKERS, -(-waiting(UUID(tenant_id), at=at) // BATCH))):
        bill_portion.delay(tenant_id, at.isoformat())


@shared_task
def bill_portion(tenant_id: str, at: str, failed: Sequence[str] = ()) -> None:
    """Bill a batch and go to the end of the queue for the next, so that no tenant keeps the workers to itself.

    `failed` are the cycles that did not succeed in this run: they wait for the next one.
    """
    left_out = {UUID(one): "" for one in failed}
    more = bill_some(UUID(tenant_id), left_out, at=datetime.fromisoformat(at))
    if more and len(left_out) < MOST_FAILED:
        bill_portion.delay(tenant_id, at, [str(one) for one in left_out])


@shared_task
def close_due_cycles() -> int:
    """Queue the closing of every tenant's cycles."""
    return for_every_tenant(close_cycles)


@shared_task
def remind(tenant_id: str) -> None:
    """Remind of one tenant's overdue invoices whose day for it has come."""
    remind_due(UUID(tenant_id), at=now())


@shared_task
def remind_all() -> int:
    """Queue the reminders of every tenant."""
    return for_every_tenant(remind)
