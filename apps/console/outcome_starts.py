"""Definitions to start from: each a content that is whole but for what only the vendor knows."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Start:
    """One of them: what it is for in a sentence, and what the form then holds."""

    key: str
    title: str
    sentence: str
    trigger: str
    content: dict[str, Any] = field(default_factory=dict)


def _settled(mode: str, seconds: int, **signals: list[dict[str, str]]) -> dict[str, Any]:
    return {"mode": mode, "window_seconds": seconds, "void_on": [], "confirm_on": []} | signals


def _on(type: str) -> list[dict[str, str]]:
    return [{"type": type, "condition": "true"}]


HOUR, DAY = 3600, 86400
STARTS = [
    Start(
        "ticket",
        "Ticket resolved",
        "A resolved support ticket counts unless its author reopens it within three days.",
        "ticket.resolved",
        {
            "name": "Resolved ticket",
            "unit": "ticket",
            "condition": "(!has(properties.escalated) || properties.escalated == false)",
            "once_per_subject": "month",
            "settlement": _settled("auto", 72 * HOUR, void_on=_on("ticket.reopened")),
        },
    ),
    Start(
        "meeting",
        "Meeting held",
        "A booked meeting counts only once it took place, for which your product sends a second event.",
        "meeting.booked",
        {
            "name": "Meeting held",
            "unit": "meeting",
            "once_per_subject": "ever",
            "settlement": _settled("on_confirmation", 30 * DAY, confirm_on=_on("meeting.held")),
        },
    ),
    Start(
        "lead",
        "Lead qualified",
        "A lead counts once for ever if its score is high enough, unless sales rejects it within a week.",
        "lead.qualified",
        {
            "name": "Qualified lead",
            "unit": "lead",
            "condition": "properties.score >= 70",
            "once_per_subject": "ever",
            "settlement": _settled("auto", 7 * DAY, void_on=_on("lead.rejected")),
        },
    ),
    Start(
        "document",
        "Document approved",
        "A drafted document counts only once a person has approved it.",
        "document.drafted",
        {
            "name": "Approved document",
            "unit": "document",
            "once_per_subject": "ever",
            "evidence_required": True,
            "settlement": _settled("on_confirmation", 14 * DAY, confirm_on=_on("document.approved")),
        },
    ),
    Start(
        "payment",
        "Payment recovered",
        "A recovered payment counts with its amount, so that a plan can take a percentage of it, unless it is "
        "charged back within 60 days.",
        "payment.recovered",
        {
            "name": "Recovered payment",
            "unit": "payment",
            "value_from": "properties.amount",
            "once_per_subject": "ever",
            "settlement": _settled("auto", 60 * DAY, void_on=_on("payment.charged_back")),
        },
    ),
]
DEFAULTS: dict[str, Any] = {
    "description": None,
    "condition": "true",
    "quantity_from": None,
    "value_from": None,
    "dimension": None,
    "void_after_billing_days": 30,
    "requires_agreement": False,
    "evidence_required": False,
}


def start(key: str) -> Start | None:
    """The start of this key, its content made whole with the defaults."""
    found = next((one for one in STARTS if one.key == key), None)
    return Start(found.key, found.title, found.sentence, found.trigger, DEFAULTS | found.content) if found else None
