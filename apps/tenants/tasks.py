"""Celery tasks of one tenant, queued for each; and what concerns none in particular."""

from typing import Any

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from apps.tenants.models import Tenant


def for_every_tenant(task: Any) -> int:
    """Queue the task once for each tenant; returns how many. Reads nothing but the list of tenants."""
    ids = Tenant.objects.values_list("pk", flat=True)
    for tenant_id in ids:
        task.delay(str(tenant_id))
    return len(ids)


@shared_task
def forget_sessions() -> None:
    """Remove sessions that have ended: nobody comes back to them."""
    SessionStore.clear_expired()
