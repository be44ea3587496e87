"""Giving a coupon to a running subscription."""

from datetime import datetime

from apps.invoices.ending import hold, running_of
from apps.plans.coupons import redeem
from apps.plans.models import Coupon, Discount, Subscription


def give_coupon(subscription: Subscription, coupon: Coupon, *, at: datetime) -> Discount:
    """Give it from the running cycle on, the first where none runs yet; what is billed already stays as it is.

    Raises Refused for a subscription that has ended, and as `redeem`: NotGiven, InvalidInput.
    """
    held = hold(subscription)
    return redeem(held, coupon, first=running_of(held, at=at).index, today=held.customer.today(at), at=at)
