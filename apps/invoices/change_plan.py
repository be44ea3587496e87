"""Putting a customer on another plan: his subscription ends on a day, and a new one takes its place on that day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.invoices.ending import When, day_of, end_at, hold, scheduled, withdraw
from apps.invoices.models import Charge, Cycle
from apps.invoices.subscribe import CurrencyDiffers, open_cycle, refuse_overlap
from apps.plans.models import Discount, PlanVersion, Subscription
from apps.plans.own_terms import overrides_for


def change_plan(
    subscription: Subscription,
    version: PlanVersion,
    *,
    when: When,
    overrides: Mapping[str, Any] | None = None,
    at: datetime,
) -> Subscription:
    """End the subscription as `cancel` would, put the customer on `version` from that day on, and return the new one.

    It begins with fresh tiers and without a trial; discounts go along with the cycles that are left of them. The later
    word holds: an end or a change that was to come, and has not, gives way to this one. A subscription that has not
    begun is replaced before its first day. Overrides end with the old one. Raises CurrencyDiffers, InvalidInput for
    overrides that can't be, or Refused: it has ended, or another subscription prices an outcome of the plan.
    """
    held = hold(subscription)
    customer = held.customer
    if version.plan.currency != customer.currency:
        raise CurrencyDiffers(
            f"{version.plan.name} is in {version.plan.currency}, {customer.name} is billed in {customer.currency}."
        )
    day, coming = day_of(held, when, at=at), scheduled(held)
    withdraw(held)
    day = subscription.end = end_at(held, day)
    refuse_overlap(customer.pk, version, day)
    begun = day > held.start
    new: Subscription = Subscription.objects.create(
        customer=customer,
        plan_version=version,
        billing=held.billing,
        start=day,
        overrides=overrides_for(version, overrides),
        replaces_id=held.pk if begun or held.replaces_id is None else held.replaces_id,
    )
    open_cycle(new, 0, customer)
    _carry_discounts(held, coming, new)
    if not begun:
        Charge.objects.filter(subscription=held, invoice=None).update(subscription=new)
    return new


def _carry_discounts(old: Subscription, coming: Subscription | None, new: Subscription) -> None:
    """Give the new subscription what is left of the old one's discounts, counted from its own first cycle.

    Those given to what was to come, and does not, go along whole.
    """
    last = Cycle.objects.filter(subscription=old).order_by("-index").values_list("index", flat=True).first()
    passed = 0 if last is None else last + 1
    left = [_left(one, passed, new) for one in Discount.objects.filter(subscription=old).order_by("pk")]
    if coming:
        given = Discount.objects.filter(subscription=coming, carried=False)
        left += [_left(one, 0, new) for one in given.order_by("pk")]
    Discount.objects.bulk_create((one for one in left if one.cycles != 0), ignore_conflicts=True)


def _left(given: Discount, passed: int, new: Subscription) -> Discount:
    """What is left of a discount after so many cycles: `cycles` 0 when nothing is, None when it never ends."""
    cycles = None if given.cycles is None else max(given.cycles - max(passed - given.first, 0), 0)
    first = max(given.first - passed, 0)
    return Discount(subscription=new, coupon_id=given.coupon_id, first=first, cycles=cycles, carried=True)
