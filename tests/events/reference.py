"""The rules of outcomes once more, short and slow, written from the rules alone: what the property tests compare with.

It knows a set of events and explicit words, each with its time; never the order in which they arrived.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Rules:
    """One definition: its window, its mode, and the types of its signals."""

    window: timedelta
    confirmed: bool
    void_type: str | None
    confirm_type: str | None


@dataclass(frozen=True)
class Said:
    """An event: what happened to which subject, and when."""

    id: str
    type: str
    subject: str
    time: datetime


def state(rules: Rules, trigger: Said, all_events: set[Said], now: datetime) -> str:
    """The state of the trigger's outcome."""
    settles_at = trigger.time + rules.window
    inside = [
        one
        for one in all_events
        if one.subject == trigger.subject and one.id != trigger.id and trigger.time <= one.time <= settles_at
    ]
    if rules.confirmed:
        if any(one.type == rules.confirm_type for one in inside):
            return "settled"
        return "awaiting_confirmation" if now <= settles_at else "expired"
    if any(one.type == rules.void_type for one in inside):
        return "voided"
    return "pending" if now < settles_at else "settled"
