"""Taking a customer off a plan, at the coming midnight or with the running cycle."""

from datetime import date, datetime

from apps.invoices.ending import When, day_of, end_at, hold, scheduled, withdraw
from apps.invoices.subscribe import Refused
from apps.plans.models import Subscription


def cancel(subscription: Subscription, *, when: When, at: datetime) -> date:
    """End the subscription, and return the first day without it; its cycle is cut there, and closed in its turn.

    A change of plan that has not begun is taken back with it. One that has no first day yet never begins. Raises
    Refused when it has ended, or ends by then already.
    """
    held = hold(subscription)
    day = day_of(held, when, at=at)
    if scheduled(held):
        withdraw(held)
    elif held.end is not None and held.end <= day:
        raise Refused(f"This subscription ends on {held.end} already.")
    subscription.end = end_at(held, day)
    return subscription.end
