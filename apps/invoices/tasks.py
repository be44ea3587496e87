"""Closing and reminding, as Celery beat queues them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.events.fence import FenceBusy
from apps.invoices.bill import BATCH
from apps.invoices.close import bill_some, fence_some, waiting
from apps.invoices.credit import credit_due
from apps.invoices.remind import remind_due
from apps.tenants.tasks import for_every_tenant

WORKERS = 8
"""Batches of one tenant's that wait for long are billed by as many workers at the same time, where there are any."""
MOST_FAILED = 1_000
"""Cycles that failed and are still carried along; with more, the next run goes on."""


@shared_task(autoretry_for=(FenceBusy,), retry_backoff=True)
def close_cycles(tenant_id: str, at: str | None = None) -> None:
    """Fence a portion of what is due for one tenant, make its credits, and queue its billing and the next portion.

    When nothing is due any more, all that is left waits for billing: what failed, or what a killed run left.
    `at` is that of the run; None is now.
    """
    at = at or now().isoformat()
    tenant, instant = UUID(tenant_id), datetime.fromisoformat(at)
    batches = -(-fence_some(tenant, at=instant) // BATCH)
    credit_due(tenant, at=instant)
    if not batches:
        for _ in range(min(WORKERS, -(-waiting(tenant, at=instant) // BATCH))):
            bill_portion.delay(tenant_id, at)
    for number in range(batches):
        if number == batches // 2:  # so that others bill this portion while one fences the next
            close_cycles.delay(tenant_id, at)
        bill_batch.delay(tenant_id, at)


@shared_task
def bill_batch(tenant_id: str, at: str) -> None:
    """Bill one batch of what waits."""
    bill_some(UUID(tenant_id), {}, at=datetime.fromisoformat(at))


@shared_task
def bill_portion(tenant_id: str, at: str, failed: Sequence[str] = ()) -> None:
    """Bill a batch and go to the end of the queue for the next, until nothing waits.

    So no tenant keeps the workers to itself. `failed` are the cycles that did not succeed in this run: they wait for
    the next one.
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
