"""What is left to pay while an invoice is worked out, apart by tax category and by what it is for.

Whatever lowers the whole, a maximum or a discount, is shared by the categories in proportion to what each has left, and
within a category by fees and usage in the same way. Shares are whole minor units and sum to the amount exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from apps.common.money import minor_digits
from apps.plans.lines import Line, Part
from apps.plans.pricers.usage import ZERO


@dataclass(frozen=True, slots=True)
class Share:
    """A category's part of an amount that was shared; `base` is what it had left before."""

    category: str
    amount: Decimal
    base: Decimal


def shared(amount: Decimal, weights: Sequence[Decimal], digits: int) -> list[Decimal]:
    """The amount in proportion to the weights, by largest remainder; equal remainders in the order given.

    All are whole minor units of `digits` decimals and not negative, and the weights not all zero. Where the amount is
    not more than their sum, no share is more than its weight. Call within `exact()`.
    """
    units = [int(weight.scaleb(digits)) for weight in weights]
    whole, total = int(amount.scaleb(digits)), sum(units)
    shares = [divmod(whole * unit, total) for unit in units]
    missing = whole - sum(quotient for quotient, _ in shares)
    largest = sorted(range(len(units)), key=lambda place: -shares[place][1])[:missing]
    found = [quotient + (place in largest) for place, (quotient, _) in enumerate(shares)]
    return [Decimal(count).scaleb(-digits) for count in found]


@dataclass(slots=True)
class Left:
    """What is left by category and part; never negative. Use within `exact()`."""

    currency: str
    amounts: dict[tuple[str, Part], Decimal] = field(default_factory=dict)

    def add(self, lines: Iterable[Line]) -> None:
        """Lines that stand for themselves: all but a maximum of the invoice and discounts."""
        for line in lines:
            key: tuple[str, Part] = (line.tax_category, "fees" if line.kind == "base_fee" else "usage")
            self.amounts[key] = self.amounts.get(key, ZERO) + line.amount

    def of(self, parts: Sequence[Part], category: str | None = None) -> Decimal:
        """What is left of these parts, in one category or in all."""
        return sum(
            (amount for (own, part), amount in self.amounts.items() if part in parts and category in (None, own)), ZERO
        )

    def take(self, amount: Decimal, parts: Sequence[Part]) -> list[Share]:
        """Lower these parts by the amount, which is not more than they have left: each category's share, if any."""
        digits = minor_digits(self.currency)
        categories = list(dict.fromkeys(category for category, part in self.amounts if part in parts))
        bases = [self.of(parts, category) for category in categories]
        if not amount:
            return []
        shares = map(Share, categories, shared(amount, bases, digits), bases)
        taken = [share for share in shares if share.amount]
        for share in taken:
            keys = [(share.category, part) for part in parts if (share.category, part) in self.amounts]
            weights = [self.amounts[key] for key in keys]
            for key, part_of_it in zip(keys, shared(share.amount, weights, digits), strict=True):
                self.amounts[key] -= part_of_it
        return taken
