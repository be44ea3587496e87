"""The form of an outcome definition: the fields of a version in plain words, and the body that the verbs read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from apps.common.reading import Fields, Problem
from apps.common.text import CODE_VALIDATOR
from apps.console.formerrors import sentence
from apps.console.input_rows import PLACE
from apps.console.outcome_rows import Editor
from apps.outcomes.content import MAX_WINDOW, read_content
from apps.outcomes.models import DefinitionVersion, Mode, OncePerSubject, OutcomeDefinition
from apps.outcomes.plain_words import UNITS, window_parts

PATH_HELP = "A path into the event, such as properties.{name}."
KINDS = ("void_on", "confirm_on")
NO_CODE = "No code can be made of this name: type one, of letters and digits."
EMPTY: dict[str, Any] = {"settlement": {"void_on": [], "confirm_on": []}, "condition": "true"}
OF_SIGNAL = re.compile(r"settlement\.(void_on|confirm_on)\[(\d+)\]\.(type|condition)")
NAMES = {"settlement.window_seconds": "window", "settlement.mode": "mode"} | {f"settlement.{one}": one for one in KINDS}


@dataclass(slots=True)
class SignalInput:
    """One signal: the type of event, its condition, and what is wrong with the type."""

    name: str
    type: str
    editor: Editor
    error: str = ""


def code_of(name: str) -> str:
    """A code made of a name: "Resolved ticket" becomes resolved_ticket."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:128]


def _mono(**attrs: Any) -> dict[str, Any]:
    return {"class": "code", "autocapitalize": "off", "spellcheck": "false"} | attrs


