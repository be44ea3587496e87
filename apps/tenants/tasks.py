"""A Celery task that runs for one tenant."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from celery import shared_task

from apps.tenants.models import Tenant
from apps.tenants.scope import scope


def tenant_task(work: Callable[..., Any]) -> Any:
    """Make a task of `work(*ids)` that runs in the scope, and so the transaction, of the tenant named first."""

    def run(tenant_id: str, *args: Any) -> Any:
        with scope(UUID(tenant_id)):
            return work(*args)

    run.__doc__ = work.__doc__
    return shared_task(name=f"{work.__module__}.{work.__name__}")(run)


def for_every_tenant(task: Any) -> int:
    """Queue the task once for each tenant; returns how many. Reads nothing but the list of tenants."""
    ids = Tenant.objects.values_list("pk", flat=True)
    for tenant_id in ids:
        task.delay(str(tenant_id))
    return len(ids)
