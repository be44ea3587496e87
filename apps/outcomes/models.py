"""What counts as a result: a definition, its immutable versions, and who agreed to which."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.db import models
from django.utils import timezone

from apps.common.text import CODE_VALIDATOR
from apps.tenants.base import TenantModel, belongs_to
from apps.tenants.constraints import TenantFK


class OncePerSubject(models.TextChoices):
    UNLIMITED = "unlimited"
    MONTH = "month"
    EVER = "ever"


class Mode(models.TextChoices):
    """When an outcome becomes final: unless something voids it, or only once something confirms it."""

    AUTO = "auto"
    ON_CONFIRMATION = "on_confirmation"


class OutcomeDefinition(TenantModel):
    """A code and a trigger; what they mean is said by the versions. `draft` is a version's content being written."""

    code = models.CharField(max_length=128, validators=[CODE_VALIDATOR])
    trigger = models.CharField(max_length=128)
    active = models.BooleanField(default=True)
    draft = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "code", name="outcomes_definition_code"),
            models.UniqueConstraint(
                fields=["tenant", "trigger"],
                name="outcomes_definition_trigger",
                condition=models.Q(active=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class DefinitionVersion(TenantModel):
    """What counts, from `published_at` on. Never changed: outcomes and invoices name it, and its hash, for ever.

    `hash` is the SHA-256, in hex, of the RFC 8785 form of `content()` (apps/outcomes/content.py).
    """

    append_only = True

    definition = belongs_to("outcomes.OutcomeDefinition", related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    unit = models.CharField(max_length=60)
    description = models.TextField(blank=True)
    condition = models.TextField(default="true")
    quantity_from = models.CharField(max_length=255, null=True)
    value_from = models.CharField(max_length=255, null=True)
    dimension = models.CharField(max_length=255, null=True)
    once_per_subject = models.CharField(max_length=10, choices=OncePerSubject, default=OncePerSubject.UNLIMITED)
    window_seconds = models.PositiveIntegerField(default=0)
    mode = models.CharField(max_length=16, choices=Mode, default=Mode.AUTO)
    void_on = models.JSONField(default=list)
    confirm_on = models.JSONField(default=list)
    void_after_billing_days = models.PositiveSmallIntegerField(default=30)
    requires_agreement = models.BooleanField(default=False)
    evidence_required = models.BooleanField(default=False)
    published_at = models.DateTimeField()
    hash = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("definition", name="outcomes_version_definition"),
            models.UniqueConstraint("tenant", "definition", "number", name="outcomes_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @cached_property
    def window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds)

    def signals(self, kind: str) -> list[dict[str, str]]:
        """The signals that void ("void") or confirm ("confirm") its outcomes, each with a type and a condition."""
        signals: list[dict[str, str]] = self.void_on if kind == "void" else self.confirm_on
        return signals

    @property
    def heeds_signals(self) -> bool:
        return bool(self.void_on or self.confirm_on)

    def content(self) -> dict[str, Any]:
        """The version's fields as the API writes them, but for code and trigger; what `hash` is taken of."""
        return {
            "name": self.name,
            "unit": self.unit,
            "description": self.description,
            "condition": self.condition,
            "quantity_from": self.quantity_from,
            "value_from": self.value_from,
            "dimension": self.dimension,
            "once_per_subject": self.once_per_subject,
            "settlement": {
                "window_seconds": self.window_seconds,
                "mode": self.mode,
                "void_on": self.void_on,
                "confirm_on": self.confirm_on,
            },
            "void_after_billing_days": self.void_after_billing_days,
            "requires_agreement": self.requires_agreement,
            "evidence_required": self.evidence_required,
        }


class Agreement(TenantModel):
    """One customer's signed acceptance of one version."""

    append_only = True

    customer = belongs_to("tenants.Customer")
    version = belongs_to("outcomes.DefinitionVersion", related_name="agreements")
    signed_at = models.DateTimeField()
    signed_by = models.CharField(max_length=254)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            TenantFK("customer", name="outcomes_agreement_customer"),
            TenantFK("version", name="outcomes_agreement_version"),
            models.UniqueConstraint("tenant", "customer", "version", name="outcomes_agreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.signed_by} signed {self.version_id}"
