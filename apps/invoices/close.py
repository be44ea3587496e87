"""Closing: the fence, then rating, then issue. Every step can be killed and run again, and `at` is "now" for all of it.

1. Fence: in one transaction the cycles that are due are marked closed and their customers' days with them; from then
on no
   entry can fall into them. The next cycles open there too.
2. Rate and issue: closed cycles without an invoice, up to 100 to a transaction, each one's row locked.
So whatever dies between the two leaves closed cycles without an invoice, which the next run finds.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.events import fence
from apps.invoices.draft import Draft, draft_close, draft_start
from apps.invoices.issue import issue
from apps.invoices.issuer import read_issuer
from apps.invoices.models import Cycle, Invoice
from apps.invoices.subscribe import open_cycle
from apps.tenants.models import Profile
from apps.tenants.scope import scope

log = logging.getLogger(__name__)
BATCH = 100
FENCE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Closed:
    """What one run did: cycles fenced, invoices issued, and cycles whose invoice failed and waits for the next run."""

    closed: int = 0
    invoices: int = 0
    failed: int = 0

    def __add__(self, other: "Closed") -> "Closed":
        return Closed(self.closed + other.closed, self.invoices + other.invoices, self.failed + other.failed)


def close_tenant(tenant_id: UUID, *, at: datetime) -> Closed:
    """Do all that is due at `at` for one tenant, in transactions of its own; run again it does nothing."""
    failed: set[UUID] = set()
    closed, invoices = 0, bill_all(tenant_id, START, failed, at=at)
    fenced = None
    while fenced != 0:
        invoices += bill_all(tenant_id, CLOSE, failed, at=at)
        fenced = fence_due(tenant_id, at=at)
        closed += fenced
    return Closed(closed, invoices, len(failed))


def fence_due(tenant_id: UUID, *, at: datetime) -> int:
    """Close every cycle that is due, one per subscription, and open the next; returns how many. Raises FenceBusy."""
    for attempt in range(1, FENCE_TRIES + 1):
        try:
            return _fence_due(tenant_id, at)
        except fence.FenceBusy:
            if attempt == FENCE_TRIES:
                raise
    return 0


def _fence_due(tenant_id: UUID, at: datetime) -> int:
    with scope(tenant_id):
        grace = Profile.objects.values_list("grace", flat=True).get()
        if not Cycle.objects.due(at - grace).exists():
            return 0
        fence.lock_for_closing(tenant_id)
        due = Cycle.objects.due(at - grace).select_related("customer", "subscription__plan_version__plan")
        cycles = list(due.order_by("subscription_id", "index"))
        Cycle.objects.filter(pk__in=[cycle.pk for cycle in cycles]).update(closed_at=at)
        closed_through: dict[UUID, Any] = {}
        for cycle in cycles:
            closed_through[cycle.customer_id] = max(cycle.end, closed_through.get(cycle.customer_id, cycle.end))
            open_cycle(cycle.subscription, cycle.index + 1, cycle.customer)
        fence.move(closed_through)
        return len(cycles)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cycles are invoiced: which wait, how they are rated, and what marks them as done."""

    purpose: Invoice.Purpose
    waiting: Callable[[datetime], Any]
    draft: Callable[[Cycle], Draft]
    done: dict[str, Any]


START = Reason(Invoice.Purpose.START, Cycle.objects.fee_due, draft_start, {"fee_due_at": None})
"""First cycles whose fee is due in advance."""
CLOSE = Reason(Invoice.Purpose.CYCLE, lambda at: Cycle.objects.unbilled(), draft_close, {"billed": True})
"""Closed cycles without an invoice."""


def bill_all(tenant_id: UUID, reason: Reason, failed: set[UUID], *, at: datetime) -> int:
    """Bill batch after batch until nothing is left, and return how many invoices that made."""
    known, tried, batch = len(failed), 0, 1
    while batch:
        with scope(tenant_id):
            batch = bill_batch(reason, failed, at=at)
        tried += batch
    return tried - (len(failed) - known)


def bill_batch(reason: Reason, failed: set[UUID], *, at: datetime) -> int:
    """Issue up to 100 waiting cycles, their rows locked, and return how many were tried.

    Cycles that another run holds are left to it; those that fail here are added to `failed`.
    """
    issuer = read_issuer()
    rows = reason.waiting(at).exclude(pk__in=failed).select_for_update(skip_locked=True, of=("self",))
    # Read after the lock: whoever cuts a cycle holds it, so an end that he set is seen here.
    related = rows.select_related("customer").prefetch_related("subscription__plan_version__plan")
    cycles = list(related.order_by("ends_at", "id")[:BATCH])
    for cycle in cycles:
        try:
            with transaction.atomic():
                issue(cycle, reason.draft(cycle), reason.purpose, issuer=issuer, at=at)
                Cycle.objects.filter(pk=cycle.pk).update(**reason.done)
        except Exception:
            log.exception("Cycle %s could not be invoiced; the next run tries again", cycle.pk)
            failed.add(cycle.pk)
    return len(cycles)
