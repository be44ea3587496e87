"""What later befalls an outcome: confirm, void, hold, release, at most one of each.

Whoever resolves outcomes first takes the exclusive lock of their subjects; whoever books outcomes that heed signals or
claim their subject takes it shared, before claims and usage. So what is read here stands until it is written.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from uuid import UUID

from apps.events import pending, store
from apps.events.fence import lock_for_writing
from apps.events.judge import Buyer, book
from apps.events.models import Claim, Outcome, Resolution
from apps.events.pending import PendingDelta, span_of
from apps.events.store import UsageDelta
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

Kind = Resolution.Kind
SUBJECT_LOCKS = 16
ZERO = Decimal(0)


class NotNow(ValueError):
    """The outcome's state does not allow this; the text says why."""


type Subject = tuple[UUID, str]
"""A customer's id and what he names a subject."""


def _locks(tenant_id: UUID, subjects: Set[Subject]) -> set[int]:
    """The advisory locks of subjects; these few serve all subjects of a tenant."""
    hashes = [
        blake2b(customer_id.bytes + subject.encode(), digest_size=2).digest() for customer_id, subject in subjects
    ]
    return {
        _bucket_lock(tenant_id, bucket) for bucket in {int.from_bytes(one, "big") % SUBJECT_LOCKS for one in hashes}
    }


@lru_cache(maxsize=16_384)
def _bucket_lock(tenant_id: UUID, bucket: int) -> int:
    return store.lock_named(f"subjects {tenant_id} {bucket}")


def _all_locks(tenant_id: UUID) -> set[int]:
    return {_bucket_lock(tenant_id, bucket) for bucket in range(SUBJECT_LOCKS)}


def lock_subjects(tenant_id: UUID, alone: Set[Subject], shared: Set[Subject] = frozenset()) -> None:
    """Lock these subjects in order of key, the shared ones beside others who share, until the transaction ends.

    Where as many share as there are locks, they have most of them anyway: to take all is cheaper than to tell which.
    """
    own = _locks(tenant_id, alone)
    sharing = _all_locks(tenant_id) if len(shared) >= SUBJECT_LOCKS else _locks(tenant_id, shared)
    keys = sorted(own | sharing)
    if keys:
        store.lock_keys(keys, [key in own for key in keys])


@dataclass(frozen=True, slots=True)
class Standing:
    """An outcome, its subject locked, with what befell it so far and how far its customer is closed."""

    outcome: Outcome
    resolutions: dict[str, Resolution]
    buyer: Buyer

    @property
    def booked_day(self) -> date | None:
        """The day on which its quantity stands, or stood before it was taken back."""
        release, confirm = self.resolutions.get(Kind.RELEASE), self.resolutions.get(Kind.CONFIRM)
        if release and release.booked_day:
            return release.booked_day
        return confirm.booked_day if confirm else self.outcome.booked_day

    @property
    def late(self) -> bool:
        confirm = self.resolutions.get(Kind.CONFIRM)
        return confirm.late if confirm else self.outcome.late

    @property
    def fenced(self) -> bool:
        return self.booked_day is not None and self.booked_day < self.buyer.closed_through

    @property
    def held(self) -> bool:
        return Kind.HOLD in self.resolutions and Kind.RELEASE not in self.resolutions

    @property
    def held_before_fence(self) -> bool:
        """Whether a hold has taken its quantity out of Usage."""
        return self.held and not self.resolutions[Kind.HOLD].after_fence

    @property
    def counts(self) -> bool:
        """Whether its quantity stands in Usage now."""
        return self.booked_day is not None and Kind.VOID not in self.resolutions and not self.held_before_fence


def lock(outcome_id: UUID) -> Standing:
    """Lock one outcome against other resolutions, and the fence. Raises Outcome.DoesNotExist."""
    tenant_id = current_tenant_id()
    lock_for_writing(tenant_id)
    customer_id, subject = Outcome.objects.values_list("customer_id", "subject").get(pk=outcome_id)
    lock_subjects(tenant_id, {(customer_id, subject or str(outcome_id))})
    return standings([outcome_id])[outcome_id]


def standings(outcome_ids: Iterable[UUID]) -> dict[UUID, Standing]:
    """Where these outcomes stand. Their subjects must be locked, and the fence, each in an earlier statement."""
    outcomes = list(Outcome.objects.filter(pk__in=list(outcome_ids)).select_related("version", "event"))
    customers = Customer.objects.filter(pk__in={one.customer_id for one in outcomes})
    buyers = {one.pk: Buyer(one.pk, one.zone, one.closed_through) for one in customers}
    resolutions: dict[UUID, dict[str, Resolution]] = {one.pk: {} for one in outcomes}
    for row in Resolution.objects.filter(outcome__in=outcomes):
        resolutions[row.outcome_id][row.kind] = row
    return {one.pk: Standing(one, resolutions[one.pk], buyers[one.customer_id]) for one in outcomes}


def void(standing: Standing, *, by: str, reason: str, at: datetime) -> Resolution:
    """Take an outcome back by an explicit word; a second void is the first one again."""
    known = standing.resolutions.get(Kind.VOID)
    return known or write(standing, voiding(standing, by=by, reason=reason, time=at, at=at))


def confirm(standing: Standing, *, by: str, at: datetime) -> Resolution:
    """Confirm an outcome by an explicit word; a second confirmation is the first one again.

    Raises NotNow for an outcome that needs none, was voided, has expired, or has lost its subject to another.
    """
    known = standing.resolutions.get(Kind.CONFIRM)
    if known:
        return known
    refusal = why_not_confirm(standing, time=at)
    if refusal:
        raise NotNow(refusal)
    return write(standing, confirming(standing, by=by, time=at, at=at))


