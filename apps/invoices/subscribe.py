"""Putting a customer on a plan: the subscription and its running cycle."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from apps.common.periods import Period, midnight
from apps.events.fence import lock_for_writing
from apps.invoices.models import Cycle
from apps.invoices.unbilled import billed_by_hand
from apps.plans.models import Billing, PlanVersion, Price, Subscription
from apps.plans.own_terms import overrides_for
from apps.plans.published import terms_of, terms_of_subscription
from apps.plans.subscribed import cycle_of
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

FURTHEST = timedelta(days=3660)
"""A start further from today than this, either way, is a slip of the pen."""


class CurrencyDiffers(ValueError):
    """The plan is in another currency than the customer."""


class Refused(ValueError):
    """A conflict with what there is already: the days are closed, or another subscription prices the same outcome."""


def subscribe(
    customer: Customer,
    version: PlanVersion,
    *,
    start: date,
    billing: Billing | str = Billing.CALENDAR,
    overrides: Mapping[str, Any] | None = None,
) -> Subscription:
    """Put the customer on the plan version from the local day `start` on, with its first cycle, or its trial, open.

    A start in the past is allowed as far as nothing is closed yet: usage that is there is priced with it.
    `overrides` hold for this subscription instead of the plan's terms. Raises CurrencyDiffers, InvalidInput for
    overrides that can't be, or Refused for a closed day or an outcome that another subscription prices, or that an
    invoice by hand bills.
    """
    lock_for_writing(current_tenant_id())
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if version.plan.currency != customer.currency:
        raise CurrencyDiffers(
            f"{version.plan.name} is in {version.plan.currency}, {customer.name} is billed in {customer.currency}."
        )
    if start < customer.closed_through:
        raise Refused(f"Days before {customer.closed_through} are closed for {customer.name}; start on it or later.")
    refuse_overlap(customer.pk, version, start)
    trial_days = terms_of(version).trial_days
    subscription: Subscription = Subscription.objects.create(
        customer=customer,
        plan_version=version,
        billing=billing,
        start=start,
        overrides=overrides_for(version, overrides),
        trial_end=start + timedelta(days=trial_days) if trial_days else None,
    )
    open_cycle(subscription, 0, customer)
    return subscription


def refuse_overlap(
    customer_id: UUID, version: PlanVersion, start: date, end: date | None = None, *, but: Subscription | None = None
) -> None:
    """Raise Refused where a subscription of the customer, `but` this, prices an outcome of the plan in [start, end).

    So too where an invoice by hand bills one on these days: it would be paid twice.
    """
    outcomes = version.prices.values("definition")
    others = Subscription.objects.filter(customer_id=customer_id).overlapping(start, end)
    if but:
        others = others.exclude(pk=but.pk)
    clash = (
        Price.objects.filter(plan_version__in=others.values("plan_version"), definition__in=outcomes)
        .select_related("definition")
        .first()
    )
    if clash:
        raise Refused(f"Another subscription prices {clash.definition.code} on or after {start}; end that one first.")
    by_hand = billed_by_hand(customer_id, [price.outcome for price in terms_of(version).prices], start, end)
    if by_hand:
        outcome, days = by_hand
        raise Refused(f"{outcome} is billed by hand through {days.last}; start later, or void that invoice first.")


def open_cycle(subscription: Subscription, index: int, customer: Customer) -> Cycle | None:
    """Make cycle number `index` of the subscription, as `next_cycle` tells it."""
    cycle = next_cycle(subscription, index, customer)
    if cycle:
        cycle.save(force_insert=True)
    return cycle


def next_cycle(subscription: Subscription, index: int, customer: Customer) -> Cycle | None:
    """Cycle number `index` of the subscription, not saved, cut where that ends; None when it ends before.

    The fee of a first one, where it is due in advance, gets an invoice of its own at the start; a trial has none.
    """
    fee, whole = terms_of_subscription(subscription).base_fee, cycle_of(subscription, index)
    period = cut(whole.period, subscription.end)
    if period is None:
        return None
    first = index == 0 and subscription.trial_end is None
    in_advance = first and fee is not None and fee.timing == "advance"
    return Cycle(
        subscription=subscription,
        customer=customer,
        index=index,
        start=period.start,
        end=period.end,
        full_start=whole.full.start,
        full_end=whole.full.end,
        ends_at=midnight(period.end, customer.zone),
        fee_due_at=midnight(period.start, customer.zone) if in_advance else None,
    )


def cut(period: Period, end: date | None) -> Period | None:
    """The part of the period before `end`; None when nothing is left of it."""
    if end is None or end >= period.end:
        return period
    return Period(period.start, end) if end > period.start else None


def lock_customer(customer_id: UUID) -> Customer:
    """The customer as he is now, locked with those of his cycles that have no invoice yet.

    The cycles come first, as they do where they are billed: so neither waits for the other for ever.
    """
    list(Cycle.objects.filter(customer=customer_id, billed=False).order_by("pk").select_for_update())
    customer: Customer = Customer.objects.select_for_update(no_key=True).get(pk=customer_id)
    return customer


def move_zone(customer: Customer) -> None:
    """After a change of the customer's time zone: the running cycles begin and end at midnight there."""
    for cycle in Cycle.objects.filter(customer=customer, closed_at=None):
        Cycle.objects.filter(pk=cycle.pk).update(ends_at=midnight(cycle.end, customer.zone))
    for cycle in Cycle.objects.filter(customer=customer, fee_due_at__isnull=False):
        Cycle.objects.filter(pk=cycle.pk).update(fee_due_at=midnight(cycle.start, customer.zone))
