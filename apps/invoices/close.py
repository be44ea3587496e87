"""Closing: the fence, then rating, then issue. Every step can be killed and run again, and `at` is "now" for all of it.

1. Fence: cycles that are due are marked closed and their customers' days with them; from then on no entry can fall into
   them. The next cycles open in the same transaction, which takes all that is due of a customer.
2. Credit (credit.py): what was voided of issued invoices by the end of their customers' yesterday, and fees of cycles
   that were cut. It comes before the invoices, so that a balance it leaves pays them, and again after, for theirs.
3. Rate and issue (bill.py): closed cycles without an invoice, up to 100 to a transaction, each one's row locked. Where
   the tenant skips invoices with nothing to bill, such a cycle is done without one.
So whatever dies in between leaves closed cycles without an invoice, which the next run finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from apps.common.arrays import array
from apps.common.inserts import Inserts
from apps.common.reads import Rows
from apps.common.statements import read, write
from apps.events import fence
from apps.invoices.bill import CLOSE, START, Reason, bill_batch
from apps.invoices.credit import credit_due
from apps.invoices.models import Cycle
from apps.invoices.subscribe import next_cycle
from apps.invoices.subscribers import ask_subscribers
from apps.tenants.models import Profile
from apps.tenants.scope import scope

FENCE_TRIES = 5
PORTION = 500
"""Cycles that are fenced in one transaction, and what else is due of their customers: writers of the tenant wait."""

CYCLE = Rows(Cycle, "cycle")
DUE = f"""
SELECT {CYCLE.columns} FROM invoices_cycle cycle
WHERE tenant_id = %b AND customer_id = ANY(%b::uuid[]) AND closed_at IS NULL AND ends_at <= %b
ORDER BY ends_at, id
"""  # noqa: S608  # names of columns
"""In an order that is the same each time: the next cycles have ids in it, and invoices their numbers by those."""
CLOSE_THESE = "UPDATE invoices_cycle SET closed_at = %b WHERE tenant_id = %b AND id = ANY(%b::uuid[])"
CYCLES = Inserts(
    Cycle,
    id="uuid",
    subscription_id="uuid",
    customer_id="uuid",
    index="int",
    start="day",
    end="day",
    full_start="day",
    full_end="day",
    ends_at="instant",
    closed_at="instant",
    billed="flag",
    fee_due_at="instant",
    fee_cut="flag",
)
_values = attrgetter(*CYCLES.names)


@dataclass(frozen=True, slots=True)
class Closed:
    """What one run did: cycles fenced, invoices made, and cycles whose invoice failed and waits for the next run."""

    closed: int = 0
    invoices: int = 0
    failed: int = 0

    def __add__(self, other: "Closed") -> "Closed":
        return Closed(self.closed + other.closed, self.invoices + other.invoices, self.failed + other.failed)


def close_tenant(tenant_id: UUID, *, at: datetime) -> Closed:
    """Do all that is due at `at` for one tenant, in transactions of its own; run again it does nothing."""
    failed: dict[UUID, str] = {}
    closed = fence_all(tenant_id, at=at)
    credit_due(tenant_id, at=at)
    invoices = sum(bill_all(tenant_id, reason, failed, at=at) for reason in (START, CLOSE))
    credit_due(tenant_id, at=at)
    return Closed(closed, invoices, len(failed))


def bill_some(tenant_id: UUID, failed: dict[UUID, str], *, at: datetime) -> bool:
    """Bill one batch of what waits; whether there was any, so that more may wait. Adds to `failed` as `bill_batch`."""
    with scope(tenant_id):
        return any(bill_batch(reason, failed, at=at).tried for reason in (START, CLOSE))


def waiting(tenant_id: UUID, *, at: datetime) -> int:
    """How many invoices are to be made."""
    with scope(tenant_id):
        return sum(reason.waiting(at).count() for reason in (START, CLOSE))


def bill_all(tenant_id: UUID, reason: Reason, failed: dict[UUID, str], *, at: datetime) -> int:
    """Bill batch after batch until nothing is left, and return how many invoices that made."""
    invoices = 0
    while True:
        with scope(tenant_id):
            batch = bill_batch(reason, failed, at=at)
        if not batch.tried:
            return invoices
        invoices += batch.invoices


def fence_all(tenant_id: UUID, *, at: datetime) -> int:
    """Close every cycle that is due; returns how many. Raises FenceBusy."""
    closed, portion = 0, 1
    while portion:
        portion = fence_some(tenant_id, at=at)
        closed += portion
    return closed


def fence_some(tenant_id: UUID, *, at: datetime) -> int:
    """`fence_portion`, tried again where writers hold the lock for long. Raises FenceBusy."""
    for attempt in range(1, FENCE_TRIES + 1):
        try:
            return fence_portion(tenant_id, at)
        except fence.FenceBusy:
            if attempt == FENCE_TRIES:
                raise
    return 0


def fence_portion(tenant_id: UUID, at: datetime) -> int:
    """Close those that have been due longest, and open the next ones; returns how many. Raises FenceBusy.

    All that is due of a customer is closed together, and what is opened by that and due too: so what one cycle gives
    back is there before any is billed, and an earlier month is billed knowing that a later one was cut.
    """
    with scope(tenant_id):
        grace = Profile.objects.values_list("grace", flat=True).get()
        if not Cycle.objects.due(at - grace).exists():
            return 0
        fence.lock_for_closing(tenant_id)
        due = Cycle.objects.due(at - grace).order_by("ends_at", "id")
        customers = array("uuid", list(set(due.values_list("customer_id", flat=True)[:PORTION])))
        closed_through: dict[UUID, date] = {}
        closed = 0
        while cycles := CYCLE.all(read(DUE, [tenant_id, customers, at - grace])):
            _close(tenant_id, cycles, at)
            closed += len(cycles)
            for cycle in cycles:
                closed_through[cycle.customer_id] = max(cycle.end, closed_through.get(cycle.customer_id, cycle.end))
        fence.move(closed_through)
        return closed


def _close(tenant_id: UUID, cycles: Sequence[Cycle], at: datetime) -> None:
    """Mark them closed, and open those that follow."""
    ask_subscribers(cycles)()
    write(CLOSE_THESE, [at, tenant_id, array("uuid", [cycle.pk for cycle in cycles])])
    following = (next_cycle(cycle.subscription, cycle.index + 1, cycle.customer) for cycle in cycles)
    CYCLES.write(tenant_id, [_values(cycle) for cycle in following if cycle])
