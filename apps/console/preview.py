"""What a plan would cost: at a few volumes as a table, and as a curve. The same rating as invoices have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from apps.common.charts import CurveChart, Line, curve_chart
from apps.plans.pricers.usage import UsageRow
from apps.plans.prices import GraduatedPrice, Price, StairstepPrice, VolumePrice
from apps.plans.rating import FeePeriod, rate, rate_fees
from apps.plans.terms import Terms

POINTS = 40
MOST_CURVES = 4
SHARES = ("0", "0.1", "0.25", "0.5", "1", "2")
LARGEST = Decimal(10) ** 9


@dataclass(frozen=True, slots=True)
class Preview:
    """Cost of a cycle by volume. `names` heads the columns; each row is a volume and a cost for each of them.

    `once` is what the first invoice has on top: the one-off charges together.
    """

    currency: str
    names: list[str]
    rows: list[tuple[Decimal, list[Decimal]]]
    chart: CurveChart
    once: Decimal


def preview(terms: Terms, names: Mapping[str, str], *, volume: Decimal, value: Decimal) -> Preview:
    """Rate each outcome on its own, with the base fee, around a usual `volume`; `value` is one's worth on average."""
    volume = min(max(volume.to_integral_value(), Decimal(1)), LARGEST)
    prices = terms.prices[:MOST_CURVES]
    titles = [names.get(price.outcome, price.outcome) for price in prices] or ["Base fee"]
    codes = [price.outcome for price in prices] or [""]
    table = sorted({(volume * Decimal(share)).to_integral_value() for share in SHARES})
    lines = [
        Line(title, [(at, cost(terms, code, at, value)) for at in _places(volume * 2, prices[number : number + 1])])
        for number, (title, code) in enumerate(zip(titles, codes, strict=True))
    ]
    return Preview(
        terms.currency,
        titles,
        [(at, [cost(terms, code, at, value) for code in codes]) for at in table],
        curve_chart("Cost of a cycle by volume", lines),
        rate_fees(terms, [], charges=terms.one_offs).total,
    )


def cost(terms: Terms, outcome: str, quantity: Decimal, value: Decimal) -> Decimal:
    """The invoice's total for so many of one outcome and nothing else."""
    usage = [UsageRow(outcome, quantity, quantity * value, int(quantity))] if quantity and outcome else []
    return rate(terms, usage, [FeePeriod()], None).total


def _places(right: Decimal, prices: Sequence[Price]) -> list[Decimal]:
    """Where to rate for a curve: evenly spread, and on both sides of every bend."""
    step = max((right / POINTS).to_integral_value(), Decimal(1))
    places = {min(step * number, right) for number in range(POINTS + 1)} | {right}
    for price in prices:
        bends = {price.included}
        if isinstance(price, GraduatedPrice | VolumePrice | StairstepPrice):
            bends |= {price.included + tier.up_to for tier in price.tiers if tier.up_to is not None}
        places |= {bend + extra for bend in bends for extra in (0, 1) if bend + extra <= right}
    return sorted(places)
