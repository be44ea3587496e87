"""What is charged: plans, their immutable versions and prices, and who is on which from when."""

from datetime import date, timedelta
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
    """A customer on a plan version for the local days [start, end); `end` None: until cancelled.

    `overrides` are the terms that hold for this customer instead of the plan's (apps/plans/overrides.py). Days before
    `trial_end` are free; cycles are counted from it. `replaces` is the subscription that a change of plan ended.
    """

    customer = belongs_to("tenants.Customer", related_name="subscriptions")
    plan_version = belongs_to("plans.PlanVersion", related_name="subscriptions")
    billing = models.CharField(max_length=11, choices=Billing, default=Billing.CALENDAR)
    start = models.DateField()
    end = models.DateField(null=True)
    overrides = models.JSONField(default=dict)
    trial_end = models.DateField(null=True)
    replaces = belongs_to("plans.Subscription", null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SubscriptionManager()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="plans_subscription_customer"),
            TenantFK("plan_version", name="plans_subscription_version"),
            TenantFK("replaces", name="plans_subscription_replaces"),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=models.F("start")), name="plans_subscription_days"
            ),
        ]
        indexes = [models.Index("tenant", "customer", "start", name="plans_subscription_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.plan_version_id} from {self.start}"

    @property
    def last_day(self) -> date | None:
        """The last day with it; None where no end is set, and where it ended before it began."""
        return self.end - timedelta(days=1) if self.end and self.end > self.start else None

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


class Coupon(TenantModel):
    """A discount to be given by its code: a percentage, or an amount of one currency for each cycle.

    `cycles`: for how many cycles from the one in which it is given; None: for as long as the subscription runs.
    `redeem_by` is the last day on which it can be given, `most` how often it can be given at all.
    """

    code = models.CharField(max_length=128, validators=[CODE_VALIDATOR])
    name = models.CharField(max_length=200)
    percent = models.DecimalField(max_digits=15, decimal_places=12, null=True)
    amount = models.DecimalField(max_digits=40, decimal_places=4, null=True)
    currency = models.CharField(max_length=3, blank=True)
    cycles = models.PositiveSmallIntegerField(null=True)
    redeem_by = models.DateField(null=True)
    most = models.PositiveIntegerField(null=True)
    archived_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "code", name="plans_coupon_code"),
            models.CheckConstraint(
                condition=Q(percent__gt=0, percent__lte=100, amount=None, currency="")
                | (Q(amount__gt=0, percent=None) & ~Q(currency="")),
                name="plans_coupon_percent_or_amount",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Discount(TenantModel):
    """A coupon given to a subscription: it holds for cycles `first` (by index) to `first + cycles - 1`.

    `carried`: it went along with a change of plan, from the subscription to which it was given.
    """

    append_only = True

    subscription = belongs_to("plans.Subscription", related_name="discounts")
    coupon = belongs_to("plans.Coupon", related_name="discounts")
    first = models.PositiveIntegerField(default=0)
    cycles = models.PositiveSmallIntegerField(null=True)
    carried = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("subscription", name="plans_discount_subscription"),
            TenantFK("coupon", name="plans_discount_coupon"),
            models.UniqueConstraint("tenant", "subscription", "coupon", name="plans_discount_once"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} for {self.subscription_id}"

    def holds_in(self, index: int) -> bool:
        """Whether it holds in the cycle of this index."""
        return self.first <= index and (self.cycles is None or index < self.first + self.cycles)
