"""What is charged, and who is on it, for support."""

from django.contrib import admin

from apps.plans.models import Coupon, Discount, Plan, PlanVersion, Price, Subscription
from apps.tenants.operator import OfTenant


@admin.register(Plan)
class PlanAdmin(OfTenant):
    list_display = ["name", "code", "currency", "created_at"]
    list_filter = ["currency"]
    search_fields = ["name", "code"]


@admin.register(PlanVersion)
class PlanVersionAdmin(OfTenant):
    list_display = ["plan", "number", "name", "published_at"]
    list_select_related = ["plan"]
    search_fields = ["name", "plan__code"]
    ordering = ["-id"]


@admin.register(Price)
class PriceAdmin(OfTenant):
    list_display = ["plan_version", "definition", "model"]
    list_select_related = ["plan_version", "definition"]
    search_fields = ["plan_version__plan__code", "definition__code"]
    ordering = ["-id"]


@admin.register(Subscription)
class SubscriptionAdmin(OfTenant):
    list_display = ["customer", "plan_version", "billing", "start", "end"]
    list_filter = ["billing"]
    list_select_related = ["customer", "plan_version"]
    search_fields = ["customer__name", "customer__external_id"]
    ordering = ["-id"]


@admin.register(Coupon)
class CouponAdmin(OfTenant):
    list_display = ["name", "code", "percent", "amount", "currency", "cycles", "redeem_by", "most", "archived_at"]
    search_fields = ["name", "code"]
    ordering = ["-id"]


@admin.register(Discount)
class DiscountAdmin(OfTenant):
    list_display = ["coupon", "subscription", "first", "cycles", "carried", "created_at"]
    list_select_related = ["coupon", "subscription"]
    search_fields = ["coupon__code", "coupon__name"]
    ordering = ["-id"]
