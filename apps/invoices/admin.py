"""Cycles and documents, for support."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.invoices.models import (
    BalanceEntry,
    BilledByHand,
    Charge,
    CreditedVoid,
    CreditNote,
    CreditNoteLine,
    CreditNotePdf,
    Cycle,
    Invoice,
    InvoiceLine,
    InvoicePdf,
    NumberSeries,
    Payment,
)
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


@admin.register(CreditNote)
class CreditNoteAdmin(OfTenant):
    list_display = ["number", "customer", "invoice", "reason", "total", "applied", "currency", "issued_at"]
    list_filter = ["reason", "currency"]
    list_select_related = ["customer", "invoice"]
    search_fields = ["number", "invoice__number", "customer__name", "customer__external_id"]
    ordering = ["-id"]


@admin.register(CreditNoteLine)
class CreditNoteLineAdmin(OfTenant):
    list_display = ["credit_note", "position", "kind", "description", "quantity", "amount"]
    list_select_related = ["credit_note"]
    search_fields = ["credit_note__number", "description"]
    ordering = ["-id"]


@admin.register(CreditNotePdf)
class CreditNotePdfAdmin(OfTenant):
    list_display = ["credit_note", "made_at"]
    list_select_related = ["credit_note"]
    search_fields = ["credit_note__number"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bytes, which no page here shows."""
        return super().get_queryset(request).defer("content")


@admin.register(BilledByHand)
class BilledByHandAdmin(OfTenant):
    list_display = ["outcome", "invoice", "start"]
    list_select_related = ["outcome", "invoice"]
    search_fields = ["invoice__number"]
    ordering = ["-id"]


@admin.register(CreditedVoid)
class CreditedVoidAdmin(OfTenant):
    list_display = ["resolution", "invoice", "credit_note", "at"]
    list_select_related = ["resolution", "invoice", "credit_note"]
    search_fields = ["invoice__number"]
    ordering = ["-id"]


@admin.register(Payment)
class PaymentAdmin(OfTenant):
    list_display = ["customer", "invoice", "kind", "amount", "applied", "currency", "at", "reference"]
    list_filter = ["kind", "currency"]
    list_select_related = ["customer", "invoice"]
    search_fields = ["invoice__number", "reference", "customer__name", "customer__external_id"]
    ordering = ["-id"]


@admin.register(BalanceEntry)
class BalanceEntryAdmin(OfTenant):
    list_display = ["customer", "kind", "amount", "currency", "at"]
    list_filter = ["kind", "currency"]
    list_select_related = ["customer"]
    search_fields = ["customer__name", "customer__external_id"]
    ordering = ["-id"]


@admin.register(Charge)
class ChargeAdmin(OfTenant):
    list_display = ["description", "customer", "amount", "created_at", "invoice"]
    list_select_related = ["customer", "invoice"]
    search_fields = ["description", "customer__name", "customer__external_id"]
    ordering = ["-id"]
