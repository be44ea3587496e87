"""The terms of a plan version: everything that decides what a cycle costs, as immutable data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.common.money import amount_text
from apps.common.reading import Fields, InvalidInput, Json
from apps.plans.cycles import MONTHS, Interval
from apps.plans.prices import Price, price_json, read_price

Timing = Literal["advance", "arrears"]

TIMINGS: tuple[Timing, ...] = ("advance", "arrears")


@dataclass(frozen=True, slots=True)
class BaseFee:
    """A fee for each cycle: billed with the cycle before it (advance) or with its own (arrears)."""

    amount: Decimal
    timing: Timing


@dataclass(frozen=True, slots=True)
class Terms:
    """Currency, cycle, base fee, an invoice's bounds, and a price for each outcome in the plan's order."""

    currency: str
    interval: Interval
    base_fee: BaseFee | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    prices: tuple[Price, ...] = ()

    @classmethod
    def from_json(cls, data: object) -> "Terms":
        """Read the terms' part of `POST /plans`: its body without `code` and `name`.

        Raises InvalidInput with every problem found: numbers that are floats or too long, amounts finer than
        the currency's minor unit, tiers out of order, two prices for one outcome, fields that don't exist.
        """
        fields = Fields(data)
        currency = fields.read_currency()
        interval = fields.choice("interval", MONTHS)
        base_fee = _read_base_fee(fields)
        minimum, maximum = fields.bounds()
        prices = _read_prices(fields)
        fields.finish()
        if fields.problems or interval is None:
            raise InvalidInput(fields.problems)
        return cls(currency, interval, base_fee, minimum, maximum, prices)

    def to_json(self) -> Json:
        """The canonical form, every field present: `Terms.from_json(terms.to_json()) == terms`."""
        return {
            "currency": self.currency,
            "interval": self.interval,
            "base_fee": self.base_fee
            and {
                "amount": amount_text(self.base_fee.amount, self.currency),
                "timing": self.base_fee.timing,
            },
            "minimum": None if self.minimum is None else amount_text(self.minimum, self.currency),
            "maximum": None if self.maximum is None else amount_text(self.maximum, self.currency),
            "prices": [price_json(price, self.currency) for price in self.prices],
        }


def _read_base_fee(fields: Fields) -> BaseFee | None:
    if not fields.given("base_fee"):
        return None
    fee = fields.object("base_fee")
    amount, timing = fee.money("amount"), fee.choice("timing", TIMINGS)
    fee.finish()
    return BaseFee(amount, timing) if timing else None


def _read_prices(fields: Fields) -> tuple[Price, ...]:
    prices: list[Price] = []
    for row in fields.objects("prices"):
        price = read_price(row)
        if price is None:
            continue
        if any(price.outcome == other.outcome for other in prices):
            row.fail("outcome", "duplicate", f"{price.outcome!r} already has a price in this plan")
        prices.append(price)
    return tuple(prices)
