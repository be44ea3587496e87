"""Closing and reminding, as Celery beat queues them."""

from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.events.fence import FenceBusy
from apps.invoices.close import close_tenant
from apps.invoices.remind import remind_due
from apps.tenants.tasks import for_every_tenant


@shared_task(autoretry_for=(FenceBusy,), retry_backoff=True)
def close_cycles(tenant_id: str) -> None:
    """Close and invoice what is due now for one tenant."""
    close_tenant(UUID(tenant_id), at=now())


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
