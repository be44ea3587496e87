"""What a tax comes to: once per rate, on the sum of the net amounts that it holds for, rounded once. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import exact, round_money

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rate:
    """A tax by its name ("VAT") and its percentage; two of the same name and percentage are one."""

    name: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Tax:
    """What one rate comes to: `amount` is rounded, `base` a sum of rounded net amounts."""

    rate: Rate
    base: Decimal
    amount: Decimal


def tax(nets: Mapping[tuple[Rate, ...], Decimal], currency: str) -> list[Tax]:
    """The taxes on net amounts, given by the rates that hold for each.

    Of several rates that hold for one amount each is charged on the net, none on another. A rate of 0 is listed too,
    since a document says what it was taxed at; one of which nothing is left to tax is not. In the order in which the
    rates come first.
    """
    bases: dict[Rate, Decimal] = {}
    with exact():
        for rates, net in nets.items():
            for rate in rates:
                bases[rate] = bases.get(rate, Decimal(0)) + net
        return [
            Tax(rate, base, round_money(base * rate.percent * HUNDREDTH, currency))
            for rate, base in bases.items()
            if base
        ]
