"""Ending a subscription on a day: its running cycle is cut there, or mended where an earlier word had cut it.

Cancelling and changing plan are both an end; what comes after it differs. Only open days are touched: a day before
`closed_through` never comes into question, and the cycle before the running one stays as it was closed.
"""

from datetime import date, datetime, timedelta
from typing import Literal

from django.db.models import F

from apps.common.periods import midnight
from apps.events.fence import lock_for_writing
from apps.invoices.models import Charge, Cycle, Invoice
from apps.invoices.subscribe import Refused, lock_customer, refuse_overlap
from apps.plans.models import Subscription
from apps.plans.subscribed import cycle_of
from apps.tenants.scope import current_tenant_id

When = Literal["now", "cycle_end"]
ONE_DAY = timedelta(days=1)


def hold(subscription: Subscription) -> Subscription:
    """The subscription as it is now, locked with its customer, his cycles and the fence."""
    lock_for_writing(current_tenant_id())
    customer = lock_customer(subscription.customer_id)
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan_version__plan")
    held: Subscription = rows.get(pk=subscription.pk)
    held.customer = customer
    return held


def running_of(subscription: Subscription, *, at: datetime) -> Cycle:
    """Its open cycle, which may have ended or not begun. Raises Refused for a subscription that has ended."""
    end, today = subscription.end, subscription.customer.today(at)
    over = end is not None and (end <= today or end == subscription.start)
    running: Cycle | None = Cycle.objects.filter(subscription=subscription, closed_at=None).first()
    if over or running is None:
        raise Refused("This subscription has ended already.")
    return running


def day_of(subscription: Subscription, when: When, *, at: datetime) -> date:
    """The first day without it: the coming local midnight, or the end of its running cycle; its start at least.

    A cycle that has ended and is not closed yet still runs. Raises Refused for a subscription that has ended.
    """
    customer, running = subscription.customer, running_of(subscription, at=at)
    tomorrow = customer.today(at) + ONE_DAY
    day = tomorrow if when == "now" else cycle_of(subscription, running.index).period.end
    latest: date = max(day, subscription.start, customer.closed_through)
    return latest


def end_at(subscription: Subscription, day: date) -> date:
    """Let `day` be the first day without it, and return that day. Needs `hold`.

    A cycle of which nothing would be left goes, unless its fee is billed: then it keeps its first day. Raises Refused
    where days come back that another subscription prices by now, or an invoice by hand bills, or whose fee was not
    billed because they were cut.
    """
    running, billed = _running(subscription)
    if day <= running.start and (running.index or billed):
        day = running.start + ONE_DAY
    if subscription.end is not None and subscription.end < day:
        version = subscription.plan_version
        refuse_overlap(subscription.customer_id, version, subscription.end, day, but=subscription)
    if day <= running.start:
        running.delete()
    else:
        _cut(running, min(day, cycle_of(subscription, running.index).period.end), billed, subscription)
    Subscription.objects.filter(pk=subscription.pk).update(end=day)
    subscription.end = day
    return day


def _running(subscription: Subscription) -> tuple[Cycle, date | None]:
    """The running cycle, and the first day of it whose fee is not billed: None where nothing of its fee is.

    The invoice of the cycle before bills this one's fee in advance.
    """
    rows = Cycle.objects.filter(subscription=subscription).order_by("-index")[:2]
    running, *before = list(rows)
    issued = Invoice.objects.exclude(status=Invoice.Status.VOID)
    start = issued.filter(cycle=running, purpose=Invoice.Purpose.START)
    close = issued.filter(cycle__in=before, purpose=Invoice.Purpose.CYCLE)
    for invoice in [*start, *close]:
        for line in invoice.document["lines"]:
            if line["kind"] == "base_fee" and line["period"]["start"] == running.start.isoformat():
                return running, date.fromisoformat(line["period"]["end"])
    return running, None


def _cut(running: Cycle, end: date, billed: date | None, subscription: Subscription) -> None:
    """Move the end of the running cycle; `fee_cut` then tells that more of its fee is billed than it has days."""
    if billed and running.end < end and end > billed:
        raise Refused(f"Its base fee is billed for the days before {billed}; let it end by then.")
    Cycle.objects.filter(pk=running.pk).update(
        end=end,
        ends_at=midnight(end, subscription.customer.zone),
        fee_cut=billed is not None and end < billed,
    )


def scheduled(subscription: Subscription) -> Subscription | None:
    """What a change of plan puts in its place and has not begun, if anything; only asked while this one still runs."""
    rows = Subscription.objects.filter(replaces=subscription).exclude(end=F("start"))
    found: Subscription | None = rows.select_related("customer", "plan_version__plan").first()
    return found


def withdraw(subscription: Subscription) -> None:
    """Take back the change of plan that was to come after this subscription, and all that was to come after that."""
    after = scheduled(subscription)
    if after is None:
        return
    withdraw(after)
    end_at(after, after.start)
    Charge.objects.filter(subscription=after, invoice=None).update(subscription=subscription)
