"""API keys: made here, shown once, revoked here."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.checklist import curl_line
from apps.console.confirming import ask, confirmed
from apps.tenants.access import Membership
from apps.tenants.models import ApiKey, Scope

SCOPES = {
    Scope.EVENTS_WRITE: "Send events",
    Scope.READ: "Read everything",
    Scope.MANAGE: "Manage customers, outcomes, plans and subscriptions",
}


class KeyForm(forms.Form):
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


@console(change="develop")
def api_keys(request: ConsoleRequest) -> HttpResponse:
    """Every key. A new one is on the page that answers its making, and nowhere afterwards."""
    revoking = request.POST.get("do") == "revoke"
    if revoking:
        return _revoke(request)
    form = KeyForm(request.membership, request.POST or None)
    made = ""
    if request.method == "POST" and form.is_valid():
        made = make_key(request, form.cleaned_data["name"], form.cleaned_data["scopes"])
        form = KeyForm(request.membership)
    context = {
        "keys": ApiKey.objects.order_by(F("revoked_at").asc(nulls_first=True), "-pk"),
        "form": form,
        "made": made,
        "curl": curl_line(made) if made else "",
        "scopes": {scope.value: text for scope, text in SCOPES.items()},
    }
    return page(request, "console/api_keys.html", context, status=422 if form.errors else 200)


def make_key(request: ConsoleRequest, name: str, scopes: list[str]) -> str:
    """A new key's full text."""
    return ApiKey.issue(request.tenant, name=name, scopes=scopes)[1]


def _revoke(request: ConsoleRequest) -> HttpResponse:
    key: ApiKey = ApiKey.objects.get(pk=uuid_or_none(request.POST.get("key", "")))
    if not confirmed(request):
        detail = "Requests that use it fail at once. This can't be taken back."
        back = reverse("console:api_keys")
        return ask(request, f"Revoke {key.name}?", detail=detail, label="Revoke key", back=back)
    key.revoke(at=request.at)
    messages.success(request, f"{key.name} is revoked.")
    return redirect("console:api_keys")