class VersionForm(forms.Form):
    """What a version says. Its conditions and signals are edited by the rows of apps/console/outcome_rows.py.

    `content` is what it starts from, `drafting` that it is only kept: then the content may be unfinished.
    """

    name = forms.CharField(max_length=200, help_text="What you and your customers call it: Resolved ticket.")
    unit = forms.CharField(max_length=60, initial="outcome", help_text="One of them, as an invoice counts it: ticket.")
    description = forms.CharField(
        label="What counts, in words",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Your customer reads this beside the count.",
    )
    condition = forms.CharField(label="Counts only if", max_length=4096, required=False)
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
    once_per_subject = forms.ChoiceField(
        label="Each subject counts",
        required=False,
        choices=[("unlimited", "every time"), ("month", "once a calendar month"), ("ever", "only once, for ever")],
        help_text="The subject is what the result is about, such as the ticket.",
    )
    mode = forms.ChoiceField(
        label="It counts",
        required=False,
        choices=[(Mode.AUTO.value, "unless it is voided"), (Mode.ON_CONFIRMATION.value, "only once it is confirmed")],
    )
    window = forms.IntegerField(
        label="Within",
        min_value=0,
        initial=0,
        error_messages={"min_value": "Not less than 0."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text="So long it may be voided, or has to be confirmed. 0: it is final at once.",
    )
    window_unit = forms.ChoiceField(label="Unit of time", choices=[(unit, unit) for unit in UNITS], initial="hours")
    void_on = forms.Field(label="What voids it", required=False)
    confirm_on = forms.Field(label="What confirms it", required=False)
    void_after_billing_days = forms.IntegerField(
        label="May be voided after billing, for days",
        min_value=0,
        max_value=365,
        initial=30,
        error_messages={"min_value": "Not less than 0.", "max_value": "At most 365 days."},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text="A void after the invoice becomes a credit; later than this it is refused.",
    )
    requires_agreement = forms.BooleanField(
        label="Count only for customers who have signed it",
        required=False,
        help_text="Their contacts find it in the portal. Until they sign, the version they signed before judges.",
    )
    evidence_required = forms.BooleanField(
        label="Count only events that name their evidence",
        required=False,
        help_text="A link that your customer can open, such as the ticket itself.",
    )

    def __init__(
        self, data: Mapping[str, str] | None = None, content: dict[str, Any] | None = None, *, drafting: bool = False
    ) -> None:
        super().__init__(data, initial=initial_of(content) if content else None)
        self.drafting = drafting
        self.begun = content if data is None else None
        self.editor, self.signals = editors_read(data) if data is not None else editors_of(content or EMPTY)

    @property
    def confirming(self) -> bool:
        return bool(self["mode"].value() == Mode.ON_CONFIRMATION)

    def clean(self) -> dict[str, Any]:
        """Judge the whole as the verbs will, and say each problem at its field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("window", 0) * UNITS.get(cleaned.get("window_unit", ""), 0) > MAX_WINDOW:
            self.add_error("window", f"At most {MAX_WINDOW // 86400} days.")
        if self.drafting:
            return cleaned
        if any(editor.row_errors for editor in self.editors()):
            self.add_error(None, "A row of a condition is not whole.")
        fields = Fields(self.content())
        read_content(fields)
        for problem in fields.problems:
            self._place(problem)
        return cleaned

    def editors(self) -> list[Editor]:
        return [self.editor, *(signal.editor for kind in KINDS for signal in self.signals[kind])]

    def _place(self, problem: Problem) -> None:
        said = sentence(problem.message)
        signal = OF_SIGNAL.fullmatch(problem.path)
        if signal:
            found = self.signals[signal[1]][int(signal[2])]
            if signal[3] == "type":
                found.error = sentence(problem.message)
            else:
                found.editor.error = said
            self.add_error(None, "A signal is not right yet.")
            return
        name = NAMES.get(problem.path, problem.path)
        if name in self.errors or (name in KINDS and "window" in self.errors):
            return
        if name == "condition":
            self.editor.error = said
        self.add_error(name if name in self.fields else None, said)

    def content(self) -> dict[str, Any]:
        """The version's content, as the API takes it; a field that is not valid is as if it had not been touched."""
        data = {name: field.initial for name, field in self.fields.items()} | self.cleaned_data
        signals = {
            kind: [{"type": one.type, "condition": one.editor.condition} for one in self.signals[kind]]
            for kind in KINDS
        }
        window = {
            "window_seconds": data["window"] * UNITS[data["window_unit"]],
            "mode": data["mode"] or Mode.AUTO.value,
        }
        return {
            "name": data["name"],
            "unit": data["unit"],
            "description": (data["description"] or "").replace("\r\n", "\n") or None,
            "condition": self.editor.condition,
            "quantity_from": data["quantity_from"] or None,
            "value_from": data["value_from"] or None,
            "dimension": data["dimension"] or None,
            "once_per_subject": data["once_per_subject"] or OncePerSubject.UNLIMITED.value,
            "settlement": window | signals,
            "void_after_billing_days": data["void_after_billing_days"],
            "requires_agreement": data["requires_agreement"],
            "evidence_required": data["evidence_required"],
        }

    def edit(self, act: str) -> None:
        """Do what a button asks: "add-signal void_on", "remove-signal void_on 0", "add-row condition 0", and so on.

        The form then shows what was typed, and says nothing yet of what is missing.
        """
        self.initial, self.is_bound = {name: self[name].data for name in self.fields}, False
        do, _, rest = act.partition(" ")
        name, *numbers = rest.split()
        places = [int(number) for number in numbers if re.fullmatch(PLACE, number)]
        if do == "add-signal" and name in KINDS:
            self.signals[name].append(_signal(name, len(self.signals[name]), {}))
        elif do == "remove-signal" and name in KINDS and places:
            del self.signals[name][places[0] : places[0] + 1]
        for editor in self.editors():
            if editor.prefix == name:
                editor.edit(do, *places[:2])


class DefinitionForm(VersionForm):
    """A new definition: its first version, its code and its trigger."""

    code = forms.CharField(
        max_length=128,
        required=False,
        validators=[CODE_VALIDATOR],
        help_text="How plans and the API name it. Empty: made of the name, as resolved_ticket.",
        widget=forms.TextInput(attrs=_mono(placeholder="resolved_ticket")),
    )
    trigger = forms.CharField(
        label="Triggered by events of type",
        max_length=128,
        help_text="What your product reports: ticket.resolved. One type triggers one outcome.",
        widget=forms.TextInput(attrs=_mono(placeholder="ticket.resolved")),
    )

    def clean(self) -> dict[str, Any]:
        """A code is made of the name where none is typed, and it can't be of every name."""
        cleaned = super().clean()
        if cleaned.get("name") and "code" in cleaned and not self._code():
            self.add_error("code", NO_CODE)
        return cleaned

    def _code(self) -> str:
        return str(self.cleaned_data["code"] or code_of(self.cleaned_data["name"]))

    def own(self) -> dict[str, str]:
        """The code and the trigger."""
        return {"code": self._code(), "trigger": self.cleaned_data["trigger"]}


def editors_of(content: Mapping[str, Any]) -> tuple[Editor, dict[str, list[SignalInput]]]:
    """The editors of a content's condition and signals."""
    settlement = content.get("settlement") or {}
    signals = {kind: [_signal(kind, n, one) for n, one in enumerate(settlement.get(kind, []))] for kind in KINDS}
    return Editor.of("condition", content.get("condition") or "true"), signals


def editors_read(data: Mapping[str, str]) -> tuple[Editor, dict[str, list[SignalInput]]]:
    """The editors as they were sent; a signal that was removed leaves a gap, which is closed."""
    signals: dict[str, list[SignalInput]] = {}
    for kind in KINDS:
        names = [re.fullmatch(rf"{kind}-{PLACE}-type", key) for key in data]
        numbers = sorted(int(found[1]) for found in names if found)
        signals[kind] = [
            SignalInput(
                f"{kind}-{number}",
                data[f"{kind}-{number}-type"].strip(),
                Editor.read(f"{kind}-{number}-condition", data),
            )
            for number in numbers
        ]
    return Editor.read("condition", data), signals


def _signal(kind: str, number: int, signal: Mapping[str, str]) -> SignalInput:
    name = f"{kind}-{number}"
    return SignalInput(name, signal.get("type", ""), Editor.of(f"{name}-condition", signal.get("condition", "true")))


def initial_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values for a content."""
    settlement = content.get("settlement") or {}
    window, unit = window_parts(settlement.get("window_seconds", 0))
    return {**content, "window": window, "window_unit": unit, "mode": settlement.get("mode", Mode.AUTO.value)}


def version_of(content: Mapping[str, Any], trigger: str) -> DefinitionVersion:
    """The version that a content would be, for its text in plain words; it is never stored."""
    settlement = content["settlement"]
    plain = {key: value for key, value in content.items() if key not in ("settlement", "description")}
    return DefinitionVersion(definition=OutcomeDefinition(trigger=trigger), **plain, **settlement)
