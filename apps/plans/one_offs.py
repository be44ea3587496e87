"""One-off charges: a name and an amount, billed once and whole."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.categories import STANDARD
from apps.common.money import amount_text, exact, round_money
from apps.common.numbers import plain
from apps.common.periods import Period
from apps.common.phrases import phrase
from apps.common.reading import Fields, Json
from apps.plans.categories import category_json, read_category
from apps.plans.lines import Line
from apps.plans.pricers.usage import ONE, each, once

LONGEST_NAME = 200
MOST = 30_000
"""One-offs of a plan: an invoice has at most 32,768 lines, so that one with more could never be written."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a one-off charge counts, where it bills an outcome that no plan priced: so much of it, at so much each."""

    outcome: str
    period: Period
    quantity: Decimal
    unit_amount: Decimal

    @property
    def amount(self) -> Decimal:
        """What it costs, unrounded."""
        with exact():
            return self.quantity * self.unit_amount


@dataclass(frozen=True, slots=True)
class OneOff:
    """What is charged once: a set-up fee, a day of training. `amount` is in whole minor units and not negative.

    With `counted` it is that, rounded.
    """

    description: str
    amount: Decimal
    tax_category: str = STANDARD
    counted: Counted | None = None


def read_one_offs(fields: Fields, name: str) -> tuple[OneOff, ...]:
    """The list in the field `name`; empty where it is not given."""
    found = []
    rows = fields.objects(name)
    if len(rows) > MOST:
        fields.fail(name, "too_many", f"must be at most {MOST:,}")
    for row in rows[:MOST]:
        found.append(OneOff(row.text("name", LONGEST_NAME), row.money("amount"), read_category(row)))
        row.finish()
    return tuple(found)


def one_off_json(one: OneOff, currency: str) -> Json:
    """The charge as the API writes it."""
    amount = amount_text(one.amount, currency)
    return {
        "name": one.description,
        "amount": amount,
        **category_json(one.tax_category),
        **({"counted": _counted_json(one.counted)} if one.counted else {}),
    }


def _counted_json(one: Counted) -> Json:
    return {
        "outcome": one.outcome,
        "start": one.period.start.isoformat(),
        "end": one.period.end.isoformat(),
        "quantity": plain(one.quantity),
        "unit_amount": plain(one.unit_amount),
    }


def one_off_from(data: Mapping[str, Any]) -> OneOff:
    """Read back what `one_off_json` wrote."""
    return OneOff(
        data["name"], Decimal(data["amount"]), data.get("tax_category", STANDARD), _counted_from(data.get("counted"))
    )


def _counted_from(data: Mapping[str, Any] | None) -> Counted | None:
    if data is None:
        return None
    period = Period(date.fromisoformat(data["start"]), date.fromisoformat(data["end"]))
    return Counted(data["outcome"], period, Decimal(data["quantity"]), Decimal(data["unit_amount"]))


def one_off_lines(currency: str, charges: Iterable[OneOff], period: Period | None) -> Iterator[Line]:
    """A line for each charge, in the order given."""
    for one in charges:
        if one.counted:
            yield _counted_line(currency, one, one.counted)
            continue
        amount = round_money(one.amount, currency)
        step = once(phrase("1 at {amount}", amount=amount), amount)
        yield Line("one_off", None, period, ONE, amount, amount, (step,), one.tax_category, one.description)


def _counted_line(currency: str, one: OneOff, counted: Counted) -> Line:
    """The line of an outcome that is billed by hand."""
    step, amount = each(counted.quantity, counted.unit_amount), counted.amount
    rounded, category = round_money(amount, currency), one.tax_category
    quantity, label = counted.quantity, one.description
    return Line("one_off", counted.outcome, counted.period, quantity, rounded, amount, (step,), category, label)
