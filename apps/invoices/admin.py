"""Cycles and documents, for support."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.invoices.models import Cycle, Invoice, InvoiceLine, InvoicePdf, NumberSeries
from apps.tenants.operator import OfTenant


@admin.register(Cycle)
class CycleAdmin(OfTenant):
    list_display = ["customer", "start", "end", "ends_at", "closed_at", "billed"]
    list_filter = ["billed"]
    list_select_related = ["customer"]
    search_fields = ["customer__name", "customer__external_id"]
    ordering = ["-ends_at", "id"]


@admin.register(NumberSeries)
class NumberSeriesAdmin(OfTenant):
    list_display = ["code", "next"]


@admin.register(Invoice)
class InvoiceAdmin(OfTenant):
    list_display = [
        "number",
        "customer",
        "status",
        "period_start",
        "period_end",
        "total",
        "paid",
        "credited",
        "currency",
    ]
    list_filter = ["status", "currency"]
    list_select_related = ["customer"]
    search_fields = ["number", "customer__name", "customer__external_id"]
    ordering = ["-id"]


@admin.register(InvoiceLine)
class InvoiceLineAdmin(OfTenant):
    list_display = ["invoice", "position", "kind", "description", "quantity", "amount"]
    list_select_related = ["invoice"]
    search_fields = ["invoice__number", "description"]
    ordering = ["-id"]


@admin.register(InvoicePdf)
class InvoicePdfAdmin(OfTenant):
    list_display = ["invoice", "made_at"]
    list_select_related = ["invoice"]
    search_fields = ["invoice__number"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bytes, which no page here shows."""
        return super().get_queryset(request).defer("content")
