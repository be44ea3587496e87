"""Money: what was paid and refunded, and what a customer has to his credit."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.common.money import exact
from apps.invoices.models.fields import money_field
from apps.tenants.base import TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class Payment(TenantModel):
    """Money that came in for an invoice or, as a refund, went back.

    `amount` is positive in both. `applied` is the part that the invoice took (or, of a refund, gave up again); the rest
    went to the customer's balance (or came from it). `at` is when the money moved, `recorded_at` when somebody said so.
    `day` is the day that `at` was to the customer then: books go by it, to whatever zone he has moved since.
    """

    append_only = True

    class Kind(models.TextChoices):
        PAYMENT = "payment"
        REFUND = "refund"

    customer = belongs_to("tenants.Customer", related_name="payments")
    invoice = belongs_to("invoices.Invoice", related_name="payments")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PAYMENT)
    refund_of = belongs_to("invoices.Payment", related_name="refunds", null=True)
    currency = models.CharField(max_length=3)
    amount = money_field()
    applied = money_field()
    reference = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    day = models.DateField()
    recorded_at = models.DateTimeField(default=timezone.now)
    by = models.CharField(max_length=255)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="invoices_payment_customer"),
            TenantFK("invoice", name="invoices_payment_invoice"),
            TenantFK("refund_of", name="invoices_payment_refund_of"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, applied__gte=0, applied__lte=F("amount")), name="invoices_payment_amount"
            ),
            models.CheckConstraint(
                condition=Q(kind="payment", refund_of=None) | Q(kind="refund", refund_of__isnull=False),
                name="invoices_payment_refunds_one",
            ),
        ]
        indexes = [
            models.Index("tenant", "invoice", name="invoices_payments_of_invoice"),
            models.Index("tenant", "at", name="invoices_payments_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.amount} {self.currency}"

    @property
    def to_balance(self) -> Decimal:
        """What of it went to the customer's balance or, of a refund, came from it."""
        with exact():
            return self.amount - self.applied


class BalanceEntry(TenantModel):
    """A change of a customer's balance; their sum is what he has to his credit, and never below zero.

    Overpayments and credits that exceed what is due add to it; it pays invoices when they are issued, and refunds.
    """

    append_only = True

    class Kind(models.TextChoices):
        OVERPAID = "overpaid"
        CREDIT = "credit"
        APPLIED = "applied"
        REFUNDED = "refunded"

    customer = belongs_to("tenants.Customer", related_name="balance_entries")
    kind = models.CharField(max_length=8, choices=Kind)
    currency = models.CharField(max_length=3)
    amount = money_field()
    invoice = belongs_to("invoices.Invoice", null=True)
    payment = belongs_to("invoices.Payment", null=True)
    credit_note = belongs_to("invoices.CreditNote", null=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name_plural = "balance entries"
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="invoices_balance_customer"),
            TenantFK("invoice", name="invoices_balance_invoice"),
            TenantFK("payment", name="invoices_balance_payment"),
            TenantFK("credit_note", name="invoices_balance_credit_note"),
            models.CheckConstraint(condition=~Q(amount=Decimal(0)), name="invoices_balance_moves"),
        ]
        indexes = [models.Index("tenant", "customer", "id", name="invoices_balance_of_customer")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Charge(TenantModel):
    """A one-off charge that waits for the subscription's next invoice; `invoice` is set by the one that bills it."""

    customer = belongs_to("tenants.Customer", related_name="charges")
    subscription = belongs_to("plans.Subscription", related_name="charges")
    description = models.CharField(max_length=200)
    amount = money_field()
    tax_category = models.CharField(max_length=40, default="standard")
    created_at = models.DateTimeField(default=timezone.now)
    invoice = belongs_to("invoices.Invoice", null=True, related_name="charges")

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="invoices_charge_customer"),
            TenantFK("subscription", name="invoices_charge_subscription"),
            TenantFK("invoice", name="invoices_charge_invoice"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoices_charge_amount"),
        ]
        indexes = [models.Index("tenant", "subscription", name="invoices_charge_waiting", condition=Q(invoice=None))]

    def __str__(self) -> str:
        return self.description
