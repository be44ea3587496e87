"""What must happen after a commit, and what a repeated request is answered."""

from django.db import models
from django.utils import timezone

from apps.tenants.base import TenantModel


class OutboxEntry(TenantModel):
    """One thing to do after the transaction that wrote it: `handler(*args)`, again and again until it succeeds.

    `handler` is the dotted path of a function that may run twice without harm; `args` are ids, as JSON.
    """

    handler = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index("tenant", "due_at", name="outbox_waiting", condition=models.Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.handler}{self.args}"


class IdempotencyKey(TenantModel):
    """The first answer to a request that named this key; written in the transaction that did the work."""

    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "key", name="outbox_idempotency_key"),
        ]

    def __str__(self) -> str:
        return self.key
