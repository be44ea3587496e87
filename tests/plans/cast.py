"""Short words in which the tests of prices are written."""

from collections.abc import Sequence
from decimal import Decimal

from apps.common.money import exact
from apps.common.numbers import plain
from apps.common.reading import Json
from apps.plans.pricers.usage import UsageRow
from apps.plans.rating import FeePeriod, Line, Rating, rate
from apps.plans.terms import Terms

OUTCOME = "resolved_ticket"


def terms_of(*prices: Json, currency: str = "USD", **more: object) -> Terms:
    """Terms of a monthly plan with these prices, read as the API reads them."""
    return Terms.from_json({"currency": currency, "interval": "month", "prices": list(prices), **more})


def price_of(model: str, outcome: str = OUTCOME, **fields: object) -> Json:
    """One price as the API takes it."""
    return {"outcome": outcome, "model": model, **fields}


def tickets(quantity: str | int | Decimal, **more: object) -> UsageRow:
    """Usage of the one outcome most tests are about."""
    return UsageRow(OUTCOME, Decimal(quantity), **more)  # type: ignore[arg-type]


def bill(terms: Terms, *usage: UsageRow, fees: Sequence[FeePeriod] = ()) -> Rating:
    """Rate usage without dates, as a preview does."""
    return rate(terms, usage, fees, None)


def usage_line(price: Json, *usage: UsageRow, currency: str = "USD") -> Line:
    """The usage line of a plan with this price alone."""
    lines = bill(terms_of(price, currency=currency), *usage).lines
    return next(line for line in lines if line.kind == "usage")


def told(line: Line) -> list[str]:
    """A breakdown as lines of a sum: "1,000 at 0.99 = 990"."""
    return [f"{step.text} = {plain(step.amount)}" for step in line.breakdown]


def account(rating: Rating) -> list[tuple[str, str | None, str]]:
    """The lines as kind, outcome and amount."""
    return [(line.kind, line.outcome, str(line.amount)) for line in rating.lines]


def added(amounts: Sequence[Decimal]) -> Decimal:
    """An exact sum."""
    with exact():
        return sum(amounts, Decimal(0))
