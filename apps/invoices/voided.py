"""What was voided of an invoice after it was billed: which voids wait for a credit, and what they take off."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DateField, Exists, OuterRef, Q, QuerySet, Subquery, UUIDField, Value

from apps.common.money import exact
from apps.events.models import Outcome, Resolution
from apps.invoices.find import with_invoice
from apps.invoices.models import BilledByHand, CreditedVoid, Invoice
from apps.invoices.rerating import ByHand
from apps.plans.rating import UsageRow

VOID = Resolution.Kind.VOID
LOOKED_AT = Exists(CreditedVoid._base_manager.filter(tenant_id=OuterRef("tenant_id"), resolution=OuterRef("pk")))


@dataclass(frozen=True, slots=True)
class Void:
    """A void of an outcome of one invoice; `looked_at` where a credit was worked out with it before.

    `start`: the first day of its line, on an invoice by hand.
    """

    resolution_id: UUID
    recorded_at: datetime
    looked_at: bool
    row: UsageRow
    term: timedelta
    start: date | None = None

    def in_time(self, invoice: Invoice) -> bool:
        """Whether it came within its definition's term; one that came later is marked and credits nothing."""
        return invoice.issued_at is not None and self.recorded_at <= invoice.issued_at + self.term


def voids_of(invoice: Invoice) -> list[Void]:
    """Every void of the invoice's outcomes that came after they were billed.

    None of an invoice by hand that is void: what it billed is billed by another by now, or by none.
    """
    rows = _voids_by_hand(invoice) if invoice.purpose == Invoice.Purpose.HAND else _voids_of_cycle(invoice)
    rows = rows.annotate(looked_at=LOOKED_AT).select_related("outcome__version__definition")
    return [_void(row) for row in rows.order_by("pk")]


def _voids_of_cycle(invoice: Invoice) -> QuerySet[Any]:
    """Those that were recorded after their outcome's day was closed."""
    outcomes = with_invoice(Outcome.objects.filter(_voided(customer=invoice.customer_id))).filter(
        invoice_id=invoice.pk, final_day__gte=invoice.period_start, final_day__lt=invoice.period_end
    )
    voids = Resolution.objects.filter(kind=VOID, after_fence=True, outcome__in=outcomes.values("pk"))
    rows: QuerySet[Any] = voids.annotate(start=Value(None, output_field=DateField()))
    return rows


def _voids_by_hand(invoice: Invoice) -> QuerySet[Any]:
    """Those of outcomes that rows name: an outcome that was voided before is named by none."""
    billed = BilledByHand.objects.filter(invoice=invoice).exclude(invoice__status=Invoice.Status.VOID)
    start = billed.filter(outcome=OuterRef("outcome")).values("start")
    voids = Resolution.objects.filter(kind=VOID, outcome__in=billed.values("outcome"))
    rows: QuerySet[Any] = voids.annotate(start=Subquery(start[:1]))
    return rows


def waiting(*, at: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """(invoice, customer, recorded at) of every void by `at` that no credit was worked out with, of issued invoices."""
    outcomes = with_invoice(Outcome.objects.filter(_voided(looked_at=False, recorded_at__lte=at))).exclude(
        invoice_id=None
    )
    recorded = Resolution.objects.filter(outcome=OuterRef("pk"), kind=Resolution.Kind.VOID).values("recorded_at")
    of_cycles: Any = outcomes.annotate(recorded=recorded[:1]).values_list("invoice_id", "customer_id", "recorded")
    return [*of_cycles, *_waiting_by_hand(at)]


def _waiting_by_hand(at: datetime) -> Iterable[tuple[UUID, UUID, datetime]]:
    """The same of invoices by hand."""
    billed = BilledByHand.objects.exclude(invoice__number=None).exclude(invoice__status=Invoice.Status.VOID)
    invoice = Subquery(billed.filter(outcome=OuterRef("outcome")).values("invoice")[:1], output_field=UUIDField())
    voids = Resolution.objects.filter(~LOOKED_AT, kind=VOID, recorded_at__lte=at, outcome__in=billed.values("outcome"))
    rows: Any = voids.annotate(invoice=invoice).values_list("invoice", "outcome__customer_id", "recorded_at")
    return list(rows)


def taken_off(voids: Iterable[Void]) -> list[UsageRow]:
    """The voids' counts, negative, as the pricers take them beside those that were billed."""
    with exact():
        return [
            UsageRow(one.row.outcome, -one.row.quantity, -one.row.value, -one.row.items, one.row.dimension)
            for one in voids
        ]


def taken_off_by_hand(voids: Iterable[Void]) -> ByHand:
    """How much less the lines by hand count, by outcome and first day."""
    found: dict[tuple[str, date], Decimal] = {}
    with exact():
        for one in voids:
            if one.start:
                key = (one.row.outcome, one.start)
                found[key] = found.get(key, Decimal(0)) + one.row.quantity
    return found


def _voided(*, looked_at: bool | None = None, **how: Any) -> Q:
    """Outcomes with a void after their fence."""
    customer = {"customer": how.pop("customer")} if "customer" in how else {}
    voids = Resolution.objects.filter(kind=Resolution.Kind.VOID, after_fence=True, **how)
    if looked_at is not None:
        voids = voids.annotate(looked_at=LOOKED_AT).filter(looked_at=looked_at)
    return Q(pk__in=voids.values("outcome"), **customer)


def _void(row: Any) -> Void:
    outcome, version = row.outcome, row.outcome.version
    counted = UsageRow(
        version.definition.code, outcome.quantity, outcome.value, outcome.items, outcome.dimension or None
    )
    term = timedelta(days=version.void_after_billing_days)
    return Void(row.pk, row.recorded_at, row.looked_at, counted, term, row.start)