def hold(standing: Standing, *, by: str, reason: str, at: datetime) -> Resolution:
    """Take an outcome out of the count until it is released; a second hold is the first one again.

    Raises NotNow for one that was voided, and for one that awaits confirmation, for nothing of it counts yet.
    """
    known = standing.resolutions.get(Kind.HOLD)
    if known:
        return known
    if Kind.VOID in standing.resolutions:
        raise NotNow("It was voided already.")
    if standing.booked_day is None:
        raise NotNow("It awaits confirmation, so nothing of it counts yet.")
    return write(standing, _taking_back(Kind.HOLD, standing, by=by, reason=reason, time=at, at=at))


def release(standing: Standing, *, by: str, reason: str, at: datetime) -> Resolution:
    """End a hold: what it took out counts again, on a day that is open. Raises NotNow for one that is not held."""
    known = standing.resolutions.get(Kind.RELEASE)
    if known:
        return known
    if not standing.held:
        raise NotNow("It is not held.")
    outcome = standing.outcome
    row = _row(Kind.RELEASE, standing, by=by, reason=reason, time=at, at=at)
    if standing.held_before_fence and Kind.VOID not in standing.resolutions:
        day, _ = book(at, standing.buyer, received_at=at)
        row.booked_day = max(day, standing.booked_day or day)
        row.quantity, row.value, row.items = outcome.quantity, outcome.value, outcome.items
    return write(standing, row)


def why_not_confirm(standing: Standing, *, time: datetime) -> str | None:
    """Why a confirmation of this time can't act, if it can't."""
    outcome = standing.outcome
    if not outcome.awaits_confirmation:
        return "It needs no confirmation: it counts unless it is voided."
    if Kind.VOID in standing.resolutions:
        return "It was voided."
    if time > outcome.settles_at:
        return f"It expired at {outcome.settles_at:%Y-%m-%d %H:%M} UTC without a confirmation."
    if outcome.version.once_per_subject != "unlimited" and not Claim.objects.filter(outcome=outcome).exists():
        return "It had expired, and another outcome of its subject has taken its place."
    return None


def voiding(standing: Standing, *, by: str, reason: str, time: datetime, at: datetime) -> Resolution:
    """The void: before the fence the negation on the outcome's own day, after it only the mark that a credit is due."""
    return _taking_back(Kind.VOID, standing, by=by, reason=reason, time=time, at=at)


def confirming(standing: Standing, *, by: str, time: datetime, at: datetime) -> Resolution:
    """The confirmation: it settles the outcome at its own time and carries the day on which it is booked."""
    outcome = standing.outcome
    row = _row(Kind.CONFIRM, standing, by=by, reason="", time=time, at=at)
    row.booked_day, row.late = book(time, standing.buyer, received_at=at)
    row.quantity, row.value, row.items = outcome.quantity, outcome.value, outcome.items
    return row


def _taking_back(kind: str, standing: Standing, *, by: str, reason: str, time: datetime, at: datetime) -> Resolution:
    outcome, fenced = standing.outcome, standing.fenced
    row = _row(kind, standing, by=by, reason=reason, time=time, at=at)
    row.booked_day = None if fenced else standing.booked_day
    row.after_fence = fenced
    if standing.counts and not fenced:
        row.quantity, row.value, row.items = -outcome.quantity, -outcome.value, -outcome.items
    return row


def _row(kind: str, standing: Standing, *, by: str, reason: str, time: datetime, at: datetime) -> Resolution:
    return Resolution(
        outcome=standing.outcome, kind=kind, at=time, recorded_at=at, by=by, reason=reason, late=standing.late
    )


def write(standing: Standing, row: Resolution) -> Resolution:
    """Store one resolution and carry it into the sums; a void frees the outcome's claim."""
    row.save(force_insert=True)
    if row.kind == Kind.VOID:
        free_claims([standing.outcome.pk])
    tenant_id, befell = current_tenant_id(), [(standing, row)]
    store.add_usage(tenant_id, store.summed(deltas(befell)))
    store.add_pending(tenant_id, pending.summed(pending_deltas(befell)))
    return row


def free_claims(outcome_ids: Sequence[UUID]) -> None:
    """Let other outcomes of these subjects count."""
    Claim.objects.filter(outcome__in=outcome_ids).delete()


def deltas(rows: Iterable[tuple[Standing, Resolution]]) -> list[UsageDelta]:
    """What resolutions add to Usage."""
    return [_delta(standing, row, row.booked_day) for standing, row in rows if row.booked_day is not None]


def pending_deltas(rows: Iterable[tuple[Standing, Resolution]]) -> list[PendingDelta]:
    """What resolutions add to PendingSums; where the outcome has settled already it is never read again."""
    return [
        PendingDelta(of.customer_id, row.booked_day, span_of(of.settles_at), of.version_id, of.dimension, row.quantity)
        for standing, row in rows
        if (of := standing.outcome).pending_summed and row.booked_day and row.quantity
    ]


def _delta(standing: Standing, row: Resolution, day: date) -> UsageDelta:
    outcome = standing.outcome
    held = {Kind.HOLD: outcome.quantity, Kind.RELEASE: -outcome.quantity}.get(Kind(row.kind), ZERO)
    return UsageDelta(
        outcome.customer_id,
        day,
        outcome.version_id,
        outcome.dimension,
        row.quantity,
        row.value,
        row.items,
        row.quantity if row.late else ZERO,
        held=held,
        voided=outcome.quantity if row.kind == Kind.VOID else ZERO,
        entries=1,
    )
