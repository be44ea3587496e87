"""The logo on documents: seen, put in place of another, taken off."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.downloads import lasting_picture
from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.uploads import was_cut
from apps.tenants.logo import FORMATS, MOST_BYTES, NoLogo, current_logo, find_logo, put_logo, remove_logo

ACCEPTED = ",".join(FORMATS.values())
TOO_LARGE = f"The file is far too large. Use one of at most {MOST_BYTES // 1024} KB."


class LogoForm(forms.Form):
    """A picture; what it has to be is said by apps/tenants/logo.py."""

    picture = forms.FileField(
        label="Picture",
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text="PNG or JPEG, at most 512 KB. It stands at the top of documents, up to 6 cm wide and 1.8 cm high.",
    )


@console(change="own")
def logo(request: ConsoleRequest) -> HttpResponse:
    """Show the logo; put another in its place, or none. Issued documents keep the one that they were issued with."""
    if request.method == "POST" and request.POST.get("do") == "remove":
        return _remove(request)
    form = LogoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and was_cut(request):
        form.errors["picture"] = form.error_class([TOO_LARGE])
    elif request.method == "POST" and form.is_valid():
        try:
            put_logo(form.cleaned_data["picture"].read(), at=request.at)
        except NoLogo as error:
            form.add_error("picture", str(error))
        else:
            messages.success(request, "Saved. Documents issued from now on have this logo.")
            return redirect("console:logo")
    context: dict[str, Any] = {"form": form, "logo": current_logo(), "section": "settings"}
    return page(request, "console/logo.html", context, status=422 if form.errors else 200)


@console()
def logo_picture(request: ConsoleRequest, sha256: str) -> HttpResponse:
    """The picture that a document names."""
    found = find_logo(sha256)
    return lasting_picture(bytes(found.content), found.media_type)


def _remove(request: ConsoleRequest) -> HttpResponse:
    if not confirmed(request):
        detail = "Documents issued from now on have your name only. Those already issued keep the logo."
        return ask(request, "Remove the logo?", detail=detail, label="Remove", back=reverse("console:logo"))
    remove_logo(at=request.at)
    messages.success(request, "Documents issued from now on have no logo.")
    return redirect("console:logo")
