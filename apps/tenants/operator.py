"""The operator's admin: one tenant is picked on its index, and every page of a tenant's rows runs in its scope.

Nothing here goes round row-level security: the operator sees what a process of that tenant would, one tenant at a time.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.admin.utils import lookup_field, unquote
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from apps.common.numbers import plain
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


@cache
def plainly(field: "models.Field[Any, Any]") -> Callable[[models.Model], str]:
    """A column of a decimal without the zeros at its end, which stand for what the database could hold."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def told(row: models.Model) -> str:
        value = getattr(row, field.name)
        return "-" if value is None else plain(value)

    return told


class OfTenant(ReadOnly):
    """Rows of the picked tenant, to look at. Whatever is changed is changed in the console, by a member."""

    change_form_template = "operator/row.html"

    def get_urls(self) -> list[Any]:
        patterns = super().get_urls()
        for pattern in patterns:
            pattern.callback = in_picked_tenant(pattern.callback)
        return patterns

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._told(super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return self._told(super().get_fields(request, obj))

    def _told(self, names: Any) -> list[Any]:
        decimals = {one.name: one for one in self.opts.fields if isinstance(one, models.DecimalField)}
        return [plainly(decimals[name]) if name in decimals else name for name in names]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A row is named as in its list: by itself it knows no more of others than their ids."""
        row = self.get_object(request, unquote(object_id))
        named = {"subtitle": self._name(row)} if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **named})

    def _name(self, row: models.Model) -> str:
        """What the first two columns of the list say."""
        values = [lookup_field(name, row, self)[2] for name in self.list_display[:2]]
        return ", ".join(str(value) for value in values if value not in (None, ""))
