"""Nobody keeps the workers to himself: whoever has much to do does some of it and goes to the end of the queue."""

import base64
import json
from typing import Any

import pytest

from apps.invoices.tasks import bill_portion
from apps.outbox import jobs, tasks
from apps.outbox.heartbeat import client
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.outbox.conftest import NOON, Outbox


def waiting(queue: str) -> list[list[str]]:
    """The arguments of the tasks in a queue, in the order in which workers take them."""
    with client() as valkey:
        bodies = [json.loads(message)["body"] for message in valkey.lrange(queue, 0, -1)]
    return [json.loads(base64.b64decode(body))[0] for body in reversed(bodies)]


@pytest.fixture(autouse=True)
def _empty_queues() -> None:
    with client() as valkey:
        valkey.delete("celery", "outbox")


def test_a_full_outbox_lets_the_next_one_in(northwind: Vendor, globex: Vendor) -> None:
    full, small = Outbox(northwind), Outbox(globex)
    full.put("note", *(str(number) for number in range(3 * tasks.SOME)))
    small.put("note", "mail")
    huge = waiting("outbox")[0]
    assert tasks.drain_outbox(*huge) == tasks.SOME
    assert [one[0] for one in waiting("outbox")][1:] == [str(globex.tenant.pk), str(northwind.tenant.pk)]


def test_a_long_job_lets_the_next_one_in(northwind: Vendor, globex: Vendor) -> None:
    started = []
    for vendor, items in ((northwind, 3 * jobs.PORTION), (globex, 1)):
        with scope(vendor.tenant.pk):
            refs = [(str(number), "An item") for number in range(items)]
            started.append(jobs.start("test", "tests.outbox.work.note", refs, by="tests", at=NOON))
    first: Any = waiting("outbox")[0]
    tasks.do_job(*first)
    assert [one[0] for one in waiting("outbox")][-2:] == [str(globex.tenant.pk), str(northwind.tenant.pk)]


def test_who_has_many_invoices_to_make_goes_to_the_end_after_each_batch(northwind: Vendor, globex: Vendor) -> None:
    northwind.subscribe(northwind.customer(), northwind.plan(**_fee_ahead()), "2026-11-01")
    bill_portion.delay(str(globex.tenant.pk), NOON.isoformat())
    bill_portion(str(northwind.tenant.pk), NOON.isoformat())
    assert [one[0] for one in waiting("celery")] == [str(globex.tenant.pk), str(northwind.tenant.pk)]


def _fee_ahead() -> dict[str, Any]:
    return {"base_fee": {"amount": "99.00", "timing": "advance"}, "prices": []}
