"""What goes into a pricer, usage, and what comes out of it, the steps of a breakdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.common.numbers import plain

ZERO = Decimal(0)
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """Counted usage of one outcome: a sum over any stretch of time, never negative.

    quantity: units. value: money in the customer's currency. items: how many outcomes. dimension: one value
    of the outcome's dimension, or None.
    """

    outcome: str
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    items: int = 0
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a line's breakdown, unrounded.

    Where `unit_amount` is given, `quantity * unit_amount == amount` exactly; where it is None the amount is a
    share, and the text says of what.
    """

    text: str
    quantity: Decimal
    unit_amount: Decimal | None
    amount: Decimal


def total(rows: Iterable[UsageRow]) -> UsageRow:
    """The sum of rows of one outcome. Raises ValueError where it is negative: some entry was booked twice."""
    quantity, value, items, outcome = ZERO, ZERO, 0, ""
    for row in rows:
        quantity, value, items, outcome = (
            quantity + row.quantity,
            value + row.value,
            items + row.items,
            row.outcome,
        )
    if quantity < 0 or value < 0 or items < 0:
        raise ValueError(f"usage of {outcome!r} is negative: {quantity} units, {value} value, {items} items")
    return UsageRow(outcome, quantity, value, items)


def shown(number: Decimal) -> str:
    """A quantity in words of a breakdown: "1,234.5"."""
    return f"{Decimal(plain(number)):,f}"


def each(quantity: Decimal, unit_amount: Decimal, name: str = "") -> Step:
    """So many units at so much: "1,000 at 0.99"."""
    text = f"{shown(quantity)}{name} at {unit_amount:,f}"
    return Step(text, quantity, unit_amount, quantity * unit_amount)


def once(text: str, amount: Decimal) -> Step:
    """An amount charged one time."""
    return Step(text, ONE, amount, amount)


def without_included(quantity: Decimal, included: Decimal, name: str = "") -> tuple[Decimal, Sequence[Step]]:
    """The units left to charge when the first `included` are free, and the step that says so."""
    free = min(quantity, included)
    if not free:
        return quantity, []
    return quantity - free, [Step(f"{shown(free)}{name} included", free, ZERO, ZERO)]


def reach(below: Decimal, up_to: Decimal | None) -> str:
    """A tier in words: "up to 100", "above 100 up to 500", "above 500"; "any quantity" for the only one."""
    words = [f"above {shown(below)}"] if below else []
    words += [f"up to {shown(up_to)}"] if up_to is not None else []
    return " ".join(words) or "any quantity"
