"""Stairstep: one flat amount, that of the step on which the quantity stands; nothing for each unit.

A step begins right above the bound of the one before. Included units don't climb; zero units cost nothing.
"""

from collections.abc import Sequence

from apps.common.phrases import phrase
from apps.plans.pricers.tiers import tier_of
from apps.plans.pricers.usage import Step, UsageRow, once, shown, total, without_included
from apps.plans.prices import StairstepPrice


def price(price: StairstepPrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    billable, included = without_included(total(rows).quantity, price.included)
    if not billable:
        return [*included]
    tier, words = tier_of(billable, price.tiers)
    text = phrase("{quantity} in the step {tier}", quantity=shown(billable), tier=words)
    return [*included, once(text, tier.flat_amount)]
