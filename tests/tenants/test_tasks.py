"""Tasks that run for one tenant, queued for each."""

import pytest

from apps.tenants.models import Customer, Tenant
from apps.tenants.scope import NoTenant, current_tenant_id
from apps.tenants.tasks import for_every_tenant, tenant_task
from tests.cast import Vendor


@tenant_task
def count_customers(least: int) -> int:
    """How many customers the tenant has, at least `least`."""
    return max(least, Customer.objects.count())


class Queue:
    """Takes what a task would be queued with."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def delay(self, tenant_id: str) -> None:
        self.ids.append(tenant_id)


def test_a_tenants_task_runs_in_its_scope(northwind: Vendor, globex: Vendor) -> None:
    northwind.customer("halden")
    northwind.customer("kestrel")
    globex.customer("halden")
    assert count_customers(str(northwind.tenant.pk), 0) == 2
    assert count_customers(str(globex.tenant.pk), 0) == 1


def test_after_it_no_scope_is_open(northwind: Vendor) -> None:
    count_customers(str(northwind.tenant.pk), 0)
    with pytest.raises(NoTenant):
        current_tenant_id()


def test_a_task_keeps_the_name_and_the_words_of_its_work() -> None:
    assert count_customers.name == "tests.tenants.test_tasks.count_customers"
    assert count_customers.__doc__.startswith("How many customers")


def test_each_tenant_is_queued_once(northwind: Vendor, globex: Vendor) -> None:
    queue = Queue()
    assert for_every_tenant(queue) == len(queue.ids) == Tenant.objects.count()
    assert {str(northwind.tenant.pk), str(globex.tenant.pk)} <= set(queue.ids)
    assert len(set(queue.ids)) == len(queue.ids)
