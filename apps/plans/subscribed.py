"""A subscription's cycles: the one place that joins its days and its terms to the arithmetic of cycles.py."""

from datetime import date

from apps.plans import cycles
from apps.plans.models import Subscription
from apps.plans.published import terms_of

CALENDAR_REPEATS = 400
"""Years after which the calendar is the same day for day, leap years included."""


def cycle_of(subscription: Subscription, index: int) -> cycles.Cycle:
    """Cycle number `index` as it is where nothing cuts it."""
    terms = terms_of(subscription.plan_version)
    return cycles.cycle(
        subscription.start, terms.interval, subscription.cutting, index, trial_end=subscription.trial_end
    )


def as_if_always(subscription: Subscription, day: date) -> cycles.Cycle:
    """The cycle around a day that may lie before the start, as if the subscription had always run and without trial."""
    anchor = subscription.trial_end or subscription.start
    start = anchor.replace(year=anchor.year - CALENDAR_REPEATS)
    terms = terms_of(subscription.plan_version)
    return cycles.cycle_containing(start, terms.interval, subscription.cutting, day)
