"""Cycles and the documents that come of them. An issued invoice never changes, but for what is paid and credited."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q

from apps.common.periods import Period
from apps.tenants.base import TenantManager, TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


def money_field() -> "models.DecimalField[Decimal, Decimal]":
    """An amount in the minor unit of the document's currency; none has more than 4 digits."""
    return models.DecimalField(max_digits=40, decimal_places=4, default=Decimal(0))


class CycleQuerySet(models.QuerySet["Cycle"]):
    def due(self, at: datetime) -> Self:
        """Open ones whose end, in the customer's zone, has come by `at` (the tenant's grace already taken off)."""
        return self.filter(closed_at=None, ends_at__lte=at)

    def unbilled(self) -> Self:
        """Closed ones that have no invoice yet."""
        return self.filter(closed_at__isnull=False, billed=False)

    def fee_due(self, at: datetime) -> Self:
        """First cycles whose fee is due in advance and has no invoice yet."""
        return self.filter(fee_due_at__lte=at)


CycleManager = TenantManager.from_queryset(CycleQuerySet)


class Cycle(TenantModel):
    """One billing period of a subscription: the local dates [start, end), of the whole period [full_start, full_end).

    The running cycle has a row from the subscription's start; closing it makes the next. `ends_at` is the instant of
    the local midnight at which `end` begins. `closed_at` is set by the fence: from then on no entry can fall into it.
    `billed` is set with its invoice. `fee_due_at` is set on a first cycle whose fee, due in advance, is not invoiced
    yet.
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
            models.Index("tenant", "closed_at", name="invoices_cycle_unbilled", condition=Q(billed=False)),
            models.Index("tenant", "fee_due_at", name="invoices_cycle_fee", condition=Q(fee_due_at__isnull=False)),
            models.Index("tenant", "customer", "start", name="invoices_cycle_of_customer"),
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
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "code", name="invoices_series_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.next}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def overdue(self, at: datetime) -> Self:
        return self.filter(status=Invoice.Status.ISSUED, due_at__lt=at)


InvoiceManager = TenantManager.from_queryset(InvoiceQuerySet)


class Invoice(TenantModel):
    """A bill. `document` is the whole of it, frozen at issue: parties, terms, texts, totals
    (apps/invoices/document.py).

    `purpose` tells why it exists: the close of its cycle, or the start of a subscription whose fee is due in advance.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        ISSUED = "issued"
        PAID = "paid"
        VOID = "void"

    class Purpose(models.TextChoices):
        CYCLE = "cycle"
        START = "start"

    customer = belongs_to("tenants.Customer", related_name="invoices")
    subscription = belongs_to("plans.Subscription", related_name="invoices")
    cycle = belongs_to("invoices.Cycle", related_name="invoices")
    purpose = models.CharField(max_length=5, choices=Purpose)
    number = models.CharField(max_length=40)
    status = models.CharField(max_length=6, choices=Status, default=Status.ISSUED)
    currency = models.CharField(max_length=3)
    period_start = models.DateField()
    period_end = models.DateField()
    issued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    subtotal = money_field()
    discount = money_field()
    tax = money_field()
    total = money_field()
    paid = money_field()
    credited = money_field()
    document = models.JSONField()

    objects = InvoiceManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="invoices_invoice_customer"),
            TenantFK("subscription", name="invoices_invoice_subscription"),
            TenantFK("cycle", name="invoices_invoice_cycle"),
            models.UniqueConstraint("tenant", "number", name="invoices_invoice_number"),
            models.UniqueConstraint("tenant", "cycle", "purpose", name="invoices_invoice_once"),
            models.CheckConstraint(condition=Q(total=F("subtotal") - F("discount") + F("tax")), name="invoices_total"),
        ]
        indexes = [models.Index("tenant", "customer", F("id").desc(), name="invoices_of_customer")]

    def __str__(self) -> str:
        return self.number

    @property
    def due(self) -> Decimal:
        """What is still to be paid."""
        return self.total - self.paid - self.credited

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end)


class InvoiceLine(TenantModel):
    """One line as billed. `definitions`: the versions that judged what it counts, each with its hash and quantity."""

    append_only = True

    invoice = belongs_to("invoices.Invoice", related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8)
    outcome = models.CharField(max_length=128, null=True)
    description = models.CharField(max_length=300)
    period_start = models.DateField()
    period_end = models.DateField()
    quantity = models.DecimalField(max_digits=60, decimal_places=12, null=True)
    amount = money_field()
    amount_exact = models.TextField()
    breakdown = models.JSONField(default=list)
    definitions = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_line_invoice"),
            models.UniqueConstraint("tenant", "invoice", "position", name="invoices_line_position"),
        ]

    def __str__(self) -> str:
        return self.description


class InvoicePdf(TenantModel):
    """The PDF of an invoice; the first one stored is the one that is kept."""

    append_only = True

    invoice = belongs_to("invoices.Invoice", related_name="pdfs")
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_pdf_invoice"),
            models.UniqueConstraint("tenant", "invoice", name="invoices_pdf_once"),
        ]

    def __str__(self) -> str:
        return f"PDF of {self.invoice_id}"
