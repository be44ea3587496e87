"""The first page after signing up, where the organisation gets its name; and the switch between organisations."""

import hashlib
import re
import unicodedata

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.common.private import private
from apps.tenants.access import tenants_of
from apps.tenants.customers import Taken, create_tenant
from apps.tenants.models import Tenant, User

LONGEST = 40
TRIES = 5


class WelcomeForm(forms.Form):
    name = forms.CharField(
        label="Name of your organisation",
        max_length=200,
        help_text="As it will stand on invoices. You can change it later.",
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


def slug_of(name: str) -> str:
    """A slug made of the name; "team" where nothing of it can stand in one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or "team"


def found_tenant(name: str, owner: User) -> Tenant:
    """A new organisation of this name; a slug that is taken gets an ending.

    Where he has one of this name, that one: the form was sent twice. Its endings are the same each time, so that two at
    once meet at one of them.
    """
    slug = base = slug_of(name)
    for number in range(TRIES):
        own = next((one.tenant for one in tenants_of(owner) if one.may("own") and one.tenant.name == name), None)
        if own:
            return own
        try:
            return create_tenant(slug=slug, name=name, owner=owner)
        except Taken:
            ending = hashlib.sha256(f"{owner.pk} {name} {number}".encode()).hexdigest()[:4]
            slug = f"{base[: LONGEST - 5].rstrip('-')}-{ending}"
    raise Taken("slug", slug)


@require_http_methods(["GET", "HEAD", "POST"])
@private
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """Name an organisation: the first, or one more (`?another`)."""
    user = request.user
    if not isinstance(user, User):
        return redirect("account_login")
    has_one = bool(tenants_of(user))
    if has_one and "another" not in request.GET:
        return redirect("console:overview")
    form = WelcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tenant = found_tenant(form.cleaned_data["name"], user)
        request.session["tenant"] = str(tenant.pk)
        return redirect("console:overview")
    status = 422 if form.errors else 200
    return render(request, "console/welcome.html", {"form": form, "has_one": has_one}, status=status)


@require_POST
@login_required
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Go on in another of the user's organisations; one that is not his changes nothing."""
    slug, user = request.POST.get("tenant"), request.user
    memberships = tenants_of(user) if isinstance(user, User) else []
    found = next((one.tenant for one in memberships if one.tenant.slug == slug), None)
    if found:
        request.session["tenant"] = str(found.pk)
    return redirect("console:overview")
