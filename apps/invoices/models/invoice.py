"""Invoices. An issued one never changes, but for its status and what is paid and credited."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.common.money import exact
from apps.common.periods import Period, local_day, zone
from apps.invoices.models.fields import DocumentLine, day_of, money_field
from apps.tenants.base import TenantManager, TenantModel, belongs_to
from apps.tenants.constraints import TenantFK
from apps.tenants.models import Customer

APART = timedelta(days=2)
"""An invoice that is overdue anywhere was due before this much after now, wherever its customer lived at its issue."""


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def overdue(self, at: datetime) -> Self:
        """The unpaid ones whose last day to pay is over, by each customer's own calendar."""
        return self.filter(self._late(at), status=Invoice.Status.ISSUED)

    def not_overdue(self, at: datetime) -> Self:
        """The unpaid ones that can still be paid in time."""
        return self.filter(~self._late(at), status=Invoice.Status.ISSUED)

    def _late(self, at: datetime) -> Q:
        late = Q(pk__in=[])
        for name in Customer.objects.order_by().values_list("time_zone", flat=True).distinct():
            late |= Q(customer__time_zone=name, due_on__lt=local_day(at, zone(name)))
        return Q(due_at__lt=at + APART) & late


InvoiceManager = TenantManager.from_queryset(InvoiceQuerySet)


class Invoice(TenantModel):
    """A bill. `document` is the whole of it, frozen at issue: parties, terms, texts, totals
    (apps/invoices/document.py).

    `purpose` tells why it exists: the close of its cycle, the start of a subscription whose fee is due in advance, or a
    member who wrote it by hand (then it may have neither subscription nor cycle). A draft has no number and no dates;
    one that was thrown away is void without a number. `due_on` is the last day to pay that stands on the document, the
    customer's day of `due_at` at issue. `paid` is what payments and the customer's balance cover of it,
    `credited` the sum of its credit notes.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        ISSUED = "issued"
        PAID = "paid"
        VOID = "void"

    class Purpose(models.TextChoices):
        CYCLE = "cycle"
        START = "start"
        HAND = "hand"

    customer = belongs_to("tenants.Customer", related_name="invoices")
    subscription = belongs_to("plans.Subscription", related_name="invoices", null=True)
    cycle = belongs_to("invoices.Cycle", related_name="invoices", null=True)
    purpose = models.CharField(max_length=5, choices=Purpose)
    number = models.CharField(max_length=40, null=True)
    status = models.CharField(max_length=6, choices=Status, default=Status.ISSUED)
    currency = models.CharField(max_length=3)
    period_start = models.DateField()
    period_end = models.DateField()
    drafted_at = models.DateTimeField(default=timezone.now)
    issued_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
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
            models.CheckConstraint(
                condition=Q(number=None, issued_at=None, due_at=None, status__in=["draft", "void"])
                | (Q(number__isnull=False, issued_at__isnull=False, due_at__isnull=False) & ~Q(status="draft")),
                name="invoices_numbered_when_issued",
            ),
        ]
        indexes = [
            models.Index("tenant", "customer", F("id").desc(), name="invoices_of_customer"),
            models.Index("tenant", "due_at", name="invoices_unpaid", condition=Q(status="issued")),
        ]

    def __str__(self) -> str:
        return self.number or "draft"

    @property
    def due(self) -> Decimal:
        """What is still to be paid: nothing of a draft that was thrown away, and never below zero, since what is too
        much becomes the customer's balance.
        """
        if self.number is None and self.status == Invoice.Status.VOID:
            return Decimal(0)
        with exact():
            return max(self.total - self.paid - self.credited, Decimal(0))

    def status_at(self, at: datetime) -> str:
        """The status, with "overdue" read from the clock; needs `customer` fetched with it."""
        late = (
            self.status == Invoice.Status.ISSUED and self.due_on is not None and self.due_on < self.customer.today(at)
        )
        return "overdue" if late else str(self.status)

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end)

    @property
    def issued_on(self) -> date | None:
        """The customer's day of issue, as the document has it, whatever zone a reader is in; None for a draft."""
        return day_of(self.document, "issued_on")


class InvoiceLine(DocumentLine):
    """A line of an invoice. `definitions`: the versions that judged what it counts, each with its hash and quantity.

    A draft has no rows: its lines are in its document until it is issued.
    """

    invoice = belongs_to("invoices.Invoice", related_name="lines")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_line_invoice"),
            models.UniqueConstraint("tenant", "invoice", "position", name="invoices_line_position"),
        ]


class InvoicePdf(TenantModel):
    """The PDF of an invoice; the first one stored is the one that is kept."""

    append_only = True

    invoice = belongs_to("invoices.Invoice", related_name="pdfs")
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = "invoice PDF"
        verbose_name_plural = "invoice PDFs"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_pdf_invoice"),
            models.UniqueConstraint("tenant", "invoice", name="invoices_pdf_once"),
        ]

    def __str__(self) -> str:
        return f"PDF of {self.invoice_id}"
