"""Billing by hand what no subscription prices: a draft whose lines name the outcome and the days that they count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from apps.common.categories import STANDARD
from apps.common.money import round_money
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import Unbilled, link, unbilled
from apps.plans.one_offs import Counted, OneOff
from apps.tenants.base import new_id
from apps.tenants.models import Customer


@dataclass(frozen=True, slots=True)
class Rate:
    """What one of a stretch costs, with up to 12 decimals."""

    unit_amount: Decimal
    tax_category: str = STANDARD


def bill_unbilled(customer: Customer, rates: Mapping[str, Rate], *, at: datetime) -> Invoice:
    """A draft that bills the stretches named by `Unbilled.key`, all that is left of each.

    The customer's row is locked, so that nothing is billed by hand twice. What arrives later is left for another
    invoice. Raises Refused where a stretch is not there any more, or begins on another day by now, or none is named.
    """
    held = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    left = {one.key: one for one in unbilled(held)}
    if not rates:
        raise Refused("Say what at least one of them costs.")
    if not rates.keys() <= left.keys():
        raise Refused("What is left has changed; look at it again.")
    invoice_id = new_id()
    lines = [_charge(invoice_id, held, left[key], rate) for key, rate in rates.items()]
    return draft_by_hand(held, lines, at=at, id=invoice_id)


def _charge(invoice_id: UUID, customer: Customer, one: Unbilled, rate: Rate) -> OneOff:
    """The stretch at its rate, its outcomes put on the invoice that is to come."""
    counted = Counted(one.outcome, one.period, link(invoice_id, customer, one), rate.unit_amount)
    return OneOff(one.name, round_money(counted.amount, customer.currency), rate.tax_category, counted)
