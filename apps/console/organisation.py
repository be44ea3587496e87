"""Settings: how the organisation stands on invoices, and when its cycles close."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import RegexValidator
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common import locales
from apps.common.text import COLOUR_VALIDATOR
from apps.console import choices
from apps.console.access import ConsoleRequest, console, page
from apps.console.addresses import AddressFields, address_initial
from apps.events.models import LedgerCheck
from apps.taxes.ids import InvalidTaxId, checked
from apps.tenants.models import Paper, Profile, Tenant, bump_config

LONGEST_GRACE = 30 * 24
MOST_REMINDERS, LATEST_REMINDER = 10, 365
NUMBER = {"inputmode": "numeric", "class": "num"}
OWN = (
    *("legal_name", "email", "country", "tax_id", "accent", "payment_days", "payment_instructions"),
    *("invoice_prefix", "credit_note_prefix"),
    *("locale", "paper", "invoice_intro", "invoice_footer", "review_invoices", "skip_empty_invoices"),
)
PREFIX = RegexValidator(r"\A[A-Za-z0-9-]+\Z", "Use letters, digits and hyphens.")
PAPERS = {Paper.AUTO: "Letter or A4, by the customer's country", Paper.A4: "A4", Paper.LETTER: "Letter"}


class SettingsForm(AddressFields):
    """The organisation's settings. They hold for invoices issued from now on."""

    name = forms.CharField(label="Name in the console", max_length=200)
    legal_name = forms.CharField(label="Legal name", max_length=200, help_text="The seller on every invoice.")
    email = forms.EmailField(label="E-mail on invoices", required=False)
    country = forms.ChoiceField(choices=lambda: [("", "Not set"), *choices.countries()], required=False)
    tax_id = forms.CharField(label="Tax id", max_length=64, required=False)
    accent = forms.CharField(
        label="Accent colour",
        max_length=7,
        validators=[COLOUR_VALIDATOR],
        widget=forms.TextInput(attrs={"type": "color"}),
        help_text="Your customers' portal and invoices wear it.",
    )
    grace_hours = forms.IntegerField(
        label="Wait before closing a cycle, in hours",
        min_value=0,
        max_value=LONGEST_GRACE,
        widget=forms.TextInput(attrs=NUMBER),
        help_text="Late events still find their own cycle until then.",
    )
    payment_days = forms.IntegerField(
        label="Days to pay", min_value=0, max_value=365, widget=forms.TextInput(attrs=NUMBER)
    )
    payment_instructions = forms.CharField(
        label="How to pay",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Bank details or a link, printed on every invoice.",
    )
    reminder_days = forms.CharField(
        label="Remind after so many days",
        max_length=80,
        required=False,
        help_text="From the last day to pay, such as 7, 21. Empty: no reminders.",
    )
    review_invoices = forms.BooleanField(
        label="Look at invoices before they are issued",
        required=False,
        help_text="Closing a cycle then makes a draft, which waits until a member issues it.",
    )
    skip_empty_invoices = forms.BooleanField(
        label="Skip invoices with nothing to bill",
        required=False,
        help_text="A cycle in which nothing is charged and nothing counted then closes without one.",
    )
    invoice_prefix = forms.CharField(
        label="Invoice numbers begin with",
        max_length=12,
        validators=[PREFIX],
        help_text="CF gives CF-2026-0001. Another prefix begins a series of its own.",
    )
    credit_note_prefix = forms.CharField(
        label="Numbers of credit notes begin with",
        max_length=12,
        validators=[PREFIX],
        help_text="Other letters than those of invoices: the two are numbered apart.",
    )
    locale = forms.ChoiceField(
        label="Language and formats",
        choices=locales.choices,
        help_text="Of documents and their mails, where a customer has none of his own.",
    )
    paper = forms.ChoiceField(choices=[(paper.value, label) for paper, label in PAPERS.items()])
    invoice_intro = forms.CharField(
        label="Words before the lines",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Greetings, or what your customers' accountants ask for.",
    )
    invoice_footer = forms.CharField(
        label="Words at the end",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Register entry, directors, terms: what has to stand on a document of yours.",
    )

    def clean(self) -> dict[str, Any] | None:
        """The tax id as its country writes it; one that was kept unchecked is no obstacle to all else."""
        data = self.cleaned_data
        if data.get("invoice_prefix") == data.get("credit_note_prefix") is not None:
            self.add_error("credit_note_prefix", "Choose another prefix than that of invoices.")
        if {"country", "tax_id"} & set(self.changed_data):
            try:
                data["tax_id"] = checked(data.get("country", ""), data.get("tax_id", ""))
            except InvalidTaxId as error:
                self.add_error("tax_id", str(error))
        return data

    def clean_reminder_days(self) -> list[int]:
        """The days as numbers, each once, in order."""
        words = self.cleaned_data["reminder_days"].replace(",", " ").split()
        if len(words) > MOST_REMINDERS or not all(word.isascii() and word.isdigit() for word in words):
            raise forms.ValidationError(
                f"Write up to {MOST_REMINDERS} whole numbers with commas between, such as 7, 21."
            )
        days = sorted({int(word.lstrip("0")[:9] or 0) for word in words})
        if days and days[-1] > LATEST_REMINDER:
            raise forms.ValidationError(f"The last reminder must come within {LATEST_REMINDER} days.")
        if days and days[0] < 1:
            raise forms.ValidationError("On its last day to pay an invoice is not overdue yet: remind 1 day after it.")
        return days


@console(change="own")
def settings(request: ConsoleRequest) -> HttpResponse:
    """Show and change the settings; whoever is not an owner sees them and can't."""
    profile = request.profile
    form = SettingsForm(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        fields: dict[str, Any] = {name: data[name] for name in OWN}
        grace = timedelta(hours=data["grace_hours"])
        fields |= {"grace": grace, "address": form.address(), "reminder_days": data["reminder_days"]}
        Profile.objects.filter(pk=profile.pk).update(**fields)
        Tenant.objects.filter(pk=request.tenant.pk).update(name=data["name"])
        bump_config(request.tenant.pk)
        messages.success(request, "Saved. It holds for invoices issued from now on.")
        return redirect("console:settings")
    if not request.membership.may("own"):
        for field in form.fields.values():
            field.disabled = True
    context = {"form": form, "check": LedgerCheck.objects.order_by("-day").first()}
    return page(request, "console/settings.html", context, status=422 if form.errors else 200)


def _initial(request: ConsoleRequest) -> dict[str, Any]:
    profile = request.profile
    own = {name: getattr(profile, name) for name in OWN}
    own["reminder_days"] = ", ".join(map(str, profile.reminder_days))
    hours = int(profile.grace.total_seconds() // 3600)
    return own | address_initial(profile.address) | {"name": request.tenant.name, "grace_hours": hours}
