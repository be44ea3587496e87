"""Credit notes: what is taken back of an issued invoice. They are issued at once and never change."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from apps.common.money import exact
from apps.common.periods import Period
from apps.invoices.models.fields import DocumentLine, day_of, money_field
from apps.tenants.base import TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class CreditNote(TenantModel):
    """A credit on one invoice. Amounts are positive; `document` is the whole of it, frozen.

    `reason`: outcomes that were voided after they were billed, days of a fee that a cut cycle lost, the invoice itself
    voided, or a member's own. `applied` reduced what was due on the invoice; the rest went to the customer's balance.
    """

    append_only = True

    class Reason(models.TextChoices):
        OUTCOMES = "outcomes"
        FEE = "fee"
        VOID = "void"
        HAND = "hand"

    invoice = belongs_to("invoices.Invoice", related_name="credit_notes")
    customer = belongs_to("tenants.Customer", related_name="credit_notes")
    number = models.CharField(max_length=40)
    reason = models.CharField(max_length=8, choices=Reason)
    note = models.CharField(max_length=500, blank=True)
    currency = models.CharField(max_length=3)
    period_start = models.DateField()
    period_end = models.DateField()
    issued_at = models.DateTimeField()
    subtotal = money_field()
    discount = money_field()
    tax = money_field()
    total = money_field()
    applied = money_field()
    document = models.JSONField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("invoice", name="invoices_creditnote_invoice"),
            TenantFK("customer", name="invoices_creditnote_customer"),
            models.UniqueConstraint("tenant", "number", name="invoices_creditnote_number"),
            models.CheckConstraint(
                condition=Q(total=F("subtotal") - F("discount") + F("tax"), total__gt=0), name="invoices_credit_total"
            ),
        ]
        indexes = [
            models.Index("tenant", "invoice", name="invoices_credits_of_invoice"),
            models.Index("tenant", "customer", F("id").desc(), name="invoices_credits_of_customer"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def to_balance(self) -> Decimal:
        """What of it went to the customer's balance."""
        with exact():
            return self.total - self.applied

    @property
    def period(self) -> Period:
        return Period(self.period_start, self.period_end)

    @property
    def issued_on(self) -> date | None:
        """The customer's day of issue, as the document has it, whatever zone a reader is in."""
        return day_of(self.document, "issued_on")


class CreditNoteLine(DocumentLine):
    """A line of a credit note: how much of an invoice's line is taken back."""

    credit_note = belongs_to("invoices.CreditNote", related_name="lines")
    line = belongs_to("invoices.InvoiceLine", null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("credit_note", name="invoices_creditline_note"),
            TenantFK("line", name="invoices_creditline_line"),
            models.UniqueConstraint("tenant", "credit_note", "position", name="invoices_creditline_position"),
        ]


class CreditNotePdf(TenantModel):
    """The PDF of a credit note; the first one stored is the one that is kept."""

    append_only = True

    credit_note = belongs_to("invoices.CreditNote", related_name="pdfs")
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = "credit note PDF"
        verbose_name_plural = "credit note PDFs"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("credit_note", name="invoices_creditpdf_note"),
            models.UniqueConstraint("tenant", "credit_note", name="invoices_creditpdf_once"),
        ]

    def __str__(self) -> str:
        return f"PDF of {self.credit_note_id}"


class CreditedVoid(TenantModel):
    """A void after billing that was looked at for credit: by `credit_note`, or None where it lowered nothing."""

    append_only = True

    resolution = belongs_to("events.Resolution")
    invoice = belongs_to("invoices.Invoice")
    credit_note = belongs_to("invoices.CreditNote", null=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("resolution", name="invoices_creditedvoid_void"),
            TenantFK("invoice", name="invoices_creditedvoid_invoice"),
            TenantFK("credit_note", name="invoices_creditedvoid_note"),
            models.UniqueConstraint("tenant", "resolution", name="invoices_creditedvoid_once"),
        ]

    def __str__(self) -> str:
        return str(self.resolution_id)
