"""Tax rates, for support."""

from django.contrib import admin

from apps.taxes.models import TaxRate
from apps.tenants.operator import OfTenant


@admin.register(TaxRate)
class TaxRateAdmin(OfTenant):
    list_display = ["name", "country", "region", "category", "percent", "valid_from", "valid_until"]
    list_filter = ["country"]
    search_fields = ["name", "country"]
    ordering = ["-id"]
