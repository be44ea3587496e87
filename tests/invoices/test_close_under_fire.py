"""Closing while events pour in, and closing by a worker that is killed again and again: the law holds."""

import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Event as Flag

from apps.events.compare import compare
from apps.events.ingest import Result
from apps.events.models import Outcome
from apps.invoices.close import close_tenant
from apps.invoices.law import classes
from apps.invoices.models import Cycle, Invoice, InvoiceLine
from apps.invoices.tasks import close_cycles
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket
from tests.threads import at_once
from tests.worker import Worker, wait_until


def test_events_that_arrive_during_the_close_are_each_in_exactly_one_class(northwind: Vendor) -> None:
    """Six customers report the last minutes of November and the first of December while November is closed.

    Half of them are billed; the other half have no subscription, so what they count is unbilled.
    """
    northwind.definition()
    plan = northwind.plan()
    billed, unbilled = ["c0", "c1", "c2"], ["c3", "c4", "c5"]
    for name in billed:
        northwind.subscribe(northwind.customer(name, time_zone="UTC"), plan, "2026-11-01")
    for name in unbilled:
        northwind.customer(name, time_zone="UTC")
    closed, midnight = Flag(), instant("2026-12-01 00:00")

    def send(sender: int) -> list[Result]:
        chance, answers, n = random.Random(sender), [], 0
        while not closed.is_set() or n < 40:
            time = midnight + timedelta(minutes=chance.randint(-90, 30))
            events = [
                ticket(f"{sender}-{n}-{m}", chance.choice(billed + unbilled), time=time.isoformat()) for m in range(9)
            ]
            answers += northwind.send(*events, at="2026-12-01 00:31")
            n += 1
        return answers

    def something_of_november_counts() -> bool:
        with scope(northwind.tenant.pk):
            return Outcome.objects.filter(customer__external_id__in=billed, occurred_at__lt=midnight).exists()

    def close() -> list[Result]:
        wait_until(something_of_november_counts)
        assert close_tenant(northwind.tenant.pk, at=instant("2026-12-01 00:31")).invoices == 3
        closed.set()
        return []

    answers = [answer for part in at_once(close, *[lambda n=n: send(n) for n in range(4)]) for answer in part]
    assert {answer.status for answer in answers} == {"accepted"}
    with scope(northwind.tenant.pk):
        counted = classes(northwind.tenant.pk, at=instant("2026-12-01 00:31"))
        lines = InvoiceLine.objects.filter(kind="usage")
        invoiced = sum(line.quantity for line in lines)
        of_unbilled = Outcome.objects.filter(customer__external_id__in=unbilled).count()
        differences = compare().differences
    assert sum(counted.values()) == len(answers) == outcomes_of(northwind)
    assert counted["fenced"] == invoiced, "what is fenced stands on the invoices, and nothing else does"
    assert counted["unbilled"] == of_unbilled
    assert counted["open"] == len(answers) - of_unbilled - invoiced
    assert counted["fenced"] > 0 < counted["open"]
    assert differences == []


def outcomes_of(vendor: Vendor) -> int:
    with scope(vendor.tenant.pk):
        return Outcome.objects.count()


def test_a_worker_killed_at_any_point_of_a_close_leaves_one_invoice_for_each_cycle(worker: Worker) -> None:
    """A close may be over before the first kill comes; then it is tried with another vendor."""
    assert any(kills_during_a_close(new_vendor(), worker) for _ in range(5)), "no kill came in time"


def kills_during_a_close(northwind: Vendor, worker: Worker) -> int:
    """How many kills of the worker came before everything was invoiced; however many, it is once and without a gap."""
    today = datetime.now(UTC).date()
    start = (today.replace(day=1) - timedelta(days=35)).replace(day=1)
    northwind.definition(at=instant(f"{start}"))
    plan = northwind.plan(base_fee={"amount": "99.00", "timing": "advance"})
    for n in range(150):
        northwind.subscribe(northwind.customer(f"c{n}"), plan, start.isoformat())

    def progress() -> int:
        with scope(northwind.tenant.pk):
            return Invoice.objects.count() + Cycle.objects.exclude(closed_at=None).count()

    def everything_is_invoiced() -> bool:
        with scope(northwind.tenant.pk):
            due = Cycle.objects.due(datetime.now(UTC)).exists()
            return (
                not due
                and not Cycle.objects.unbilled().exists()
                and not Cycle.objects.filter(fee_due_at__lte=datetime.now(UTC))
            )

    def close() -> None:
        close_cycles.delay(str(northwind.tenant.pk))

    chance, kills = random.Random(7), 0
    for _ in range(4):
        before = progress()
        worker.start()
        wait_until(lambda before=before: progress() > before or everything_is_invoiced(), ask=close)
        time.sleep(chance.random() * 0.4)
        worker.kill()
        kills += not everything_is_invoiced()
    worker.start()
    wait_until(everything_is_invoiced, ask=close)
    worker.stop()
    with scope(northwind.tenant.pk):
        closed = Cycle.objects.exclude(closed_at=None).count()
        purposes = Counter(Invoice.objects.values_list("purpose", flat=True))
        numbers = sorted(int(number[-4:]) for number in Invoice.objects.values_list("number", flat=True))
    assert purposes == {"start": 150, "cycle": closed}
    assert numbers == list(range(1, 150 + closed + 1))
    return kills
