"""The ledger, for support: any event's story can be followed, nothing can be written."""

from typing import Any

from django.contrib import admin

from apps.events.models import (
    Claim,
    Event,
    Judgement,
    LedgerCheck,
    Outcome,
    PendingSum,
    Quarantine,
    Resolution,
    Signal,
    Usage,
)
from apps.events.reconciled import Reconciliation
from apps.events.watched import Arrivals, MutedType, Silence, Watch
from apps.tenants.operator import OfTenant


@admin.register(Event)
class EventAdmin(OfTenant):
    list_display = ["external_id", "type", "customer", "subject", "time", "received_at", "status", "reason"]
    list_filter = ["status"]
    search_fields = ["external_id__exact", "customer__exact", "subject__exact"]
    ordering = ["-id"]


@admin.register(Judgement)
class JudgementAdmin(OfTenant):
    list_display = ["event", "status", "reason", "at", "replay"]
    list_select_related = ["event"]
    search_fields = ["event__external_id__exact"]
    ordering = ["-id"]


@admin.register(Outcome)
class OutcomeAdmin(OfTenant):
    list_display = [
        "event",
        "customer",
        "version",
        "occurred_at",
        "settles_at",
        "booked_day",
        "late",
        "quantity",
        "value",
    ]
    list_filter = ["late"]
    list_select_related = ["event", "customer", "version"]
    search_fields = ["event__external_id__exact", "subject__exact"]
    ordering = ["-id"]

    def get_exclude(self, request: Any, obj: Any = None) -> list[str]:
        """The event is found by the outcome's own id; a form has no field for that."""
        return ["event"]


@admin.register(Resolution)
class ResolutionAdmin(OfTenant):
    list_display = ["outcome", "kind", "at", "by", "reason", "booked_day", "after_fence"]
    list_filter = ["kind", "after_fence"]
    search_fields = ["by", "reason"]
    ordering = ["-id"]


@admin.register(Signal)
class SignalAdmin(OfTenant):
    list_display = ["event", "definition", "customer", "subject", "time"]
    list_select_related = ["event", "definition", "customer"]
    search_fields = ["event__external_id__exact", "subject__exact"]
    ordering = ["-id"]


@admin.register(Claim)
class ClaimAdmin(OfTenant):
    list_display = ["definition", "customer", "subject", "month", "outcome"]
    list_select_related = ["definition", "customer"]
    search_fields = ["subject__exact"]
    ordering = ["-id"]


@admin.register(Quarantine)
class QuarantineAdmin(OfTenant):
    list_display = ["event", "reason", "field", "detail", "since"]
    list_select_related = ["event"]
    search_fields = ["event__external_id__exact", "reason"]
    ordering = ["-id"]


@admin.register(Usage)
class UsageAdmin(OfTenant):
    list_display = ["customer", "version", "dimension", "day", "slot", "quantity", "value", "held", "voided", "entries"]
    list_select_related = ["customer", "version"]
    search_fields = ["customer__name", "customer__external_id"]
    ordering = ["-day", "customer", "version", "dimension", "slot"]


@admin.register(PendingSum)
class PendingSumAdmin(OfTenant):
    list_display = ["customer", "version", "dimension", "day", "starts", "slot", "quantity"]
    list_select_related = ["customer", "version"]
    search_fields = ["customer__name", "customer__external_id"]
    ordering = ["-starts", "customer", "version", "dimension", "slot"]


@admin.register(LedgerCheck)
class LedgerCheckAdmin(OfTenant):
    """Where sums differ, `manage.py rebuild_usage` makes them right."""

    list_display = ["day", "at", "sums", "differing"]
    ordering = ["-day"]


@admin.register(Reconciliation)
class ReconciliationAdmin(OfTenant):
    list_display = ["made_at", "by", "type", "customer", "start", "end", "missing_count", "unknown_count"]
    search_fields = ["type", "customer__exact", "file"]
    ordering = ["-id"]


@admin.register(Arrivals)
class ArrivalsAdmin(OfTenant):
    list_display = ["type", "hour", "count", "last_at"]
    search_fields = ["type__exact"]
    ordering = ["-hour", "type"]


@admin.register(Watch)
class WatchAdmin(OfTenant):
    list_display = ["since", "through"]


@admin.register(Silence)
class SilenceAdmin(OfTenant):
    list_display = ["type", "since", "usual", "raised_at", "ended_at", "end"]
    search_fields = ["type__exact"]
    ordering = ["-raised_at"]


@admin.register(MutedType)
class MutedTypeAdmin(OfTenant):
    list_display = ["type", "by", "at"]
    search_fields = ["type__exact"]
    ordering = ["type"]
