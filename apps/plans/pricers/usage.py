"""What goes into a pricer, usage, and what comes out of it, the steps of a breakdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.common.numbers import plain
from apps.common.phrases import Phrase, phrase

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
    share, and the words say of what.
    """

    words: Phrase
    quantity: Decimal
    unit_amount: Decimal | None
    amount: Decimal

    @property
    def text(self) -> str:
        """The words in English."""
        return self.words.english()


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


def shown(number: Decimal) -> Decimal:
    """A quantity with the digits it is shown with: 1234.500 is 1234.5."""
    return Decimal(plain(number))


def each(quantity: Decimal, unit_amount: Decimal) -> Step:
    """So many units at so much: "1,000 at 0.99"."""
    words = phrase("{quantity} at {amount}", quantity=shown(quantity), amount=unit_amount)
    return Step(words, quantity, unit_amount, quantity * unit_amount)


def once(words: Phrase, amount: Decimal) -> Step:
    """An amount charged one time."""
    return Step(words, ONE, amount, amount)


def without_included(quantity: Decimal, included: Decimal) -> tuple[Decimal, Sequence[Step]]:
    """The units left to charge when the first `included` are free, and the step that says so."""
    free = min(quantity, included)
    if not free:
        return quantity, []
    return quantity - free, [Step(phrase("{quantity} included", quantity=shown(free)), free, ZERO, ZERO)]


def reach(below: Decimal, up_to: Decimal | None) -> Phrase:
    """A tier in words: "up to 100", "above 100 up to 500", "above 500"; "any quantity" for the only one."""
    if up_to is None:
        return phrase("above {below}", below=shown(below)) if below else phrase("any quantity")
    if not below:
        return phrase("up to {up_to}", up_to=shown(up_to))
    return phrase("above {below} up to {up_to}", below=shown(below), up_to=shown(up_to))
