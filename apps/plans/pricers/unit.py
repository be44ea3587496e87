"""Unit: every unit costs the same. A line is (quantity - included) * unit_amount."""

from collections.abc import Sequence

from apps.plans.pricers.usage import Step, UsageRow, each, total, without_included
from apps.plans.prices import UnitPrice


def price(price: UnitPrice, rows: Sequence[UsageRow]) -> list[Step]:
    """The steps of one outcome's usage; their amounts sum to what it costs, unrounded."""
    billable, steps = without_included(total(rows).quantity, price.included)
    return [*steps, each(billable, price.unit_amount)] if billable else [*steps]
