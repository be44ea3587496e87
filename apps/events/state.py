"""The state of an outcome: a function of its entries and the clock. No job flips anything."""

from collections.abc import Container
from datetime import date, datetime
from enum import StrEnum

from apps.events.models import Outcome, Resolution


class State(StrEnum):
    PENDING = "pending"
    SETTLED = "settled"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    EXPIRED = "expired"
    HELD = "held"
    VOIDED = "voided"
    INVOICED = "invoiced"
    CREDITED = "credited"


def final_day(outcome: Outcome, resolutions: dict[str, Resolution]) -> date | None:
    """The local day that the outcome is booked on: its own, or its confirmation's."""
    confirm = resolutions.get(Resolution.Kind.CONFIRM)
    return confirm.booked_day if confirm else outcome.booked_day


def state_of(outcome: Outcome, resolutions: dict[str, Resolution], *, invoiced: Container[date], at: datetime) -> State:
    """The state at an instant; `invoiced` holds the booked days that are on an invoice of the customer."""
    void = resolutions.get(Resolution.Kind.VOID)
    day = final_day(outcome, resolutions)
    if void:
        return State.CREDITED if void.after_fence and day in invoiced else State.VOIDED
    if Resolution.Kind.HOLD in resolutions and Resolution.Kind.RELEASE not in resolutions:
        return State.HELD
    if day is not None and day in invoiced:
        return State.INVOICED
    if outcome.awaits_confirmation and Resolution.Kind.CONFIRM not in resolutions:
        return State.AWAITING_CONFIRMATION if at <= outcome.settles_at else State.EXPIRED
    if not outcome.awaits_confirmation and at < outcome.settles_at:
        return State.PENDING
    return State.SETTLED
