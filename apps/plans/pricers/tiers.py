"""Which tier a quantity falls into, and what is said of a tier's flat amount."""

from collections.abc import Sequence
from decimal import Decimal

from apps.common.phrases import Phrase, phrase
from apps.plans.pricers.usage import ZERO, Step, once, reach
from apps.plans.tiers import Tier


def tier_of(quantity: Decimal, tiers: Sequence[Tier]) -> tuple[Tier, Phrase]:
    """The first tier whose bound the quantity does not pass (a bound is part of its tier), and its words."""
    below = ZERO
    for tier in tiers:
        if tier.up_to is None or quantity <= tier.up_to:
            return tier, reach(below, tier.up_to)
        below = tier.up_to
    raise ValueError(f"no tier holds {quantity}: the last one must be open")


def flat(words: Phrase, amount: Decimal) -> Step:
    """A tier's flat amount, charged when the tier is entered."""
    return once(phrase("flat amount {tier}", tier=words), amount)
