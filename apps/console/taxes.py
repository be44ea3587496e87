"""Settings, taxes: which rates the organisation collects where, and on which days."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.categories import STANDARD
from apps.common.locales import country_name
from apps.common.numbers import plain
from apps.common.text import CODE_VALIDATOR
from apps.console import choices
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.confirming import ask, confirmed
from apps.console.days import DayField
from apps.console.formerrors import refusals
from apps.taxes.change import EndsBeforeItBegins, RateOverlaps, add_rate, end_rate, remove_rate
from apps.taxes.models import TaxRate
from apps.taxes.rates import holds


class RateForm(forms.Form):
    """A new rate."""

    country = forms.ChoiceField(choices=choices.countries)
    name = forms.CharField(max_length=40, label="Tax", help_text="As it stands on invoices: VAT, GST, Sales tax.")
    percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    region = forms.CharField(
        max_length=60,
        required=False,
        label="State or region",
        help_text="As in the customer's address. Empty: all of the country.",
    )
    category = forms.CharField(
        max_length=40,
        required=False,
        validators=[CODE_VALIDATOR],
        label="Tax category",
        help_text="Of what is sold, as plans name it. Empty: the standard one.",
    )
    valid_from = DayField(label="From")
    valid_until = DayField(label="Until", required=False, help_text="The first day without it.")

    def details(self) -> dict[str, Any]:
        """The fields as the verb takes them."""
        return self.cleaned_data | {"category": self.cleaned_data["category"] or STANDARD}


class EndForm(forms.Form):
    """The first day on which a rate no longer holds."""

    on = DayField(label="First day without it", error_messages={"required": "Say the day it ends on."})


@dataclass(frozen=True, slots=True)
class Row:
    """One rate, and whether it holds today: active, scheduled or ended."""

    rate: TaxRate
    country: str
    state: str


@console(change="bill")
def taxes(request: ConsoleRequest) -> HttpResponse:
    """Every rate by country; add one, or choose one (`?rate=`) to end it or to take it back."""
    chosen = request.POST.get("rate") or request.GET.get("rate")
    if chosen:
        rate: TaxRate = TaxRate.objects.get(pk=uuid_or_none(chosen))
        return _remove(request, rate) if request.POST.get("do") == "remove" else _end(request, rate)
    form = RateForm(request.POST or None, initial=_offered(request))
    if request.method == "POST" and form.is_valid():
        with refusals(form, {RateOverlaps: None, EndsBeforeItBegins: "valid_until"}):
            rate = add_rate(**form.details())
        if not form.errors:
            messages.success(request, f"{_told(rate)} is added.")
            return redirect("console:taxes")
    return _shown(request, form, {"form": form})


def _end(request: ConsoleRequest, rate: TaxRate) -> HttpResponse:
    form = EndForm(request.POST or None, initial={"on": rate.valid_until})
    if request.method == "POST" and form.is_valid():
        with refusals(form, {RateOverlaps: "on", EndsBeforeItBegins: "on"}):
            end_rate(rate, on=form.cleaned_data["on"])
        if not form.errors:
            messages.success(request, f"{_told(rate)} ends on {form.cleaned_data['on']}.")
            return redirect("console:taxes")
    return _shown(request, form, {"chosen": rate, "end_form": form})


def _remove(request: ConsoleRequest, rate: TaxRate) -> HttpResponse:
    if not confirmed(request):
        detail = "Only for a rate that was a mistake: one that changes is ended. Issued invoices keep it."
        back = reverse("console:taxes")
        return ask(request, f"Remove {_told(rate)}?", detail=detail, label="Remove rate", back=back)
    remove_rate(rate)
    messages.success(request, f"{_told(rate)} is removed.")
    return redirect("console:taxes")


def _shown(request: ConsoleRequest, form: forms.Form, context: dict[str, Any]) -> HttpResponse:
    shown = {"rows": _rows(request.at.date()), "section": "settings"} | context
    return page(request, "console/taxes.html", shown, status=422 if form.errors else 200)


def _told(rate: TaxRate) -> str:
    return f"{rate.name} of {plain(rate.percent)}%"


def _offered(request: ConsoleRequest) -> dict[str, Any]:
    """The country of the rate before, else the organisation's own."""
    last = TaxRate.objects.order_by("-pk").first()
    return {"country": last.country if last else request.profile.country or "US"}


def _rows(today: date) -> list[Row]:
    """Every rate by country, region and category; of one tax the newest first."""
    rows = [Row(one, country_name(one.country), _state(one, today)) for one in TaxRate.objects.all()]
    by_day = sorted(rows, key=lambda row: row.rate.valid_from, reverse=True)
    return sorted(by_day, key=lambda row: (row.country, row.rate.region, row.rate.category, row.rate.name))


def _state(rate: TaxRate, today: date) -> str:
    if holds(rate, today):
        return "active"
    return "scheduled" if rate.valid_from > today else "ended"
