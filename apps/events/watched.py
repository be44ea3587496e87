"""What is kept to notice that a type of event has stopped: its arrivals by hour, and the silences that were found."""

from django.db import models
from django.db.models import Q

from apps.tenants.base import TenantModel


class Arrivals(TenantModel):
    """How many events of a type were received in an hour, by the clock of UTC, and when the last of them."""

    type = models.CharField(max_length=128)
    hour = models.DateTimeField()
    count = models.BigIntegerField()
    last_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name = "arrivals of an hour"
        verbose_name_plural = "arrivals"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "type", "hour"], name="events_arrivals_once"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.type} in {self.hour:%Y-%m-%d %H}:00"


class Watch(TenantModel):
    """How far a tenant's arrivals are added up, and since when that has been done without a gap."""

    through = models.DateTimeField()
    since = models.DateTimeField()

    class Meta(TenantModel.Meta):
        verbose_name_plural = "watches"
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", name="events_one_watch"),
        ]

    def __str__(self) -> str:
        return f"through {self.through}"


class Silence(TenantModel):
    """A type that usually arrives and has stopped. `since` is when its last event was received.

    `usual` is the fewest that came in the same hours of the weeks that were looked at. `end` says why it ended.
    """

    class End(models.TextChoices):
        ARRIVED = "arrived"
        MUTED = "muted"
        UNWATCHED = "unwatched"

    type = models.CharField(max_length=128)
    since = models.DateTimeField()
    usual = models.BigIntegerField()
    raised_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=9, choices=End, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "type"], condition=Q(ended_at=None), name="events_one_open_silence"
            ),
        ]

    def __str__(self) -> str:
        return f"No {self.type} since {self.since:%Y-%m-%d %H:%M}"


class MutedType(TenantModel):
    """A type whose silence nobody wants to hear of."""

    type = models.CharField(max_length=128)
    by = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint("tenant", "type", name="events_muted_once"),
        ]

    def __str__(self) -> str:
        return self.type
