"""What is charged: plans, their immutable versions and prices, and who is on which from when."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.common.text import CODE_VALIDATOR
from apps.plans.cycles import Billing as Cutting
from apps.tenants.base import TenantManager, TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class Plan(TenantModel):
    """A code and a currency; what it charges is said by its versions."""

    code = models.CharField(max_length=128, validators=[CODE_VALIDATOR])
    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "code", name="plans_plan_code"),
        ]

    def __str__(self) -> str:
        return self.name


class PlanVersion(TenantModel):
    """A plan's terms from its publication on, never changed. `terms` is `Terms.to_json()` (apps/plans/terms.py)."""

    append_only = True

    plan = belongs_to("plans.Plan", related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    terms = models.JSONField()
    published_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("plan", name="plans_version_plan"),
            models.UniqueConstraint("tenant", "plan", "number", name="plans_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"


class Price(TenantModel):
    """Which outcome a plan version prices. What it charges is in the version's terms, by the outcome's code."""

    append_only = True

    plan_version = belongs_to("plans.PlanVersion", related_name="prices")
    definition = belongs_to("outcomes.OutcomeDefinition")
    model = models.CharField(max_length=12)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("plan_version", name="plans_price_version"),
            TenantFK("definition", name="plans_price_definition"),
            models.UniqueConstraint("tenant", "plan_version", "definition", name="plans_price_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} for {self.definition_id}"


class Billing(models.TextChoices):
    """Where cycles are cut: on the first of a month, quarter or year, or on the day of the subscription's start."""

    CALENDAR = "calendar"
    ANNIVERSARY = "anniversary"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def active_on(self, day: date) -> Self:
        return self.filter(start__lte=day).filter(Q(end=None) | Q(end__gt=day))

    def overlapping(self, start: date, end: date | None) -> Self:
        """Those that share a day with [start, end); `end` None: for ever. One that ended at its start shares none."""
        rows = self.filter(Q(end=None) | Q(end__gt=start)).exclude(end=models.F("start"))
        return rows.filter(start__lt=end) if end else rows


SubscriptionManager = TenantManager.from_queryset(SubscriptionQuerySet)


class Subscription(TenantModel):
    """A customer on a plan version for the local days [start, end); `end` None: until cancelled."""

    customer = belongs_to("tenants.Customer", related_name="subscriptions")
    plan_version = belongs_to("plans.PlanVersion", related_name="subscriptions")
    billing = models.CharField(max_length=11, choices=Billing, default=Billing.CALENDAR)
    start = models.DateField()
    end = models.DateField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SubscriptionManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="plans_subscription_customer"),
            TenantFK("plan_version", name="plans_subscription_version"),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=models.F("start")), name="plans_subscription_days"
            ),
        ]
        indexes = [models.Index("tenant", "customer", "start", name="plans_subscription_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.plan_version_id} from {self.start}"

    @property
    def cutting(self) -> Cutting:
        """`billing` as the arithmetic of cycles takes it."""
        return "calendar" if self.billing == Billing.CALENDAR else "anniversary"

    def end_on(self, day: date) -> bool:
        """Set the end where there is none or a later one; False if it had ended by then."""
        rows = type(self).objects.filter(pk=self.pk).filter(Q(end=None) | Q(end__gt=day))
        changed = bool(rows.update(end=day))
        if changed:
            self.end = day
        return changed
