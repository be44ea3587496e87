"""The nightly check and the rebuild of Usage among many stored events, the rebuild while four clients send hundreds.

It is the worst case: all of Usage was lost, and is made anew from the ledger while events come in. Nothing may differ
afterwards. What ingestion does meanwhile stands beside what it did before.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter
from uuid import UUID

from django.db import connections
from django.db.models import Sum

from apps.events.compare import compare, compare_pending
from apps.events.models import Outcome, Usage
from apps.events.rebuild import rebuild
from apps.events.verify import affordable, check, draw
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from benchmarks.history import HOT, Vendor
from benchmarks.served import Served

CLIENTS = 4
BATCHES = 100
BEFORE = 3
"""Times so many batches are sent before the rebuild; then again and again until it has ended."""


def measure(vendor: Vendor, server: Served, batch: Callable[[], bytes]) -> bool:
    """Measure and print, in the database in use; whether nothing differs in the end. `batch` makes a body of events."""
    print("\nUsage and the ledger: entries a second\n")
    checks(vendor)
    with scope(vendor.tenant_id):
        entries = Outcome.objects.count()
    line("rebuild that finds nothing wrong", entries, rebuilt(vendor.tenant_id))

    def send() -> float:
        answers = server.post("/api/v1/events", [batch() for _ in range(BATCHES)], CLIENTS, vendor.key)
        return answers.accepted / answers.seconds

    before = [send() for _ in range(BEFORE)]
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE events_usage, events_pendingsum")
    meanwhile = []
    with ThreadPoolExecutor(1) as beside:
        rebuilding = beside.submit(rebuilt, vendor.tenant_id)
        while not rebuilding.done():
            meanwhile.append(send())
    with scope(vendor.tenant_id):
        entries = Outcome.objects.count()
        found = compare() + compare_pending(at=datetime.now(UTC))
    line(f"rebuild of {found.sums:,} sums, all lost", entries, rebuilding.result())
    print(f"  ingestion meanwhile {median(meanwhile):,.0f} events a second, {median(before):,.0f} before")
    print(f"Bar: none of {found.sums:,} sums differs afterwards: {len(found.differences):,}.")
    return not found.differences


def checks(vendor: Vendor) -> None:
    """Print what the check of today takes, and what it takes where the lot falls on the hot customer alone."""
    at = datetime.now(UTC)
    with scope(vendor.tenant_id):
        customers, days = draw(vendor.tenant_id, at.date())
        entries = counted(customers, days)
    began = perf_counter()
    check(vendor.tenant_id, at=at)
    line(f"nightly check, {len(customers)} customers and {len(days)} days", entries, perf_counter() - began)
    with scope(vendor.tenant_id):
        hot = [access_customer(HOT).pk]
        days = affordable(hot, [], days)
        entries = counted(hot, days)
        began = perf_counter()
        compare(hot, days)
    line(f"the same of the hot customer, {len(days)} days", entries, perf_counter() - began)


def counted(customers: Sequence[UUID], days: Sequence[date]) -> int:
    """How many entries a comparison sums."""
    rows = Usage.objects.filter(customer__in=customers, day__in=days)
    return int(rows.aggregate(sum=Sum("entries"))["sum"] or 0)


def rebuilt(tenant_id: UUID) -> float:
    """Seconds that a rebuild took, in a thread of its own."""
    began = perf_counter()
    try:
        for _ in rebuild(tenant_id, at=datetime.now(UTC)):
            pass
    finally:
        connections.close_all()
    return perf_counter() - began


def line(what: str, entries: int, seconds: float) -> None:
    print(f"  {what:<52} {entries:>10,} in {seconds:6.1f} s {entries / seconds:>10,.0f} a second")
