"""Tasks of one tenant, queued for each."""

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from apps.tenants.models import Tenant
from apps.tenants.tasks import for_every_tenant, forget_sessions
from tests.cast import Vendor


class Queue:
    """Takes what a task would be queued with."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def delay(self, tenant_id: str) -> None:
        self.ids.append(tenant_id)


def test_each_tenant_is_queued_once(northwind: Vendor, globex: Vendor) -> None:
    queue = Queue()
    assert for_every_tenant(queue) == len(queue.ids) == Tenant.objects.count()
    assert {str(northwind.tenant.pk), str(globex.tenant.pk)} <= set(queue.ids)
    assert len(set(queue.ids)) == len(queue.ids)


def test_sessions_that_have_ended_are_removed_every_night_and_others_stay() -> None:
    over, open_still = (SessionStore() for _ in range(2))
    for session, ends_in in ((over, -1), (open_still, 60)):
        session.set_expiry(ends_in)
        session.save()
    forget_sessions()
    assert [one for one in (over, open_still) if Session.objects.filter(pk=one.session_key)] == [open_still]
    assert settings.CELERY_BEAT_SCHEDULE["forget-sessions"]["task"] == forget_sessions.name
