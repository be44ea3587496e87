"""Celery tasks of one tenant, queued for each."""

from typing import Any

from apps.tenants.models import Tenant


def for_every_tenant(task: Any) -> int:
    """Queue the task once for each tenant; returns how many. Reads nothing but the list of tenants."""
    ids = Tenant.objects.values_list("pk", flat=True)
    for tenant_id in ids:
        task.delay(str(tenant_id))
    return len(ids)
