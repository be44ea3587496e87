"""What the outcomes of a batch add to sums: to Usage, and to PendingSums while they wait.

Many of a batch have the same key, which both sums share: so they are told apart by it once, before anything is added.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from apps.common.money import exact
from apps.events import pending
from apps.events.judge import Entry
from apps.events.pending import PendingDelta, span_of
from apps.events.store import UsageDelta

type Key = tuple[UUID, date, UUID, str]
"""Customer, day, version and dimension."""

ZERO = Decimal(0)


def by_key(entries: Iterable[Entry]) -> Mapping[Key, Sequence[Entry]]:
    """Those of the entries that are booked, which none is that awaits confirmation."""
    same: dict[Key, list[Entry]] = defaultdict(list)
    for one in entries:
        if one.booked_day is not None:
            same[one.buyer.id, one.booked_day, one.version.id, one.dimension].append(one)
    return same


def busy(entries: Iterable[Entry], at: datetime) -> Set[UUID]:
    """The customers whose pending outcomes are summed, now that these have come."""
    waiting = [one.buyer.id for one in entries if one.settles_at > at and one.booked_day is not None]
    return pending.busy.among(Counter(waiting), at=at) if waiting else frozenset()


def usage_of(entry: Entry) -> UsageDelta | None:
    """What an outcome adds to Usage; None while it awaits confirmation."""
    if entry.booked_day is None:
        return None
    return UsageDelta(
        entry.buyer.id,
        entry.booked_day,
        entry.version.id,
        entry.dimension,
        entry.quantity,
        entry.value,
        1,
        entry.quantity if entry.late else ZERO,
        entries=1,
    )


def pending_of(entry: Entry, summed_for: Collection[UUID], at: datetime) -> PendingDelta | None:
    """What an outcome adds to PendingSums, if it waits and its customer is one of these."""
    if entry.settles_at <= at or entry.booked_day is None or entry.buyer.id not in summed_for:
        return None
    span = span_of(entry.settles_at)
    return PendingDelta(entry.buyer.id, entry.booked_day, span, entry.version.id, entry.dimension, entry.quantity)


def usage_of_all(same: Mapping[Key, Sequence[Entry]]) -> list[UsageDelta]:
    """What entries by their keys add to Usage."""
    with exact():
        return [_usage(key, entries) for key, entries in same.items()]


def _usage(key: Key, entries: Sequence[Entry]) -> UsageDelta:
    return UsageDelta(
        *key,
        sum([one.quantity for one in entries], ZERO),
        sum([one.value for one in entries], ZERO),
        len(entries),
        sum([one.quantity for one in entries if one.late], ZERO),
        entries=len(entries),
    )


def pending_of_all(
    same: Mapping[Key, Sequence[Entry]], summed_for: Collection[UUID], at: datetime
) -> list[PendingDelta]:
    """What entries by their keys add to PendingSums of these customers."""
    with exact():
        return [
            PendingDelta(customer_id, day, span, version_id, dimension, quantity)
            for (customer_id, day, version_id, dimension), entries in same.items()
            if customer_id in summed_for
            for span, quantity in _by_span(entries, at).items()
        ]


def _by_span(entries: Iterable[Entry], at: datetime) -> Mapping[int, Decimal]:
    """The quantity that waits, by when it settles."""
    spans: dict[int, Decimal] = defaultdict(Decimal)
    for one in entries:
        if one.settles_at > at:
            spans[span_of(one.settles_at)] += one.quantity
    return spans
