"""What a change would make, before it is made: it is done in a savepoint, its documents are built, and all is undone.

So what is shown is the very document: the same verb, the same draft, the same building of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.invoices.cancel import cancel
from apps.invoices.credit import credit_fee, fee_invoice
from apps.invoices.draft import Draft, draft_close, draft_start
from apps.invoices.ending import When
from apps.invoices.issuer import Issuer, read_issuer
from apps.invoices.models import Charge, Cycle, Invoice
from apps.invoices.preview import document_of
from apps.invoices.subscribe import open_cycle
from apps.invoices.unbilled import Unbilled, unbilled
from apps.plans.models import Subscription
from apps.tenants.models import Customer


@dataclass(slots=True)
class Foreseen:
    """The documents of invoices and credit notes, unnumbered and in the order in which they would be issued.

    `end` is the first day without the subscription that was asked about, `subscription` what would take its place, if
    anything. `unbilled` is all that no subscription would price.
    """

    customer: Customer
    end: date | None = None
    subscription: Subscription | None = None
    invoices: list[dict[str, Any]] = field(default_factory=list)
    credit_notes: list[dict[str, Any]] = field(default_factory=list)
    unbilled: list[Unbilled] = field(default_factory=list)


def foresee(
    subscription: Subscription, change: Callable[[Subscription], Subscription | None], *, at: datetime
) -> Foreseen:
    """What `change` would make of this subscription, with usage as it stands; nothing is written.

    `change` gets an instance of its own and returns the new subscription, where it makes one. What it raises is raised.
    """
    with transaction.atomic():
        own: Subscription = Subscription.objects.select_related("customer", "plan_version__plan").get(
            pk=subscription.pk
        )
        made, issuer = change(own), read_issuer()
        found = Foreseen(own.customer, own.end, made, list(_invoices(own, issuer, at)))
        if made:
            found.invoices += _starts(made, issuer, at)
        found.credit_notes = list(_credits(own, at))
        found.unbilled = unbilled(own.customer)
        transaction.set_rollback(True)
    return found


def ending(when: When, *, at: datetime) -> Callable[[Subscription], None]:
    """`cancel` as a change to foresee."""

    def end(subscription: Subscription) -> None:
        cancel(subscription, when=when, at=at)

    return end


def _invoices(ended: Subscription, issuer: Issuer, at: datetime) -> Iterator[dict[str, Any]]:
    """Every invoice that is still to come of a subscription that has an end."""
    yield from _starts(ended, issuer, at)
    waiting = Cycle.objects.filter(subscription=ended, billed=False).order_by("index")
    last: Cycle | None = None
    for last in _with_subscription(waiting):
        yield from _billed(last, draft_close(last), issuer, at)
    while last is not None:
        last = open_cycle(ended, last.index + 1, ended.customer)
        if last is not None:
            yield from _billed(last, draft_close(last), issuer, at)


def _starts(subscription: Subscription, issuer: Issuer, at: datetime) -> Iterator[dict[str, Any]]:
    """The invoice of a first fee in advance, where it is still to come."""
    for cycle in _with_subscription(Cycle.objects.filter(subscription=subscription, fee_due_at__isnull=False)):
        yield from _billed(cycle, draft_start(cycle), issuer, at)


def _billed(cycle: Cycle, draft: Draft, issuer: Issuer, at: datetime) -> Iterator[dict[str, Any]]:
    """The document of the draft, if there is to be one; the charges on it wait no more, so that no other has them."""
    if not issuer.skips(draft):
        Charge.objects.filter(subscription=cycle.subscription_id, invoice=None).delete()
        yield document_of(cycle, draft, issuer, at=at)


def _credits(ended: Subscription, at: datetime) -> Iterator[dict[str, Any]]:
    """The credit note of the days that a fee billed in advance lost, made as it will be once the cycle is closed."""
    for cycle in Cycle.objects.filter(subscription=ended, fee_cut=True):
        invoice = fee_invoice(cycle)
        if invoice and invoice.status != Invoice.Status.DRAFT:
            Cycle.objects.filter(pk=cycle.pk).update(closed_at=at)
            note = credit_fee(invoice.pk, at=at)
            if note:
                yield note.document | {"number": ""}


def _with_subscription(cycles: Any) -> list[Cycle]:
    return list(cycles.select_related("customer", "subscription__plan_version__plan"))
