"""Putting a customer on another plan: his subscription ends on a day, and a new one takes its place on that day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.invoices.ending import When, day_of, end_at, hold, withdraw
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
    day = day_of(held, when, at=at)
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
    _carry_discounts(held, new)
    if not begun:
        Charge.objects.filter(subscription=held, invoice=None).update(subscription=new)
    return new


def _carry_discounts(old: Subscription, new: Subscription) -> None:
    """Give the new subscription what is left of the old one's discounts, counted from its own first cycle."""
    last = Cycle.objects.filter(subscription=old).order_by("-index").values_list("index", flat=True).first()
    passed = 0 if last is None else last + 1
    Discount.objects.bulk_create(
        Discount(subscription=new, coupon_id=one.coupon_id, first=max(one.first - passed, 0), cycles=left)
        for one in Discount.objects.filter(subscription=old).order_by("pk")
        if (left := _left(one, passed)) != 0
    )


def _left(discount: Discount, passed: int) -> int | None:
    """For how many cycles it holds yet after so many have passed; None: for ever."""
    if discount.cycles is None:
        return None
    return max(discount.cycles - max(passed - discount.first, 0), 0)
