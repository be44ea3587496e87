"""Cycles, and the series of numbers."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.common.periods import Period
from apps.tenants.base import TenantManager, TenantModel, belongs_to
from apps.tenants.constraints import TenantFK

UNBILLED = Q(closed_at__isnull=False, billed=False)


class CycleQuerySet(models.QuerySet["Cycle"]):
    def due(self, at: datetime) -> Self:
        """Open ones whose end, in the customer's zone, has come by `at` (the tenant's grace already taken off)."""
        return self.filter(closed_at=None, ends_at__lte=at)

    def unbilled(self) -> Self:
        """Closed ones that wait for their invoice."""
        return self.filter(UNBILLED)

    def fee_due(self, at: datetime) -> Self:
        """First cycles whose fee is due in advance and has no invoice yet."""
        return self.filter(fee_due_at__lte=at)


CycleManager = TenantManager.from_queryset(CycleQuerySet)


class Cycle(TenantModel):
    """One billing period of a subscription: the local dates [start, end), of the whole period [full_start, full_end).

    The running cycle has a row from the subscription's start; closing it makes the next. `ends_at` is the instant of
    the local midnight at which `end` begins. `closed_at` is set by the fence: from then on no entry can fall into it.
    `billed` is set with its invoice, draft or issued, or without one where that was skipped. `fee_due_at` is set
    on a first cycle whose fee, due in advance, is not invoiced yet. `fee_cut` is set when the cycle was cut after its
    fee was billed in advance, until the days that it lost are credited.
    """

    subscription = belongs_to("plans.Subscription", related_name="cycles")
    customer = belongs_to("tenants.Customer")
    index = models.PositiveIntegerField()
    start = models.DateField()
    end = models.DateField()
    full_start = models.DateField()
    full_end = models.DateField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    billed = models.BooleanField(default=False)
    fee_due_at = models.DateTimeField(null=True)
    fee_cut = models.BooleanField(default=False)

    objects = CycleManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("subscription", name="invoices_cycle_subscription"),
            TenantFK("customer", name="invoices_cycle_customer"),
            models.UniqueConstraint("tenant", "subscription", "index", name="invoices_cycle_index"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="invoices_cycle_days"),
        ]
        indexes = [
            models.Index("tenant", "ends_at", name="invoices_cycle_open", condition=Q(closed_at=None)),
            models.Index("tenant", "ends_at", "id", name="invoices_cycle_unbilled", condition=UNBILLED),
            models.Index("tenant", "fee_due_at", name="invoices_cycle_fee", condition=Q(fee_due_at__isnull=False)),
            models.Index("tenant", "customer", "start", name="invoices_cycle_of_customer"),
            models.Index("tenant", "id", name="invoices_cycle_fee_cut", condition=Q(fee_cut=True)),
        ]

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)

    @property
    def full(self) -> Period:
        return Period(self.full_start, self.full_end)


class NumberSeries(TenantModel):
    """The next number of a tenant's series ("CF-2026"), taken in the transaction that issues: so none is missing."""

    code = models.CharField(max_length=24)
    next = models.PositiveBigIntegerField(default=1)

    class Meta(TenantModel.Meta):
        verbose_name_plural = "number series"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "code", name="invoices_series_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.next}"
