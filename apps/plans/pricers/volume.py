"""Volume: the whole quantity at the amount of the one tier that it falls into, plus that tier's flat amount.

The total may fall as the quantity grows: 100 at 1.00 are 100.00, 101 at 0.90 are 90.90. That is what volume
pricing promises, so nothing here evens it out. Included units don't count towards the tier.
"""

from collections.abc import Sequence

from apps.plans.pricers.tiers import flat, tier_of
from apps.plans.pricers.usage import Step, UsageRow, each, total, without_included
from apps.plans.prices import VolumePrice


def price(price: VolumePrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    billable, included = without_included(total(rows).quantity, price.included)
    if not billable:
        return [*included]
    tier, words = tier_of(billable, price.tiers)
    entered = [flat(words, tier.flat_amount)] if tier.flat_amount else []
    return [*included, *entered, each(billable, tier.unit_amount)]
