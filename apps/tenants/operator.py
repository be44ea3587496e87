"""The operator's admin: one tenant is picked on its index, and every page of a tenant's rows runs in its scope.

Nothing here goes round row-level security: the operator sees what a process of that tenant would, one tenant at a time.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from apps.tenants.models import Tenant
from apps.tenants.scope import scope

PICKED = "operator_tenant"
"""The id of the picked tenant, in the operator's session."""

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]  # generic in its stubs only
else:
    ModelAdmin = admin.ModelAdmin

View = Callable[..., HttpResponseBase]


def picked_tenant(request: HttpRequest) -> Tenant | None:
    """The tenant that the operator has picked, if it is still there."""
    picked = request.session.get(PICKED)
    return Tenant.objects.filter(pk=picked).first() if picked else None


class OperatorSite(admin.AdminSite):
    """Staff log in as everybody does, through allauth with its limits; the index picks the tenant."""

    site_title = site_header = "Counterfoil, operator"
    index_title = "Support"
    index_template = "operator/index.html"

    def get_urls(self) -> list[Any]:
        pick = self.admin_view(require_POST(self.pick))
        return [path("pick/", pick, name="pick"), *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def pick(self, request: HttpRequest) -> HttpResponse:
        """Take the tenant of the form as the picked one, or none."""
        try:
            tenant = Tenant.objects.filter(pk=request.POST["tenant"]).first()
        except (KeyError, ValidationError):  # "None", or no id at all
            tenant = None
        request.session[PICKED] = str(tenant.pk) if tenant else None
        return HttpResponseRedirect(reverse("admin:index"))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        tenants = Tenant.objects.order_by("name", "slug")
        return super().index(request, {**(extra_context or {}), "tenants": tenants})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "picked": picked_tenant(request)}


def in_picked_tenant(view: View) -> View:
    """Run a page in the scope of the picked tenant, and render it there: a TemplateResponse asks its questions late."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        tenant = picked_tenant(request)
        if tenant is None:
            if request.user.is_active and request.user.is_staff:
                messages.warning(request, "Pick a tenant first: these rows belong to one.")
            return HttpResponseRedirect(reverse("admin:index"))
        with scope(tenant.pk):
            response = view(request, *args, **kwargs)
            return response.render() if isinstance(response, SimpleTemplateResponse) else response

    return wrapper


class ReadOnly(ModelAdmin):
    """Rows that the operator may look at, but that only the domain's own verbs write."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class OfTenant(ReadOnly):
    """Rows of the picked tenant, to look at. Whatever is changed is changed in the console, by a member."""

    def get_urls(self) -> list[Any]:
        patterns = super().get_urls()
        for pattern in patterns:
            pattern.callback = in_picked_tenant(pattern.callback)
        return patterns
