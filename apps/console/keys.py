"""API keys: made here, shown once, given limits and revoked here."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.words import unit_for
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.checklist import curl_line
from apps.console.confirming import ask, confirmed
from apps.console.coupons import count_field
from apps.console.once import shown_once
from apps.tenants.access import Membership
from apps.tenants.models import ApiKey, Scope

SCOPES = {
    Scope.EVENTS_WRITE: "Send events",
    Scope.READ: "Read everything",
    Scope.MANAGE: "Manage customers, outcomes, plans and subscriptions",
}


def empty(unit: str) -> str:
    """What an empty field means."""
    limit = settings.RATE_LIMITS[unit]
    return f"Empty: {limit:,}." if limit else "Empty: no limit."


class LimitsForm(forms.Form):
    """How much a key may ask of each web process in a second; apps/api/limits.py holds it to that."""

    requests_per_second = count_field("Requests a second", empty("requests"))
    events_per_second = count_field("Events a second", empty("events"))


class KeyForm(LimitsForm):
    field_order = ["name", "scopes"]

    name = forms.CharField(max_length=100, help_text="Where it will be used: Production.")
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope.value, text) for scope, text in SCOPES.items()],
        initial=[Scope.EVENTS_WRITE],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, membership: Membership, *args: Any) -> None:
        """Nobody makes a key that may do more than himself."""
        super().__init__(*args)
        if not membership.may("manage"):
            scopes = cast("forms.MultipleChoiceField", self.fields["scopes"])
            scopes.choices = [(scope.value, text) for scope, text in SCOPES.items() if scope != Scope.MANAGE]


def a_second(key: ApiKey) -> list[str]:
    """How much it may ask in a second: "1,000 requests", "200,000 events"."""
    limits = ((unit.removesuffix("s"), limit) for unit, limit in key.limits().items() if limit)
    return [f"{limit:,} {unit_for(unit, limit)}" for unit, limit in limits] or ["no limit"]


@console(change="develop")
def api_keys(request: ConsoleRequest) -> HttpResponse:
    """Every key. A new one is on the page that answers its making, and nowhere afterwards."""
    revoking = request.POST.get("do") == "revoke"
    if revoking:
        return _revoke(request)
    form = KeyForm(request.membership, request.POST or None)
    made, sends = "", False
    if request.method == "POST" and form.is_valid():
        made, sends = make_key(request, **form.cleaned_data), Scope.EVENTS_WRITE in form.cleaned_data["scopes"]
        form = KeyForm(request.membership)
    keys = ApiKey.objects.order_by(F("revoked_at").asc(nulls_first=True), "-pk")
    context = {
        "keys": [(key, a_second(key)) for key in keys],
        "form": form,
        "made": made,
        "curl": curl_line(made, id=f"first-{made[-4:]}") if made and sends else "",
        "scopes": {scope.value: text for scope, text in SCOPES.items()},
    }
    return page(request, "console/api_keys.html", context, status=422 if form.errors else 200)


@console("develop")
def key_limits(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """Give a key other limits; they hold from its next request."""
    key: ApiKey = ApiKey.objects.get(pk=id, revoked_at=None)
    form = LimitsForm(request.POST or None, initial=vars(key))
    if request.method == "POST" and form.is_valid():
        key.limit(**form.cleaned_data)
        messages.success(request, f"{key.name} has its limits.")
        return redirect("console:api_keys")
    context = {"key": key, "form": form, "section": "api_keys"}
    return page(request, "console/key_limits.html", context, status=422 if form.errors else 200)


def make_key(request: ConsoleRequest, name: str, scopes: list[str], **limits: int | None) -> str:
    """A new key's full text."""
    return shown_once(request, lambda: ApiKey.issue(request.tenant, name=name, scopes=scopes, **limits)[1])


def _revoke(request: ConsoleRequest) -> HttpResponse:
    key: ApiKey = ApiKey.objects.get(pk=uuid_or_none(request.POST.get("key", "")))
    if not confirmed(request):
        detail = "Requests that use it fail at once. This can't be taken back."
        back = reverse("console:api_keys")
        return ask(request, f"Revoke {key.name}?", detail=detail, label="Revoke key", back=back)
    key.revoke(at=request.at)
    messages.success(request, f"{key.name} is revoked.")
    return redirect("console:api_keys")
