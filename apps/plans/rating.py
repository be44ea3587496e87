"""What a cycle costs: the one pure function behind live amount, preview, simulation and invoice.

The order: quantity, included, price, the price's bounds, the invoice's bounds. Each line is rounded once, and
bounds are compared with the rounded lines, so that what is printed adds up to the bound exactly.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from apps.common.money import exact, prorate, round_money
from apps.common.periods import Period
from apps.plans.pricers import graduated, matrix, package, percentage, stairstep, unit, volume
from apps.plans.pricers.usage import ONE, ZERO, Step, UsageRow, once, total
from apps.plans.prices import Model, Price
from apps.plans.terms import BaseFee, Terms

Kind = Literal["base_fee", "usage", "minimum", "maximum", "discount", "one_off"]

# Each pricer takes the price of its own model; that the table pairs them is what test_pricers shows.
_PRICERS: dict[Model, Callable[[Any, Sequence[UsageRow]], list[Step]]] = {
    "unit": unit.price,
    "graduated": graduated.price,
    "volume": volume.price,
    "stairstep": stairstep.price,
    "package": package.price,
    "percentage": percentage.price,
    "matrix": matrix.price,
}


@dataclass(frozen=True, slots=True)
class FeePeriod:
    """A period for which the base fee is due, and the whole interval it is a part of.

    Without both, the fee is whole and undated, as in a preview.
    """

    period: Period | None = None
    full: Period | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `amount` is `amount_exact` rounded once; the steps' amounts sum to `amount_exact`.

    `amount` is in the currency's minor units and negative only for the kinds maximum and discount.
    `outcome` is None for the base fee and for the invoice's own bounds.
    """

    kind: Kind
    outcome: str | None
    period: Period | None
    quantity: Decimal
    amount: Decimal
    amount_exact: Decimal
    breakdown: tuple[Step, ...]


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


def rate(terms: Terms, usage: Iterable[UsageRow], fees: Sequence[FeePeriod], period: Period | None) -> Rating:
    """Rate usage and base fees under the terms.

    `usage` is in rows of any grain, added up here by outcome; outcomes without a price give no line. `fees`
    are the periods whose base fee is billed. `period` is printed on usage lines and bounds; None: undated.

    Lines: base fees; each price's usage, also when zero, followed by its own minimum or maximum; the
    invoice's minimum or maximum. Raises ValueError for negative usage.
    """
    rows = defaultdict(list)
    for row in usage:
        rows[row.outcome].append(row)
    with exact():
        lines = [*_fee_lines(terms, fees)]
        for price in terms.prices:
            line = _usage_line(terms.currency, price, rows[price.outcome], period)
            bounds = _bound_lines(line.amount, price.minimum, price.maximum, price.outcome, period)
            lines += [line, *bounds]
        billed = sum((line.amount for line in lines), round_money(ZERO, terms.currency))
        lines += _bound_lines(billed, terms.minimum, terms.maximum, None, period)
    return Rating(terms.currency, tuple(lines))


def rate_fees(terms: Terms, fees: Sequence[FeePeriod]) -> Rating:
    """Rate base fees alone: the first advance fee, billed before any usage and outside all bounds."""
    with exact():
        return Rating(terms.currency, tuple(_fee_lines(terms, fees)))


def _fee_lines(terms: Terms, fees: Sequence[FeePeriod]) -> Iterator[Line]:
    if terms.base_fee is None:
        return
    for fee in fees:
        step = _fee_step(terms.base_fee, fee)
        amount = round_money(step.amount, terms.currency)
        yield Line("base_fee", None, fee.period, ONE, amount, step.amount, (step,))


def _fee_step(base_fee: BaseFee, fee: FeePeriod) -> Step:
    """The whole fee, or its share by days where only a part of the interval is billed."""
    amount, period, full = base_fee.amount, fee.period, fee.full
    if period is None or full is None or period == full:
        return once(f"1 at {amount:,f}", amount)
    text = f"{period.days} of {full.days} days at {amount:,f}"
    return Step(text, Decimal(period.days), None, prorate(amount, period.days, full.days))


def _usage_line(currency: str, price: Price, rows: Sequence[UsageRow], period: Period | None) -> Line:
    steps = tuple(_PRICERS[price.model](price, rows))
    amount = sum((step.amount for step in steps), ZERO)
    quantity = total(rows).quantity
    return Line("usage", price.outcome, period, quantity, round_money(amount, currency), amount, steps)


def _bound_lines(
    billed: Decimal,
    minimum: Decimal | None,
    maximum: Decimal | None,
    outcome: str | None,
    period: Period | None,
) -> Iterator[Line]:
    """The line that lifts `billed` to the minimum, or the negative one that lowers it to the maximum.

    `billed` is a sum of rounded amounts and bounds are whole minor units: nothing is left to round.
    """
    bound: tuple[Kind, Decimal] | None = None
    if minimum is not None and billed < minimum:
        bound = "minimum", minimum
    elif maximum is not None and billed > maximum:
        bound = "maximum", maximum
    if bound is not None:
        kind, limit = bound
        step = once(f"{kind} of {limit:,f} less {billed:,f}", limit - billed)
        yield Line(kind, outcome, period, ONE, step.amount, step.amount, (step,))
