"""The taxes of a document's lines: which rates each has, and what they come to. Pure.

A line's rates are those of its tax category on the last day of its period; a one-off's, those of the day of issue. What
lowers others, a discount or the invoice's maximum, lowers the nets of its category, of fees or usage as it says, in
proportion to them and whatever rates these have: so no net falls below zero and no tax remains on what costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from apps.common.money import amount_text, exact, minor_digits
from apps.common.numbers import plain
from apps.plans.left import shared
from apps.taxes.tax import Rate, tax

type Line = Mapping[str, Any]
type Applied = tuple[Rate, ...]
type Nets = dict[tuple[str, str, Applied], Decimal]
"""Net amounts by tax category, part ("fees" or "usage") and rates."""
type Choose = Callable[[str, date], Applied]
"""The rates of a tax category on a day."""


def with_rates(lines: Sequence[Line], choose: Choose, today: date) -> list[dict[str, Any]]:
    """The lines, each with `taxes`: [{"name", "rate"}], the rates that hold for it."""
    own = [choose(line["tax_category"], _day(line, today)) for line in lines]
    standing: dict[tuple[str, str], list[Rate]] = {}
    for line, applied in zip(lines, own, strict=True):
        if not _lowers(line) and Decimal(line["amount"]):
            standing.setdefault((line["tax_category"], _part(line)), []).extend(applied)
    told = []
    for line, applied in zip(lines, own, strict=True):
        lowered = [standing.get((line["tax_category"], part), []) for part in _takes_from(line)]
        told.append(tuple(dict.fromkeys(chain(*lowered))) or applied)
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
    found: Nets = {}
    for line in sorted(lines, key=_lowers):  # which keeps the order of those that lower, and of the others
        if not _lowers(line):
            key = (line["tax_category"], _part(line), _applied(line))
            found[key] = found.get(key, Decimal(0)) + Decimal(line["amount"])
        elif not _lower(found, line, minor_digits(currency)):
            key = (line["tax_category"], "usage", _applied(line))
            found[key] = found.get(key, Decimal(0)) + Decimal(line["amount"])
    whole: dict[Applied, Decimal] = {}
    for (_, _, applied), net in found.items():
        whole[applied] = whole.get(applied, Decimal(0)) + net
    return whole


def _lower(found: Nets, line: Line, digits: int) -> bool:
    """Take the line from the nets of its category and parts: first shared by part, as rating does, then by rates.

    False where there is nothing that it could lower.
    """
    amount = -Decimal(line["amount"])
    by_part: list[list[tuple[str, str, Applied]]] = [
        [key for key in found if key[:2] == (line["tax_category"], part) and found[key] > 0]
        for part in _takes_from(line)
    ]
    parts = [keys for keys in by_part if keys]
    if not parts:
        return False
    weights = [sum((found[key] for key in keys), Decimal(0)) for keys in parts]
    for keys, share in zip(parts, shared(amount, weights, digits), strict=True):
        for key, own in zip(keys, shared(share, [found[key] for key in keys], digits), strict=True):
            found[key] -= own
    return True


def _lowers(line: Line) -> bool:
    """Whether the line takes from others of its category: a discount, or the maximum of the whole invoice."""
    return line["kind"] == "discount" or (line["kind"] == "maximum" and line["outcome"] is None)


def _part(line: Line) -> str:
    return "fees" if line["kind"] == "base_fee" else "usage"


def _takes_from(line: Line) -> tuple[str, ...]:
    """The parts that the line lowers, fees and usage where it doesn't say; none for a line that stands for itself."""
    return tuple(line.get("takes_from") or ("fees", "usage")) if _lowers(line) else ()


def _day(line: Line, today: date) -> date:
    return today if line["kind"] == "one_off" else date.fromisoformat(line["period"]["last"])


def _applied(line: Line) -> Applied:
    return tuple(Rate(one["name"], Decimal(one["rate"])) for one in line["taxes"])


def _sum(lines: Iterable[Line]) -> Decimal:
    return sum((Decimal(line["amount"]) for line in lines), Decimal(0))
