"""Tasks of one tenant, queued for each."""

from apps.tenants.models import Tenant
from apps.tenants.tasks import for_every_tenant
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
