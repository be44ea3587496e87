"""Matrix: so much for each unit by its dimension ("email" 0.99, "voice" 1.99).

Included units are shared by all dimensions and spent in the customer's favour: the dearest dimension first,
equal ones by name, usage without a dimension last among its equals. Steps stand in the same order.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from apps.plans.pricers.usage import Step, UsageRow, each, total, without_included
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
        name = f" {dimension}" if dimension is not None else " without dimension"
        billable, included = without_included(quantity, left, name)
        left -= quantity - billable
        steps += included
        if billable:
            steps.append(each(billable, unit_amount, name))
    return steps


def _dearest_first(
    price: MatrixPrice, dimensions: dict[str | None, list[UsageRow]]
) -> list[tuple[Decimal, str | None]]:
    """Each dimension with its unit amount, in the order in which included units are spent."""
    amounts = [(price.amount_for(dimension), dimension) for dimension in dimensions]
    return sorted(amounts, key=lambda pair: (-pair[0], pair[1] is None, pair[1] or ""))
