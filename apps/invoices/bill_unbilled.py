"""Billing by hand what no subscription prices: a draft whose lines name the outcome and the days that they count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from apps.common.categories import STANDARD
from apps.common.money import round_money
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import Unbilled, unbilled
from apps.plans.one_offs import Counted, OneOff
from apps.tenants.models import Customer


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of a stretch costs, with up to 12 decimals."""

    unit_amount: Decimal
    tax_category: str = STANDARD


def bill_unbilled(customer: Customer, rates: Mapping[str, Rate], *, at: datetime) -> Invoice:
    """A draft that bills the stretches named by `Unbilled.key`, all that is left of each.

    The customer's row is locked, so that nothing is billed by hand twice. Raises Refused where a stretch is not there
    any more, or none is named.
    """
    held = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    left = {one.key: one for one in unbilled(held)}
    if not rates:
        raise Refused("Say what at least one of them costs.")
    if not rates.keys() <= left.keys():
        raise Refused("Some of it is billed by now; look at what is left.")
    return draft_by_hand(held, [_charge(left[key], rate, held.currency) for key, rate in rates.items()], at=at)


def _charge(one: Unbilled, rate: Rate, currency: str) -> OneOff:
    counted = Counted(one.outcome, one.period, one.quantity, rate.unit_amount)
    return OneOff(one.name, round_money(counted.amount, currency), rate.tax_category, counted)
