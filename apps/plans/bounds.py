"""Minimum and maximum, of a price and of the whole invoice, as lines of their own.

Bounds are whole minor units and are compared with rounded lines: what is printed adds up to the bound exactly, and
nothing is left to round.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from apps.common.categories import STANDARD
from apps.common.periods import Period
from apps.common.phrases import Phrase, phrase
from apps.plans.left import Left, Share
from apps.plans.lines import Line, Part
from apps.plans.pricers.usage import ONE, Step, once
from apps.plans.prices import Price
from apps.plans.terms import Terms

ALL: tuple[Part, ...] = ("fees", "usage")


def price_bound(line: Line, price: Price) -> Iterator[Line]:
    """The line that lifts a usage line to its price's minimum, or the negative one that lowers it to its maximum."""
    if price.minimum is not None and line.amount < price.minimum:
        yield _line("minimum", line, _once("minimum", price.minimum, line.amount))
    elif price.maximum is not None and line.amount > price.maximum:
        yield _line("maximum", line, _once("maximum", price.maximum, line.amount))


def invoice_bound(terms: Terms, left: Left, period: Period | None) -> list[Line]:
    """The same for base fees and usage together. `left` becomes what the bound leaves.

    A minimum is of the base fee's tax category, without one of the first price's; a maximum is shared by all.
    """
    billed = left.of(ALL)
    if terms.minimum is not None and billed < terms.minimum:
        lines = [_own(terms, _once("minimum", terms.minimum, billed), period)]
        left.add(lines)
        return lines
    if terms.maximum is not None and billed > terms.maximum:
        shares = left.take(billed - terms.maximum, ALL)
        return [_lowering(terms.maximum, billed, share, len(shares), period) for share in shares]
    return []


def _line(kind: Literal["minimum", "maximum"], line: Line, step: Step) -> Line:
    return Line(kind, line.outcome, line.period, ONE, step.amount, step.amount, (step,), line.tax_category)


def _own(terms: Terms, step: Step, period: Period | None) -> Line:
    charged = [*([terms.base_fee] if terms.base_fee else []), *terms.prices]
    category = charged[0].tax_category if charged else STANDARD
    return Line("minimum", None, period, ONE, step.amount, step.amount, (step,), category)


def _lowering(limit: Decimal, billed: Decimal, share: Share, among: int, period: Period | None) -> Line:
    step = _once("maximum", limit, billed)
    if among > 1:
        step = part_of(step.words, share, billed)
    return Line("maximum", None, period, ONE, step.amount, step.amount, (step,), share.category, takes_from=ALL)


def _once(kind: Literal["minimum", "maximum"], limit: Decimal, billed: Decimal) -> Step:
    return once(_words(kind, limit, billed), limit - billed)


def _words(kind: Literal["minimum", "maximum"], limit: Decimal, billed: Decimal) -> Phrase:
    if kind == "minimum":
        return phrase("minimum of {limit} less {billed}", limit=limit, billed=billed)
    return phrase("maximum of {limit} less {billed}", limit=limit, billed=billed)


def part_of(words: Phrase, share: Share, base: Decimal) -> Step:
    """The step of a lowering line that stands for one tax category of several."""
    text = phrase("{whole}; of this the part of {own} in {base}", whole=words, own=share.base, base=base)
    return Step(text, ONE, None, -share.amount)
