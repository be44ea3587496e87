"""Graduated: the units fill the tiers from below, each unit at the amount of the tier it falls into.

Tiers count from the first unit that is not included. A tier's flat amount is charged when the tier is
entered: at the first unit inside it, not at the bound before it.
"""

from collections.abc import Sequence

from apps.plans.pricers.tiers import flat
from apps.plans.pricers.usage import ZERO, Step, UsageRow, each, reach, total, without_included
from apps.plans.prices import GraduatedPrice


def price(price: GraduatedPrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    billable, included = without_included(total(rows).quantity, price.included)
    steps, below = [*included], ZERO
    for tier in price.tiers:
        if billable <= below:
            break
        top = billable if tier.up_to is None else min(billable, tier.up_to)
        if tier.flat_amount:
            steps.append(flat(reach(below, tier.up_to), tier.flat_amount))
        steps.append(each(top - below, tier.unit_amount))
        below = top
    return steps
