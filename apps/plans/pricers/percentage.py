"""Percentage: a percentage of the outcomes' value, plus a fixed amount for each outcome.

`included` counts outcomes (items). Usage is a sum that no longer knows each outcome's value, so every outcome
stands for the average: with 100 of 400 included, 300/400 of the value and 300 fixed amounts are charged.
The order in which outcomes arrived therefore doesn't matter. A share that has no end is cut after 12
decimals, which can't change the rounded line (see `prorate`).
"""

from collections.abc import Sequence
from decimal import Decimal

from apps.common.money import padded, prorate
from apps.common.phrases import phrase
from apps.plans.pricers.usage import ZERO, Step, UsageRow, each, shown, total
from apps.plans.prices import PercentagePrice

HUNDREDTH = Decimal("0.01")


def price(price: PercentagePrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    usage = total(rows)
    if not usage.items and not usage.quantity:
        return []
    free = int(min(Decimal(usage.items), price.included))
    billable = usage.items - free
    words = phrase("{free} of {items} included", free=free, items=usage.items)
    steps = [Step(words, Decimal(free), ZERO, ZERO)] if free else []
    if billable or not usage.items:
        steps.append(_share(price, usage, billable))
    if billable and price.fixed_amount:
        steps.append(each(Decimal(billable), price.fixed_amount))
    return steps


def _share(price: PercentagePrice, usage: UsageRow, billable: int) -> Step:
    """The percentage of the value, or of the part of it that the billable outcomes stand for."""
    rate = price.percent * HUNDREDTH
    value = padded(usage.value, price.currency)
    words = phrase("{percent}% of {value}", percent=shown(price.percent), value=value)
    if billable == usage.items:
        return Step(words, usage.value, rate, usage.value * rate)
    amount = prorate(usage.value * rate, billable, usage.items)
    part = phrase("{whole}, {part}/{all} of it", whole=words, part=billable, all=usage.items)
    return Step(part, usage.value, None, amount)
