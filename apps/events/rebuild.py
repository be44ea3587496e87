"""Making Usage and PendingSums what the ledger says, while events come in.

What differs is booked on top of what stands there, as writers book: whatever they add in the meantime stays.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.common.money import exact
from apps.events import pending, store
from apps.events.compare import Comparison, Difference, compare, compare_pending
from apps.events.pending import PendingDelta, span_of
from apps.events.store import UsageDelta
from apps.events.usage import FIGURES
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id, scope

PORTION = 500
"""Customers that are compared and mended in one transaction."""


def rebuild(tenant_id: UUID, *, at: datetime) -> Iterator[Comparison]:
    """Mend the sums of a whole tenant, some customers to a transaction; yields what each portion found.

    It may be stopped at any point and run again, and two may run at once.
    """
    for customers in portions(tenant_id):
        with scope(tenant_id):
            found = mend(customers, at=at)
        yield found


def portions(tenant_id: UUID) -> Iterator[Sequence[UUID]]:
    """The ids of the tenant's customers, in portions."""
    last: UUID | None = None
    while True:
        with scope(tenant_id):
            rows = Customer.objects.order_by("pk")
            ids = list((rows.filter(pk__gt=last) if last else rows).values_list("pk", flat=True)[:PORTION])
        if not ids:
            return
        yield ids
        last = ids[-1]


def mend(customers: Sequence[UUID] | None = None, *, at: datetime) -> Comparison:
    """Make the Usage of these customers, or of all, the sum of their entries, and so what is pending from `at` on;
    returns what differed. Needs a scope.
    """
    tenant_id = current_tenant_id()
    # In a statement of its own: who waits here must see what the other has booked.
    # Two who mended at once would both book the same difference.
    store.lock_keys([store.lock_named(f"rebuild {tenant_id}")], [True])
    used, waits = compare(customers), compare_pending(customers, at=at)
    store.add_usage(tenant_id, store.summed([_missing(one) for one in used.differences]))
    waiting = [_missing_pending(one, one.starts) for one in waits.differences if one.starts]
    store.add_pending(tenant_id, pending.summed(waiting))
    return used + waits


def _missing(one: Difference) -> UsageDelta:
    """What is to be added. `entries` grows in any case, so that a page that watches it sees the change."""
    with exact():
        missing: Any = {name: own - other for name, own, other in zip(FIGURES, one.expected, one.found, strict=True)}
    missing["entries"] = max(missing["entries"], 1)
    return UsageDelta(one.customer_id, one.day, one.version_id, one.dimension, **missing)


def _missing_pending(one: Difference, starts: datetime) -> PendingDelta:
    with exact():
        missing = Decimal(one.expected[0]) - one.found[0]
    return PendingDelta(one.customer_id, one.day, span_of(starts), one.version_id, one.dimension, missing)
