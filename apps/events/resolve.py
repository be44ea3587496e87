"""What later befalls an outcome. Each kind is written at most once; a lock of the outcome's own settles each race."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from apps.events import store
from apps.events.fence import lock_for_writing
from apps.events.ingest import summed
from apps.events.models import Claim, Outcome, Resolution
from apps.events.store import UsageDelta
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id


class NotNow(ValueError):
    """The outcome's state does not allow this; the text says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An outcome, locked, with what befell it so far and how far its customer is closed."""

    outcome: Outcome
    resolutions: dict[str, Resolution]
    closed_through: date

    @property
    def booked_day(self) -> date | None:
        confirm = self.resolutions.get(Resolution.Kind.CONFIRM)
        return confirm.booked_day if confirm else self.outcome.booked_day

    @property
    def fenced(self) -> bool:
        return self.booked_day is not None and self.booked_day < self.closed_through

    @property
    def counts(self) -> bool:
        """Whether its quantity stands in Usage now."""
        held = Resolution.Kind.HOLD in self.resolutions and Resolution.Kind.RELEASE not in self.resolutions
        return self.booked_day is not None and Resolution.Kind.VOID not in self.resolutions and not held


def lock(outcome_id: UUID) -> Standing:
    """Lock one outcome against other resolutions, and the fence. Raises Outcome.DoesNotExist.

    The fence is read in a statement after its lock, and the outcome's story after that of the outcome.
    """
    tenant_id = current_tenant_id()
    lock_for_writing(tenant_id)
    with connection.cursor() as cursor:
        key = f"outcome {tenant_id} {outcome_id}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    outcome: Outcome = Outcome.objects.select_related("version", "event").get(pk=outcome_id)
    closed_through = Customer.objects.values_list("closed_through", flat=True).get(pk=outcome.customer_id)
    resolutions = {one.kind: one for one in Resolution.objects.filter(outcome=outcome)}
    return Standing(outcome, resolutions, closed_through)


def void(standing: Standing, *, by: str, reason: str, at: datetime) -> Resolution:
    """Take an outcome back, by an explicit word; a second void is the first one again.

    Before the fence the negation is written on the outcome's own day; after it only the mark that a credit is due is.
    """
    known = standing.resolutions.get(Resolution.Kind.VOID)
    if known:
        return known
    outcome = standing.outcome
    takes_back = standing.counts and not standing.fenced
    row: Resolution = Resolution.objects.create(
        outcome=outcome,
        kind=Resolution.Kind.VOID,
        at=at,
        recorded_at=at,
        by=by,
        reason=reason,
        booked_day=None if standing.fenced else standing.booked_day,
        late=outcome.late,
        after_fence=standing.fenced,
        quantity=-outcome.quantity if takes_back else Decimal(0),
        value=-outcome.value if takes_back else Decimal(0),
        items=-outcome.items if takes_back else 0,
    )
    Claim.objects.filter(outcome=outcome).delete()
    if row.booked_day is not None:
        _add(outcome, row, row.booked_day, voided=outcome.quantity)
    return row


def _add(outcome: Outcome, row: Resolution, day: date, *, voided: Decimal) -> None:
    """Carry a resolution into the Usage of its day."""
    late = row.quantity if outcome.late else Decimal(0)
    delta = UsageDelta(
        outcome.customer_id,
        day,
        outcome.version_id,
        outcome.dimension,
        row.quantity,
        row.value,
        row.items,
        late,
        voided=voided,
        entries=1,
    )
    store.add_usage(current_tenant_id(), summed([delta]))
