"""Two Celery workers beside one: real worker processes, each closing its share of one tenant.

Both sides are warm before the clock starts. Beside the wall clock stands the processor's time, of the workers and of
all of PostgreSQL: what one worker uses of it in a second says how much faster two can be on two cores.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import median
from uuid import UUID

from apps.invoices.models import NumberSeries
from apps.invoices.tasks import close_cycles
from apps.outbox.heartbeat import client
from apps.tenants.scope import scope
from benchmarks import processor
from benchmarks.bills import billed_vendor
from dev.home import CLONE
from dev.processes import Child, Command, Family

ROUNDS = 3
OUTCOMES = 5
WORKER = ["celery", "-A", "config", "worker", "--concurrency=1", "--queues=celery", "--loglevel=ERROR"]
WORKER += ["--without-mingle", "--without-gossip"]


def run(bar: float, size: int) -> bool:
    """Measure and print; whether two are at least `bar` times as fast as one."""
    month = last_month()
    taken: dict[int, list[float]] = {1: [], 2: []}
    used: dict[int, list[float]] = {1: [], 2: []}
    for number in range(ROUNDS):
        for count in (1, 2) if number % 2 else (2, 1):
            tenant_id = billed_vendor(size, OUTCOMES, [month])
            with running(count) as children:
                processes = [processor.postgres(), *(child.process.pid for child in children)]
                before = processor.seconds(processes)
                taken[count].append(closed_after(tenant_id, size))
                used[count].append(processor.seconds(processes) - before)
    for count, rounds in taken.items():
        busy = median(cpu / wall for cpu, wall in zip(used[count], rounds, strict=True))
        print(
            f"  {count} Celery worker{'s' if count > 1 else ' '} {size / median(rounds):8,.0f} invoices/s,"
            f" {median(used[count]) / size * 1000:.2f} ms of processor each, {busy:.2f} processors busy"
        )
    ratio = median(one / two for one, two in zip(taken[1], taken[2], strict=True))
    print(f"Bar: two workers at least {bar} times as fast as one on two cores: {ratio:.2f}.\n")
    return ratio >= bar


def last_month() -> date:
    """The month whose cycles are due now, and whose next ones are not."""
    return (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)


@contextmanager
def running(count: int) -> Iterator[list[Child]]:
    """So many workers, ready for work; the outbox's queue is left alone, since PDFs come after what is measured."""
    with client() as valkey:
        valkey.delete("celery", "outbox")
    family = Family()
    argv = [sys.executable, "-W", "ignore", "-m", *WORKER]
    commands = [Command("worker", [*argv, f"--hostname=bench{number}@%h"], CLONE) for number in range(count)]
    children = [family.start(command) for command in commands]
    try:
        warm(count)
        yield children
    finally:
        for child in children:
            family.stop(child)
        family.close()


def warm(count: int) -> None:
    """Let every worker close a small tenant first: it has its connections and its plans then."""
    for _ in range(3):
        tenants = [billed_vendor(5, 1, [last_month()]) for _ in range(count)]
        for tenant_id in tenants:
            close_cycles.delay(str(tenant_id))
        for tenant_id in tenants:
            wait_for(tenant_id, 5)


def closed_after(tenant_id: UUID, size: int) -> float:
    """Seconds from asking until the last invoice is issued."""
    began = time.perf_counter()
    close_cycles.delay(str(tenant_id))
    wait_for(tenant_id, size)
    return time.perf_counter() - began


def wait_for(tenant_id: UUID, size: int) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        with scope(tenant_id):
            if NumberSeries.objects.filter(next__gt=size).exists():  # one row: looking costs the workers nothing
                return
        time.sleep(0.02)
    raise TimeoutError("the workers did not close in time")
