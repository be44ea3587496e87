"""Comparisons that members made of a file, kept for a while so that they can be read again and handed on."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models

from apps.events.reconcile import Asked, Compared, Day, compare_days, compare_ids
from apps.tenants.base import TenantModel

KEPT = timedelta(days=90)


class Reconciliation(TenantModel):
    """What was compared, and what came of it. `named` is how many ids the file had; None where it had daily counts.

    `missing` has every id that we don't have; `unknown` and `elsewhere` the first ones, beside how many there are.
    `days` are [day, yours, ours]; `unknown` are [id, our id]; `elsewhere` are [id, type, customer, time, differs].
    """

    type = models.CharField(max_length=128)
    customer = models.CharField(max_length=128, null=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    file = models.CharField(max_length=255)
    by = models.CharField(max_length=255)
    made_at = models.DateTimeField()
    named = models.PositiveIntegerField(null=True)
    days = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    missing_count = models.PositiveIntegerField(default=0)
    unknown = models.JSONField(default=list)
    unknown_count = models.PositiveBigIntegerField(default=0)
    elsewhere = models.JSONField(default=list)
    elsewhere_count = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [*TenantModel.Meta.constraints]

    def __str__(self) -> str:
        return f"{self.type} of {self.start:%Y-%m-%d}"

    @property
    def matches(self) -> bool:
        """Whether both sides have the same."""
        lost = self.missing_count or self.unknown_count or self.elsewhere_count
        return not lost and all(yours == ours for _, yours, ours in self.days)


def reconcile_ids(asked: Asked, ids: Iterable[str], *, file: str, by: str, at: datetime) -> Reconciliation:
    """Compare the ids of a file and keep what comes of it."""
    named = set(ids)
    found = compare_ids(asked, dict.fromkeys(ids))
    return _keep(asked, found.days, file, by, at, named=len(named), **_figures(found))


def reconcile_days(asked: Asked, counts: Mapping[date, int], *, file: str, by: str, at: datetime) -> Reconciliation:
    """Compare the daily counts of a file and keep what comes of it."""
    return _keep(asked, compare_days(asked, counts), file, by, at)


def _figures(found: Compared) -> dict[str, Any]:
    return {
        "missing": found.missing,
        "missing_count": len(found.missing),
        "unknown": [[one.id, str(one.event_id)] for one in found.unknown],
        "unknown_count": found.unknown_count,
        "elsewhere": [[*one[:3], one.time.isoformat(), list(one.differs)] for one in found.elsewhere],
        "elsewhere_count": found.elsewhere_count,
    }


def _keep(asked: Asked, days: Iterable[Day], file: str, by: str, at: datetime, **figures: Any) -> Reconciliation:
    Reconciliation.objects.filter(made_at__lt=at - KEPT).delete()
    made: Reconciliation = Reconciliation.objects.create(
        type=asked.type,
        customer=asked.customer,
        start=asked.span.start,
        end=asked.span.end,
        file=file[:255],
        by=by,
        made_at=at,
        days=[[day.isoformat(), yours, ours] for day, yours, ours in days],
        **figures,
    )
    return made
