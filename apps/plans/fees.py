"""The base fee's lines: whole, or by days where only a part of an interval is billed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import prorate, round_money
from apps.common.periods import Period
from apps.common.phrases import phrase
from apps.plans.lines import Line
from apps.plans.pricers.usage import ONE, Step, once
from apps.plans.terms import BaseFee, Terms


@dataclass(frozen=True, slots=True)
class FeePeriod:
    """A period for which the base fee is due, and the whole interval it is a part of.

    Without both, the fee is whole and undated, as in a preview.
    """

    period: Period | None = None
    full: Period | None = None


def fee_lines(terms: Terms, fees: Sequence[FeePeriod]) -> Iterator[Line]:
    """A line for each period, none where the terms have no base fee. Call within `exact()`."""
    base_fee = terms.base_fee
    if base_fee is None:
        return
    for fee in fees:
        step = _step(base_fee, fee)
        amount = round_money(step.amount, terms.currency)
        yield Line("base_fee", None, fee.period, ONE, amount, step.amount, (step,), base_fee.tax_category)


def _step(base_fee: BaseFee, fee: FeePeriod) -> Step:
    """The whole fee, or its share by days."""
    amount, period, full = base_fee.amount, fee.period, fee.full
    if period is None or full is None or period == full:
        return once(phrase("1 at {amount}", amount=amount), amount)
    words = phrase("{days} of {full} days at {amount}", days=period.days, full=full.days, amount=amount)
    return Step(words, Decimal(period.days), None, prorate(amount, period.days, full.days))
