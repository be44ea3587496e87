"""The form of an outcome definition: the fields of a version in plain words, and the body that the verbs read."""

import re
from typing import Any

from django import forms

from apps.outcomes.content import MAX_WINDOW
from apps.outcomes.models import DefinitionVersion

UNITS = {"minutes": 60, "hours": 3600, "days": 86400}
PATH_HELP = "A path into the event, such as properties.{name}."


def code_of(name: str) -> str:
    """A code made of a name: "Resolved ticket" becomes resolved_ticket."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:128]


def window_parts(seconds: int) -> tuple[int, str]:
    """Seconds as the largest unit that divides them."""
    for unit in ("days", "hours", "minutes"):
        if seconds and seconds % UNITS[unit] == 0:
            return seconds // UNITS[unit], unit
    return seconds // 60, "minutes"


def _mono(**attrs: Any) -> dict[str, Any]:
    return {"class": "code", "autocapitalize": "off", "spellcheck": "false"} | attrs


class VersionForm(forms.Form):
    """What a version says. Fields that the domain does not take yet are not offered."""

    name = forms.CharField(max_length=200, help_text="What you and your customers call it: Resolved ticket.")
    unit = forms.CharField(max_length=60, initial="outcome", help_text="One of them, as an invoice counts it: ticket.")
    description = forms.CharField(
        label="What counts, in words",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Your customer reads this beside the count.",
    )
    condition = forms.CharField(
        label="Counts only if",
        max_length=4096,
        required=False,
        widget=forms.Textarea(attrs=_mono(rows=3, placeholder="true")),
        help_text=(
            "A CEL expression over the event: <code>properties.rating &gt;= 4 &amp;&amp; quantity &gt; 0.0</code>. "
            "It may use type, subject, quantity, value, time, properties and evidence; write "
            "<code>has(properties.escalated)</code> for what may be missing. Empty: every event counts."
        ),
    )
    quantity_from = forms.CharField(
        label="Read the quantity from",
        max_length=255,
        required=False,
        help_text=PATH_HELP.format(name="count") + " Empty: the event's own quantity, or 1.",
        widget=forms.TextInput(attrs=_mono()),
    )
    value_from = forms.CharField(
        label="Read the value from",
        max_length=255,
        required=False,
        help_text=PATH_HELP.format(name="amount") + " Prices in per cent are taken of it.",
        widget=forms.TextInput(attrs=_mono()),
    )
    dimension = forms.CharField(
        label="Split by",
        max_length=255,
        required=False,
        help_text=PATH_HELP.format(name="channel") + " A price may differ by it.",
        widget=forms.TextInput(attrs=_mono()),
    )
    window = forms.IntegerField(
        label="Stays pending for",
        min_value=0,
        initial=0,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text="Until then it may be taken back without a trace on the invoice. 0: final at once.",
    )
    window_unit = forms.ChoiceField(label="Unit of time", choices=[(unit, unit) for unit in UNITS], initial="hours")
    void_after_billing_days = forms.IntegerField(
        label="May be voided after billing, for days",
        min_value=0,
        max_value=365,
        initial=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text="A void after the invoice becomes a credit; later than this it is refused.",
    )
    evidence_required = forms.BooleanField(
        label="Count only events that name their evidence",
        required=False,
        help_text="A link that your customer can open, such as the ticket itself.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        seconds = (cleaned.get("window") or 0) * UNITS.get(cleaned.get("window_unit", ""), 0)
        if seconds > MAX_WINDOW:
            self.add_error("window", f"At most {MAX_WINDOW // 86400} days.")
        return cleaned

    def body(self) -> dict[str, Any]:
        """The version's body, as the API takes it."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "unit": data["unit"],
            "description": data["description"].replace("\r\n", "\n") or None,
            "condition": data["condition"].strip() or "true",
            "quantity_from": data["quantity_from"] or None,
            "value_from": data["value_from"] or None,
            "dimension": data["dimension"] or None,
            "settlement": {"window_seconds": data["window"] * UNITS[data["window_unit"]]},
            "void_after_billing_days": data["void_after_billing_days"],
            "evidence_required": data["evidence_required"],
        }


class DefinitionForm(VersionForm):
    """A new definition: its first version, its code and its trigger."""

    code = forms.CharField(
        max_length=128,
        required=False,
        help_text="How plans and the API name it. Empty: made of the name, as resolved_ticket.",
        widget=forms.TextInput(attrs=_mono(placeholder="resolved_ticket")),
    )
    trigger = forms.CharField(
        label="Triggered by events of type",
        max_length=128,
        help_text="What your product reports: ticket.resolved. One type triggers one outcome.",
        widget=forms.TextInput(attrs=_mono(placeholder="ticket.resolved")),
    )

    def body(self) -> dict[str, Any]:
        own = {"code": self.cleaned_data["code"] or code_of(self.cleaned_data["name"])}
        return super().body() | own | {"trigger": self.cleaned_data["trigger"]}


def initial_of(version: DefinitionVersion) -> dict[str, Any]:
    """The form's values for a published version."""
    window, unit = window_parts(version.window_seconds)
    same = {name: getattr(version, name) for name in VersionForm.base_fields if hasattr(version, name)}
    condition = "" if version.condition == "true" else version.condition
    return same | {"condition": condition, "window": window, "window_unit": unit}


def next_body(version: DefinitionVersion, form: VersionForm) -> dict[str, Any]:
    """The next version's body: what the form says, and the rest as it was."""
    content, said = version.content(), form.body()
    return content | said | {"settlement": content["settlement"] | said["settlement"]}
