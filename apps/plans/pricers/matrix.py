"""Matrix: so much for each unit by its dimension ("email" 0.99, "voice" 1.99).

Included units are shared by all dimensions and spent in the customer's favour: the dearest dimension first,
equal ones by name, usage without a dimension last among its equals. Steps stand in the same order.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from apps.common.phrases import Phrase, phrase
from apps.plans.pricers.usage import ZERO, Step, UsageRow, shown, total
from apps.plans.prices import MatrixPrice


def price(price: MatrixPrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    by_dimension: dict[str | None, list[UsageRow]] = defaultdict(list)
    for row in rows:
        by_dimension[row.dimension].append(row)
    steps: list[Step] = []
    left = price.included
    for unit_amount, dimension in _dearest_first(price, by_dimension):
        quantity = total(by_dimension[dimension]).quantity
        free = min(quantity, left)
        left -= free
        if free:
            steps.append(Step(_included(shown(free), dimension), free, ZERO, ZERO))
        if billable := quantity - free:
            words = _at(shown(billable), dimension, unit_amount)
            steps.append(Step(words, billable, unit_amount, billable * unit_amount))
    return steps


def _included(quantity: Decimal, dimension: str | None) -> Phrase:
    if dimension is None:
        return phrase("{quantity} without dimension included", quantity=quantity)
    return phrase("{quantity} {dimension} included", quantity=quantity, dimension=dimension)


def _at(quantity: Decimal, dimension: str | None, amount: Decimal) -> Phrase:
    if dimension is None:
        return phrase("{quantity} without dimension at {amount}", quantity=quantity, amount=amount)
    return phrase("{quantity} {dimension} at {amount}", quantity=quantity, dimension=dimension, amount=amount)


def _dearest_first(
    price: MatrixPrice, dimensions: dict[str | None, list[UsageRow]]
) -> list[tuple[Decimal, str | None]]:
    """Each dimension with its unit amount, in the order in which included units are spent."""
    amounts = [(price.amount_for(dimension), dimension) for dimension in dimensions]
    return sorted(amounts, key=lambda pair: (-pair[0], pair[1] is None, pair[1] or ""))
