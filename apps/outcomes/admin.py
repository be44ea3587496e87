"""What counts as a result, for support."""

from django.contrib import admin

from apps.outcomes.models import Agreement, DefinitionVersion, OutcomeDefinition
from apps.tenants.operator import OfTenant


@admin.register(OutcomeDefinition)
class OutcomeDefinitionAdmin(OfTenant):
    list_display = ["code", "trigger", "active", "created_at"]
    search_fields = ["code", "trigger"]


@admin.register(DefinitionVersion)
class DefinitionVersionAdmin(OfTenant):
    list_display = ["definition", "number", "name", "condition", "published_at", "hash"]
    list_select_related = ["definition"]
    search_fields = ["definition__code", "name", "hash"]
    ordering = ["-id"]


@admin.register(Agreement)
class AgreementAdmin(OfTenant):
    list_display = ["customer", "version", "signed_by", "signed_at"]
    list_select_related = ["customer", "version"]
    search_fields = ["customer__name", "signed_by"]
    ordering = ["-id"]
