"""Prices and terms in plain words, as a person would say them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from apps.common.categories import STANDARD
from apps.common.numbers import plain
from apps.common.templatetags.counterfoil import amount as written
from apps.common.words import unit_for
from apps.plans.one_offs import OneOff
from apps.plans.pricers.usage import reach, shown
from apps.plans.prices import (
    GraduatedPrice,
    MatrixPrice,
    Model,
    PackagePrice,
    PercentagePrice,
    Price,
    StairstepPrice,
    UnitPrice,
    VolumePrice,
)
from apps.plans.terms import Terms
from apps.plans.tiers import Tier

TIERS: dict[Model, str] = {
    "graduated": "{reach}: {cost}",
    "volume": "{reach} in all: {cost}, for all of them",
    "stairstep": "{reach}: {cost} in all",
}
EVERY = {"month": "a month", "quarter": "a quarter", "year": "a year"}


@dataclass(frozen=True, slots=True)
class Clause:
    """One price: the outcome's name, and what it costs, a sentence to a line."""

    code: str
    name: str
    lines: tuple[str, ...]


def money(amount: Decimal, currency: str) -> str:
    """The amount in the reader's digits, its currency behind it: 1,234.50 USD."""
    return f"{written(amount, currency)}\N{NO-BREAK SPACE}{currency}"


def base_fee(terms: Terms) -> str:
    """The base fee as a sentence."""
    if terms.base_fee is None:
        return "No base fee"
    when = "in advance" if terms.base_fee.timing == "advance" else "in arrears"
    fee = f"{money(terms.base_fee.amount, terms.currency)} {EVERY[terms.interval]}"
    return ", ".join([fee, f"billed {when}", *category(terms.base_fee.tax_category)])


def category(name: str) -> list[str]:
    """The tax category in words, where it is not the standard one."""
    return [] if name == STANDARD else [f"taxed as {name}"]


def rest(terms: Terms) -> list[tuple[str, list[str]]]:
    """What the terms say besides base fee and prices: a title, and a sentence to a line."""
    days, bound = terms.trial_days, bounds(terms.minimum, terms.maximum, terms.currency)
    titled = [
        ("Free trial", [f"The first {days:,d} {unit_for('day', Decimal(days))}"] if days else []),
        ("Charged once", [_once(one, terms.currency) for one in terms.one_offs]),
        ("An invoice is", [bound] if bound else []),
    ]
    return [(title, lines) for title, lines in titled if lines]


def _once(one: OneOff, currency: str) -> str:
    charge = f"{one.description}: {money(one.amount, currency)} on the first invoice"
    return ", ".join([charge, *category(one.tax_category)])


def bounds(minimum: Decimal | None, maximum: Decimal | None, currency: str) -> str:
    """At least and at most, where either is set."""
    words = [f"at least {money(minimum, currency)}"] if minimum is not None else []
    words += [f"at most {money(maximum, currency)}"] if maximum is not None else []
    return " and ".join(words)


def clauses(terms: Terms, names: Mapping[str, str]) -> list[Clause]:
    """Every price of the terms in words; `names` has what each outcome is called, by code."""
    return [
        Clause(price.outcome, names.get(price.outcome, price.outcome), tuple(lines_of(price, terms.currency)))
        for price in terms.prices
    ]


def lines_of(price: Price, currency: str) -> list[str]:
    """What one outcome costs, a sentence to a line."""
    lines = [f"The first {shown(price.included):,f} are included"] if price.included else []
    lines += _own(price, currency)
    bound = bounds(price.minimum, price.maximum, currency)
    lines += [f"{bound[0].upper()}{bound[1:]} a cycle"] if bound else []
    return [*lines, *(f"{words[0].upper()}{words[1:]}" for words in category(price.tax_category))]


def _own(price: Price, currency: str) -> list[str]:
    match price:
        case UnitPrice():
            return [f"{money(price.unit_amount, currency)} each"]
        case PackagePrice():
            return [
                f"{money(price.package_amount, currency)} for every {shown(price.package_size):,f}, begun ones whole"
            ]
        case PercentagePrice():
            fixed = f" plus {money(price.fixed_amount, currency)} each" if price.fixed_amount else ""
            return [f"{plain(price.percent)}% of the value{fixed}"]
        case MatrixPrice():
            named = [f"{name}: {money(amount, currency)} each" for name, amount in price.amounts]
            return [*named, f"All others: {money(price.default_amount, currency)} each"]
        case GraduatedPrice() | VolumePrice() | StairstepPrice():
            return _tiers(price.tiers, currency, TIERS[price.model])


def _tiers(tiers: tuple[Tier, ...], currency: str, pattern: str) -> list[str]:
    lines, below = [], Decimal(0)
    for tier in tiers:
        text = reach(below, tier.up_to).english()
        lines.append(pattern.format(reach=f"{text[0].upper()}{text[1:]}", cost=_cost(tier, currency)))
        below = tier.up_to or below
    return lines


def _cost(tier: Tier, currency: str) -> str:
    parts = [f"{money(tier.unit_amount, currency)} each"] if tier.unit_amount else []
    parts += [money(tier.flat_amount, currency)] if tier.flat_amount else []
    return " plus ".join(parts) or "free"
