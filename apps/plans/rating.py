"""What a cycle costs: the one pure function behind live amount, preview, simulation and invoice.

The order: quantity, included, price, the price's bounds, the invoice's bounds, one-offs, discounts. Tax comes after it,
on the rounded lines, and is not here. Each line is rounded once, and what follows is worked out on rounded lines, so
that what is printed can be added up.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from apps.common.money import exact, round_money
from apps.common.periods import Period
from apps.common.phrases import phrase
from apps.plans.bounds import invoice_bound, price_bound
from apps.plans.discounts import DiscountTerm, discount_lines
from apps.plans.fees import FeePeriod, fee_lines
from apps.plans.left import Left
from apps.plans.lines import Kind, Line, Rating
from apps.plans.one_offs import OneOff, one_off_lines
from apps.plans.pricers import graduated, matrix, package, percentage, stairstep, unit, volume
from apps.plans.pricers.usage import ZERO, Step, UsageRow, shown, total
from apps.plans.prices import Model, Price
from apps.plans.terms import Terms

__all__ = ["DiscountTerm", "FeePeriod", "Kind", "Line", "OneOff", "Rating", "UsageRow", "rate", "rate_fees"]

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


def rate(
    terms: Terms,
    usage: Iterable[UsageRow],
    fees: Sequence[FeePeriod],
    period: Period | None,
    *,
    trial: bool = False,
    discounts: Sequence[DiscountTerm] = (),
    charges: Sequence[OneOff] = (),
) -> Rating:
    """Rate usage and base fees under the terms, then one-off charges, then discounts.

    `usage` is in rows of any grain, added up here by outcome; outcomes without a price give no line. `fees` are the
    periods whose base fee is billed. `period` is printed on all other lines; None: undated. `charges` are the one-offs
    of this invoice, those of the terms among them where it is the first. In a trial usage costs nothing and there are
    no bounds; a fee that is given is that of the cycle after it.

    Lines: base fees; each price's usage, also when zero, followed by its own minimum or maximum; the invoice's minimum
    or maximum; one-offs; discounts. Raises ValueError for negative usage.
    """
    rows = defaultdict(list)
    for row in usage:
        rows[row.outcome].append(row)
    left = Left(terms.currency)
    with exact():
        lines = [*fee_lines(terms, fees)]
        for price in terms.prices:
            line = _usage_line(terms.currency, price, rows[price.outcome], period, trial=trial)
            lines += [line] if trial else [line, *price_bound(line, price)]
        left.add(lines)
        lines += [] if trial else invoice_bound(terms, left, period)
        return _ended(left, lines, period, discounts, charges)


def rate_fees(
    terms: Terms,
    fees: Sequence[FeePeriod],
    period: Period | None = None,
    *,
    discounts: Sequence[DiscountTerm] = (),
    charges: Sequence[OneOff] = (),
) -> Rating:
    """Rate base fees and one-offs alone: the first advance fee, billed before any usage and outside all bounds."""
    left = Left(terms.currency)
    with exact():
        lines = [*fee_lines(terms, fees)]
        left.add(lines)
        return _ended(left, lines, period, discounts, charges)


def _ended(
    left: Left,
    lines: list[Line],
    period: Period | None,
    discounts: Sequence[DiscountTerm],
    charges: Sequence[OneOff],
) -> Rating:
    """The lines with one-offs and discounts behind them."""
    extra = [*one_off_lines(left.currency, charges, period)]
    left.add(extra)
    return Rating(left.currency, (*lines, *extra, *discount_lines(left, discounts, period)))


def _usage_line(currency: str, price: Price, rows: Sequence[UsageRow], period: Period | None, *, trial: bool) -> Line:
    steps = tuple(_free(rows) if trial else _PRICERS[price.model](price, rows))
    amount = sum((step.amount for step in steps), ZERO)
    rounded, quantity = round_money(amount, currency), total(rows).quantity
    return Line("usage", price.outcome, period, quantity, rounded, amount, steps, price.tax_category)


def _free(rows: Sequence[UsageRow]) -> list[Step]:
    """The one step of a trial; none where nothing was used."""
    quantity = total(rows).quantity
    words = phrase("{quantity} in the free trial", quantity=shown(quantity))
    return [Step(words, quantity, ZERO, ZERO)] if quantity else []
