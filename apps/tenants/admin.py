"""Organisations and people, for support: who belongs where, and which keys are alive."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common.clock import now
from apps.tenants.models import ApiKey, Contact, Customer, Logo, Member, PortalLink, Profile, Tenant, User
from apps.tenants.operator import ModelAdmin, OfTenant

RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]


@admin.register(Tenant)
class TenantAdmin(ModelAdmin):
    """Made by sign-up or `create_tenant`, and never removed: its slug stands in keys and links."""

    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    fields = ["name", "slug", "created_at"]
    readonly_fields = ["slug", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tenant | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ModelAdmin):
    """People make their own accounts; here one is blocked, or made an operator."""

    list_display = ["email", "name", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "is_active", *RIGHTS, "date_joined", "last_login"]
    filter_horizontal = ["groups", "user_permissions"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser says who may do what; an address is changed by its holder, who confirms it."""
        fixed = ["email", "date_joined", "last_login"]
        return fixed if request.user.is_superuser else [*fixed, *RIGHTS]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False


@admin.register(Profile)
class ProfileAdmin(OfTenant):
    list_display = ["legal_name", "email", "country", "grace", "payment_days", "invoice_prefix"]


@admin.register(Member)
class MemberAdmin(OfTenant):
    list_display = ["user", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]


@admin.register(Customer)
class CustomerAdmin(OfTenant):
    list_display = ["name", "external_id", "currency", "time_zone", "closed_through"]
    list_filter = ["currency"]
    search_fields = ["name", "external_id", "email"]


@admin.register(Contact)
class ContactAdmin(OfTenant):
    list_display = ["user", "customer", "created_at"]
    list_select_related = ["user", "customer"]
    search_fields = ["user__email", "customer__name"]


@admin.register(ApiKey)
class ApiKeyAdmin(OfTenant):
    list_display = ["name", "hint", "scopes", "created_at", "last_used_at", "revoked_at"]
    search_fields = ["name", "hint"]
    exclude = ["secret_hash"]
    actions = ["revoke"]

    @admin.action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, keys: QuerySet[Any]) -> None:
        revoked = sum(key.revoke(at=now()) for key in keys)
        self.message_user(request, f"{revoked} revoked. A key that was revoked before stays so.")


@admin.register(PortalLink)
class PortalLinkAdmin(OfTenant):
    list_display = ["customer", "created_at", "expires_at"]
    list_select_related = ["customer"]
    search_fields = ["customer__name"]
    exclude = ["secret_hash"]


@admin.register(Logo)
class LogoAdmin(OfTenant):
    list_display = ["sha256", "media_type", "created_at"]
    search_fields = ["sha256"]
    ordering = ["-id"]
