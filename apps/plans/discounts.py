"""Discounts: a percentage, or an amount once a cycle, taken off what is left.

A discount of one tax category is one line, rounded once. Over several it is rounded once as a whole and shared by
largest remainder, a line for each, so that each category's net amount is exact. It never takes more than is left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import round_money
from apps.common.periods import Period
from apps.common.phrases import phrase
from apps.plans.bounds import part_of
from apps.plans.left import Left
from apps.plans.lines import Line, Part
from apps.plans.pricers.usage import ONE, ZERO, Step, once, shown

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DiscountTerm:
    """One discount of an invoice: `percent` (above 0, at most 100) or `amount` (whole minor units).

    `usage` and `fees` say what it is taken from: usage with all bounds and one-offs, and base fees.
    """

    name: str
    percent: Decimal | None = None
    amount: Decimal | None = None
    usage: bool = True
    fees: bool = True

    @property
    def parts(self) -> tuple[Part, ...]:
        fees: tuple[Part, ...] = ("fees",) if self.fees else ()
        return (*fees, "usage") if self.usage else fees


def discount_lines(left: Left, discounts: Sequence[DiscountTerm], period: Period | None) -> Iterator[Line]:
    """The discounts in the order given, each on what those before it left; one that takes nothing has no line."""
    for one in discounts:
        base = left.of(one.parts)
        step = _step(one, base, left.currency)
        shares = left.take(-round_money(step.amount, left.currency), one.parts)
        for share in shares:
            own = step if len(shares) == 1 else part_of(step.words, share, base)
            amount, category = -share.amount, share.category
            yield Line("discount", None, period, ONE, amount, own.amount, (own,), category, one.name, one.parts)


def _step(one: DiscountTerm, base: Decimal, currency: str) -> Step:
    """The whole discount as a step, its amount negative or zero."""
    if one.percent is not None:
        words = phrase("{percent}% of {base}", percent=shown(one.percent), base=base)
        rate = -one.percent * HUNDREDTH
        return Step(words, base, rate, base * rate)
    amount = round_money(one.amount or ZERO, currency)
    if amount <= base:
        return once(phrase("{amount} off, once a cycle", amount=amount), -amount)
    words = phrase("{amount} off, once a cycle, but no more than the {base} left", amount=amount, base=base)
    return once(words, -base)
