"""Changing a customer as billing allows it: once subscribed the currency stays; cycles follow the time zone."""

from typing import Any

from apps.invoices.subscribe import Refused, move_zone
from apps.plans.models import Subscription
from apps.tenants.customers import change_customer
from apps.tenants.models import Customer


def change_buyer(customer: Customer, **fields: Any) -> None:
    """Write the fields. Raises Refused for another currency once there is a subscription.

    The row is locked as `subscribe` locks it, so that neither can pass the other by.
    """
    current = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    currency = fields.get("currency", current.currency)
    if currency != current.currency and Subscription.objects.filter(customer=current).exists():
        raise Refused(f"{current.name} has a subscription in {current.currency}; the currency can't change any more.")
    change_customer(customer, **fields)
    if customer.time_zone != current.time_zone:
        move_zone(customer)
