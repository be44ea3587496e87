"""Coupons: the list, the form to make one, and who has it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.text import CODE_VALIDATOR
from apps.console import choices
from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.days import DayField
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.plan_form import amount_field
from apps.plans.coupons import archive, create_coupon, read_coupon, times_given
from apps.plans.models import Coupon, Discount
from apps.plans.published import CodeTaken

SECTION = "plans"
HOLDERS = 50
MOST = 2_000_000_000
COUNT = {"inputmode": "numeric", "autocomplete": "off"}


def count_field(label: str, help_text: str) -> forms.IntegerField:
    """A whole number from 1 that the database holds, or nothing."""
    widget = forms.TextInput(attrs=COUNT)
    return forms.IntegerField(
        label=label, min_value=1, max_value=MOST, required=False, widget=widget, help_text=help_text
    )


class CouponForm(forms.Form):
    """Either a percentage, or an amount for each cycle in one currency."""

    name = forms.CharField(max_length=200, help_text="As it stands on invoices: Spring offer.")
    code = forms.CharField(
        max_length=128,
        validators=[CODE_VALIDATOR],
        widget=forms.TextInput(attrs={"class": "code", "autocapitalize": "off", "spellcheck": "false"}),
    )
    percent = amount_field("Per cent off", "Or an amount, not both.")
    amount = amount_field("Amount off each cycle", "Or a percentage, not both.")
    currency = forms.ChoiceField(choices=choices.currencies, initial="USD", help_text="Of the amount.")
    cycles = count_field("For how many cycles", "From the one in which it is given. Empty: for as long as it runs.")
    redeem_by = DayField(label="Last day to give it", required=False, help_text="Empty: on any day.")
    most = count_field("How often in all", "Empty: as often as you like.")

    def body(self) -> dict[str, Any]:
        """As the API takes it: what was left empty is null, and a percentage has no currency."""
        said = {name: value or None for name, value in self.cleaned_data.items()}
        day = said["redeem_by"]
        return said | {
            "redeem_by": day and day.isoformat(),
            "currency": said["currency"] if said["amount"] else None,
        }


@console()
def coupons(request: ConsoleRequest) -> HttpResponse:
    """Every coupon, newest first, and how often it was given."""
    text = request.GET.get("q", "").strip()
    rows = Coupon.objects.filter(Q(name__icontains=text) | Q(code__icontains=text)) if text else Coupon.objects.all()
    found = listed(request, rows)
    given = times_given(one.pk for one in found.rows)
    shown = [{"coupon": one, "given": given.get(one.pk, 0)} for one in found.rows]
    return page(request, "console/coupons.html", {"list": found, "rows": shown, "q": text, "section": SECTION})


@console("bill")
def coupon_new(request: ConsoleRequest) -> HttpResponse:
    """Make a coupon."""
    form = CouponForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals(form, {CodeTaken: "code"}):
            made = create_coupon(read_coupon(form.body()), at=request.at)
        if not form.errors:
            messages.success(request, f"{made.name} is there. Give it on a subscription's page.")
            return redirect("console:coupon", made.code)
    context = {"form": form, "section": SECTION}
    return page(request, "console/coupon_form.html", context, status=422 if form.errors else 200)


@console(change="bill")
def coupon(request: ConsoleRequest, code: str) -> HttpResponse:
    """One coupon and who has it; archiving it asks first."""
    one = Coupon.objects.get(code=code)
    own = reverse("console:coupon", args=[code])
    if request.method == "POST" and not confirmed(request):
        detail = "It can't be given any more. Whoever has it keeps it."
        return ask(request, f"Archive {one.name}?", detail=detail, label="Archive", back=own)
    if request.method == "POST":
        archive(one, at=request.at)
        messages.success(request, f"{one.name} is archived.")
        return redirect(own)
    holders = Discount.objects.filter(coupon=one).select_related("subscription__customer", "subscription__plan_version")
    context = {
        "section": SECTION,
        "coupon": one,
        "given": times_given([one.pk]).get(one.pk, 0),
        "holders": holders.order_by("-pk")[:HOLDERS],
    }
    return page(request, "console/coupon.html", context)
