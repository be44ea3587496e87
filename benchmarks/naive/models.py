"""The naive endpoint's one table, with the columns of our event and the same unique key; and the equal's keys."""

import hashlib
from typing import Any

from django.db import models

from apps.events.models import amount_field
from apps.tenants.base import new_id


class NaiveEvent(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField()
    external_id = models.CharField(max_length=255)
    type = models.CharField(max_length=128)
    customer = models.CharField(max_length=128)
    subject = models.CharField(max_length=255, null=True)
    time = models.DateTimeField(null=True)
    quantity = amount_field(default=1)
    value = amount_field(null=True)
    properties = models.JSONField(default=dict)
    evidence = models.TextField(null=True)
    received_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=11, default="accepted")
    reason = models.CharField(max_length=40, null=True)
    field = models.CharField(max_length=255, null=True)
    version_id = models.UUIDField(null=True)

    objects: Any = models.Manager()

    class Meta:
        app_label = "naive"
        constraints = [models.UniqueConstraint("tenant_id", "external_id", name="naive_external_id")]

    def __str__(self) -> str:
        return self.external_id


class EqualKey(models.Model):
    """An API key of the endpoint that keeps as much as ours; events go into our tables, in this tenant."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True)
    tenant_id = models.UUIDField()

    objects: Any = models.Manager()

    class Meta:
        app_label = "naive"

    def __str__(self) -> str:
        return f"a key of {self.tenant_id}"

    @staticmethod
    def hashed(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()
