"""The taxes of a document's lines: which rates each has, and what they come to. Pure.

A line's rates are those of its tax category on the last day of its period; a one-off's, those of the day of issue. What
lowers the whole, a discount or the invoice's maximum, lowers the nets of its category in proportion to them, whatever
rates these have: so no net falls below zero and no tax remains on what costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text, exact, minor_digits
from apps.common.numbers import plain
from apps.plans.left import shared
from apps.taxes.tax import Rate, tax

type Line = Mapping[str, Any]
type Applied = tuple[Rate, ...]
type Choose = Callable[[str, date], Applied]
"""The rates of a tax category on a day."""


def with_rates(lines: Sequence[Line], choose: Choose, today: date) -> list[dict[str, Any]]:
    """The lines, each with `taxes`: [{"name", "rate"}], the rates that hold for it."""
    own = [choose(line["tax_category"], _day(line, today)) for line in lines]
    standing: dict[str, list[Rate]] = {}
    for line, applied in zip(lines, own, strict=True):
        if not _lowers(line) and Decimal(line["amount"]):
            standing.setdefault(line["tax_category"], []).extend(applied)
    told = [
        tuple(dict.fromkeys(standing.get(line["tax_category"], applied))) if _lowers(line) else applied
        for line, applied in zip(lines, own, strict=True)
    ]
    return [
        {**line, "taxes": [{"name": rate.name, "rate": plain(rate.percent)} for rate in applied]}
        for line, applied in zip(lines, told, strict=True)
    ]


def totals(lines: Sequence[Line], currency: str) -> dict[str, Any]:
    """`subtotal`, `discount`, `taxes`, `tax` and `total` of lines with their rates, as a document holds them."""
    with exact():
        discount = -_sum(line for line in lines if line["kind"] == "discount")
        subtotal = _sum(line for line in lines if line["kind"] != "discount")
        taxes = tax(nets(lines, currency), currency)
        whole = sum((one.amount for one in taxes), Decimal(0))
        return {
            "subtotal": amount_text(subtotal, currency),
            "discount": amount_text(discount, currency),
            "taxes": [
                {
                    "name": one.rate.name,
                    "rate": plain(one.rate.percent),
                    "base": amount_text(one.base, currency),
                    "amount": amount_text(one.amount, currency),
                }
                for one in taxes
            ],
            "tax": amount_text(whole, currency),
            "total": amount_text(subtotal - discount + whole, currency),
        }


def nets(lines: Iterable[Line], currency: str) -> dict[Applied, Decimal]:
    """The net amount that each combination of rates is charged on. Call within `exact()`."""
    found: dict[tuple[str, Applied], Decimal] = {}
    lowering = []
    for line in lines:
        if _lowers(line):
            lowering.append(line)
            continue
        key = (line["tax_category"], _applied(line))
        found[key] = found.get(key, Decimal(0)) + Decimal(line["amount"])
    for line in lowering:
        own = (line["tax_category"], _applied(line))
        keys = [key for key in found if key[0] == line["tax_category"] and found[key] > 0]
        if not keys:
            found[own] = found.get(own, Decimal(0)) + Decimal(line["amount"])
            continue
        weights = [found[key] for key in keys]
        for key, part in zip(keys, shared(-Decimal(line["amount"]), weights, minor_digits(currency)), strict=True):
            found[key] -= part
    whole: dict[Applied, Decimal] = {}
    for (_, applied), net in found.items():
        whole[applied] = whole.get(applied, Decimal(0)) + net
    return whole


def _lowers(line: Line) -> bool:
    """Whether the line takes from all others of its category: a discount, or the maximum of the whole invoice."""
    return line["kind"] == "discount" or (line["kind"] == "maximum" and line["outcome"] is None)


def _day(line: Line, today: date) -> date:
    return today if line["kind"] == "one_off" else date.fromisoformat(line["period"]["last"])


def _applied(line: Line) -> Applied:
    return tuple(Rate(one["name"], Decimal(one["rate"])) for one in line["taxes"])


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))
