"""Every field of a definition version as a reader would say it, and what it replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from apps.outcomes.models import DefinitionVersion, Mode, OncePerSubject
from apps.outcomes.plain_words import in_words, window_in_words

LABELS = {
    "plain": "In plain words",
    "name": "Name",
    "unit": "Unit",
    "description": "Described as",
    "condition": "Counts only if",
    "quantity_from": "Quantity from",
    "value_from": "Value from",
    "dimension": "Split by",
    "once_per_subject": "Each subject counts",
    "mode": "Counts",
    "window_seconds": "Within",
    "void_on": "Voided by",
    "confirm_on": "Confirmed by",
    "void_after_billing_days": "Voids after billing",
    "evidence_required": "Evidence",
    "requires_agreement": "Signature",
}
CODE_FIELDS = ("condition", "quantity_from", "value_from", "dimension", "void_on", "confirm_on")
COUNTS = {Mode.AUTO: "Unless it is voided", Mode.ON_CONFIRMATION: "Only once it is confirmed"}


ONCE = {
    OncePerSubject.UNLIMITED: "Every time",
    OncePerSubject.MONTH: "Once a calendar month",
    OncePerSubject.EVER: "Only once, for ever",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a version in words; `before` is what the version before said, where that differs."""

    label: str
    value: str
    before: str | None
    code: bool


def facts(version: DefinitionVersion, before: DefinitionVersion | None = None) -> list[Fact]:
    """Every field of the version, with what it replaced."""
    content, old = _flat(version), _flat(before) if before else None
    return [
        Fact(
            label,
            _said(name, content[name]),
            _said(name, old[name]) if old and old[name] != content[name] else None,
            name in CODE_FIELDS and content[name] not in (None, [], "true"),
        )
        for name, label in LABELS.items()
    ]


def _flat(version: DefinitionVersion) -> dict[str, Any]:
    content: dict[str, Any] = version.content()
    return {**content, **content["settlement"], "plain": in_words(version)}


def _said(name: str, value: Any) -> str:
    if name in SAID:
        return SAID[name](value)
    if isinstance(value, bool):
        return "Required" if value else "Not required"
    return str(value or "–")


def _signals(signals: Sequence[dict[str, str]]) -> str:
    said = [one["type"] + (f" if {one['condition']}" if one["condition"] != "true" else "") for one in signals]
    return "\n".join(said) or "–"


SAID: dict[str, Callable[[Any], str]] = {
    "condition": lambda value: "Every event counts" if value == "true" else str(value),
    "once_per_subject": lambda value: ONCE[value],
    "mode": lambda value: COUNTS[value],
    "window_seconds": lambda value: window_in_words(value) if value else "No time, final at once",
    "void_on": _signals,
    "confirm_on": _signals,
    "void_after_billing_days": lambda value: f"For {value} days",
}
