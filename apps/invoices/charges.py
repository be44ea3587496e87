"""One-off charges by hand: they wait for the next invoice of their subscription, and can be removed until then."""

from datetime import datetime
from decimal import Decimal

from apps.common.categories import STANDARD
from apps.invoices.ending import hold, running_of
from apps.invoices.models import Charge
from apps.invoices.subscribe import Refused
from apps.plans.models import Subscription

MOST = 1_000
"""Charges that wait for one invoice."""


def add_charge(
    subscription: Subscription, *, description: str, amount: Decimal, tax_category: str = STANDARD, at: datetime
) -> Charge:
    """Put a charge on the subscription's next invoice. `amount` is above zero, in the customer's currency.

    Raises Refused for a subscription that has ended, since no invoice of it is to come, and for one charge too many.
    """
    held = hold(subscription)
    running_of(held, at=at)
    if Charge.objects.filter(subscription=held, invoice=None).count() >= MOST:
        raise Refused(f"{MOST:,} charges wait for the next invoice already, and no more can.")
    charge: Charge = Charge.objects.create(
        customer=held.customer,
        subscription=held,
        description=description,
        amount=amount,
        tax_category=tax_category,
        created_at=at,
    )
    return charge


def remove_charge(charge: Charge) -> None:
    """Take a charge back that still waits. Raises Refused for one that is on an invoice."""
    if not Charge.objects.filter(pk=charge.pk, invoice=None).delete()[0]:
        raise Refused("This charge is on an invoice; credit it there.")
