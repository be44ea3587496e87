"""One-off charges: a name and an amount, billed once and whole."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from apps.common.categories import STANDARD
from apps.common.money import amount_text, round_money
from apps.common.periods import Period
from apps.common.phrases import phrase
from apps.common.reading import Fields, Json
from apps.plans.categories import category_json, read_category
from apps.plans.lines import Line
from apps.plans.pricers.usage import ONE, once

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class OneOff:
    """What is charged once: a set-up fee, a day of training. `amount` is in whole minor units and not negative."""

    description: str
    amount: Decimal
    tax_category: str = STANDARD


def read_one_offs(fields: Fields, name: str) -> tuple[OneOff, ...]:
    """The list in the field `name`; empty where it is not given."""
    found = []
    for row in fields.objects(name):
        found.append(OneOff(row.text("name", LONGEST_NAME), row.money("amount"), read_category(row)))
        row.finish()
    return tuple(found)


def one_off_json(one: OneOff, currency: str) -> Json:
    """The charge as the API writes it."""
    amount = amount_text(one.amount, currency)
    return {"name": one.description, "amount": amount, **category_json(one.tax_category)}


def one_off_lines(currency: str, charges: Iterable[OneOff], period: Period | None) -> Iterator[Line]:
    """A line for each charge, in the order given."""
    for one in charges:
        amount = round_money(one.amount, currency)
        step = once(phrase("1 at {amount}", amount=amount), amount)
        yield Line("one_off", None, period, ONE, amount, amount, (step,), one.tax_category, one.description)
