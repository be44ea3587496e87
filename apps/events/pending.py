"""What has not settled yet: read from the ledger, and for busy customers from sums that ingestion keeps.

Pending is read from the clock, so it has to be known by the instant of settlement. The ledger's index tells it at once
of a hundred outcomes, but not of the hundred thousand of a customer with a long window. So outcomes of busy customers
are summed as they are booked, by the five minutes in which they settle (PendingSum). Such an outcome says so itself
(`pending_summed`): who is busy may be decided anew for each. A reader takes the spans that are to come from the sums;
the one that is running, and what is not summed, from the ledger. What had settled when it came is in neither, nor in
the index.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.common.money import exact
from apps.common.statements import ask
from apps.events.models import PendingSum
from apps.tenants.scope import current_tenant_id

SPAN = timedelta(minutes=5)
FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""Where spans are counted from."""
BUSY = 20
"""Pending outcomes of an hour that make a customer busy; each process counts those that it takes in."""
KEPT = timedelta(days=1)
ZERO = Decimal(0)


class PendingDelta(NamedTuple):
    """What an entry adds to the sum of its key; `customer, day, span, version, dimension` is the key."""

    customer_id: UUID
    day: date
    span: int
    version_id: UUID
    dimension: str
    quantity: Decimal


def span_of(instant: datetime) -> int:
    """The number of the five minutes that hold this instant."""
    return (instant - FIRST) // SPAN


def start_of(span: int) -> datetime:
    """The instant at which a span begins."""
    return FIRST + span * SPAN


def summed(deltas: Iterable[PendingDelta]) -> list[tuple[UUID, date, datetime, UUID, str, Decimal]]:
    """Deltas of one key added up, in order of key, each with the start of its span."""
    same: dict[tuple[UUID, date, int, UUID, str], list[Decimal]] = {}
    for customer_id, day, span, version_id, dimension, quantity in deltas:
        same.setdefault((customer_id, day, span, version_id, dimension), []).append(quantity)
    with exact():
        return [
            (customer_id, day, start_of(span), version_id, dimension, sum(quantities, ZERO))
            for (customer_id, day, span, version_id, dimension), quantities in sorted(same.items())
        ]


class Busy:
    """Who has had many pending outcomes in this hour or the one before, as far as this process has seen.

    It only decides where pending outcomes are read from, never what is read: so nothing is lost with it.
    """

    def __init__(self) -> None:
        self.hour = 0
        self.counts: dict[UUID, int] = {}
        self.before: dict[UUID, int] = {}

    def among(self, more: Mapping[UUID, int], *, at: datetime) -> set[UUID]:
        """Count so many more outcomes of these customers; which of them are busy."""
        self._turn(int(at.timestamp()) // 3600)
        counts, before = self.counts, self.before  # another thread may turn the hour
        for customer_id, count in more.items():
            counts[customer_id] = counts.get(customer_id, 0) + count
        return {id for id in more if counts[id] >= BUSY or before.get(id, 0) >= BUSY}

    def _turn(self, hour: int) -> None:
        """Another hour has come. One that is just past is not gone back to, for a request that has waited."""
        if hour in (self.hour, self.hour - 1):
            return
        self.before = self.counts if hour == self.hour + 1 else {}
        self.hour, self.counts = hour, {}


busy = Busy()

UNSETTLED = """
WITH own AS MATERIALIZED (
  SELECT id, version_id, dimension, quantity FROM (
    SELECT id, version_id, dimension, quantity, booked_day FROM events_outcome
    WHERE tenant_id = %b AND customer_id = %b AND pending_summed IS NOT NULL AND NOT pending_summed
      AND settles_at > %b AND settles_at < %b AND NOT awaits_confirmation
    UNION ALL
    SELECT id, version_id, dimension, quantity, booked_day FROM events_outcome
    WHERE tenant_id = %b AND customer_id = %b AND pending_summed IS NOT NULL AND pending_summed
      AND settles_at > %b AND settles_at < %b
    OFFSET 0
  ) waiting WHERE booked_day = %b
)
SELECT version_id, dimension, sum(quantity) FROM (
  SELECT version_id, dimension, quantity FROM own
  UNION ALL
  SELECT own.version_id, own.dimension, befell.quantity FROM own
  JOIN events_resolution befell ON befell.tenant_id = %b AND befell.outcome_id = own.id AND befell.booked_day = %b
  UNION ALL
  SELECT version_id, dimension, quantity FROM events_pendingsum
  WHERE tenant_id = %b AND customer_id = %b AND day = %b AND starts >= %b
) entry
GROUP BY version_id, dimension
"""
"""By when they settle (OFFSET keeps PostgreSQL to it), never by their day, on which a hot customer has all that settled
already. What is booked on a day settles by its end, wherever on earth the customer lived then: half a day after its end
in UTC at the latest."""


def ask_unsettled(customer_id: UUID, today: date, *, at: datetime) -> Callable[[], dict[tuple[UUID, str], Decimal]]:
    """Ask for the quantity booked today but not settled yet, by version and dimension; without what was voided or
    held.
    """
    own = current_tenant_id(), customer_id
    end = datetime.combine(today, time.min, UTC) + timedelta(days=1, hours=12)
    coming = start_of(span_of(at) + 1)
    ledger = [*own, at, end, *own, at, coming, today, own[0], today]
    rows = ask(UNSETTLED, [*ledger, *own, today, coming])
    return lambda: {(version_id, dimension): quantity for version_id, dimension, quantity in rows()}


NEXT_SETTLEMENT = """
SELECT least(
  (SELECT min(settles_at) FROM events_outcome
    WHERE tenant_id = %b AND customer_id = %b AND pending_summed IS NOT NULL AND NOT pending_summed
      AND settles_at > %b AND NOT awaits_confirmation),
  (SELECT min(settles_at) FROM events_outcome
    WHERE tenant_id = %b AND customer_id = %b AND pending_summed IS NOT NULL AND pending_summed AND settles_at > %b))
"""


def ask_next_settlement(customer_id: UUID, *, at: datetime) -> Callable[[], datetime | None]:
    """Ask when the next pending outcome settles, by the clock alone; None when none is pending."""
    rows = ask(NEXT_SETTLEMENT, [current_tenant_id(), customer_id, at] * 2)
    return lambda: rows()[0][0]


def forget(*, at: datetime) -> None:
    """Remove sums of what has settled more than a day ago: nobody reads them. Needs a scope."""
    PendingSum.objects.filter(starts__lt=at - KEPT).delete()
