"""The lines of a rating, and their sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.common.categories import STANDARD
from apps.common.money import exact, round_money
from apps.common.periods import Period
from apps.plans.pricers.usage import ZERO, Step

Kind = Literal["base_fee", "usage", "minimum", "maximum", "discount", "one_off"]
Part = Literal["fees", "usage"]
"""What a discount may be limited to: base fees; or usage with its bounds, the invoice's bounds and one-offs."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `amount` is `amount_exact` rounded once; the steps' amounts sum to `amount_exact`.

    `amount` is in the currency's minor units and negative only for the kinds maximum and discount.
    `outcome` is None for the base fee, for the invoice's own bounds, for discounts and for one-offs but those that bill
    an outcome by hand. `label` is what a one-off or a discount is called; `takes_from`, what a discount or the
    invoice's maximum lowers.
    """

    kind: Kind
    outcome: str | None
    period: Period | None
    quantity: Decimal
    amount: Decimal
    amount_exact: Decimal
    breakdown: tuple[Step, ...]
    tax_category: str = STANDARD
    label: str | None = None
    takes_from: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Rating:
    """The lines, in their printed order, and their sums. Tax comes later and is no part of it."""

    currency: str
    lines: tuple[Line, ...]

    @property
    def subtotal(self) -> Decimal:
        """All lines but discounts."""
        return self._sum(line for line in self.lines if line.kind != "discount")

    @property
    def discount(self) -> Decimal:
        """What the discount lines take off, as a positive amount."""
        return self._sum(line for line in self.lines if line.kind == "discount").copy_abs()

    @property
    def total(self) -> Decimal:
        """subtotal - discount: the total before tax."""
        return self._sum(self.lines)

    def _sum(self, lines: Iterable[Line]) -> Decimal:
        with exact():
            return sum((line.amount for line in lines), round_money(ZERO, self.currency))
