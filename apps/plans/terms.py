"""The terms of a plan version: everything that decides what a cycle costs, as immutable data."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from apps.common.categories import STANDARD
from apps.common.money import amount_text
from apps.common.reading import Fields, InvalidInput, Json
from apps.plans.categories import category_json, read_category
from apps.plans.cycles import MONTHS, Interval
from apps.plans.one_offs import OneOff, one_off_json, read_one_offs
from apps.plans.prices import Price, price_json, read_price

Timing = Literal["advance", "arrears"]

TIMINGS: tuple[Timing, ...] = ("advance", "arrears")
LONGEST_TRIAL = 730


@dataclass(frozen=True, slots=True)
class BaseFee:
    """A fee for each cycle: billed with the cycle before it (advance) or with its own (arrears)."""

    amount: Decimal
    timing: Timing
    tax_category: str = STANDARD


@dataclass(frozen=True, slots=True)
class Terms:
    """Currency, cycle, base fee, an invoice's bounds, and a price for each outcome in the plan's order.

    `trial_days` are free at the start of a subscription; `one_offs` are charged on its first invoice.
    """

    currency: str
    interval: Interval
    base_fee: BaseFee | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    prices: tuple[Price, ...] = ()
    trial_days: int = 0
    one_offs: tuple[OneOff, ...] = ()

    @classmethod
    def from_json(cls, data: object) -> "Terms":
        """Read the terms' part of `POST /plans`: its body without `code` and `name`.

        Raises InvalidInput with every problem found: numbers that are floats or too long, amounts finer than
        the currency's minor unit, tiers out of order, two prices for one outcome, fields that don't exist.
        """
        fields = Fields(data)
        currency = fields.read_currency()
        interval = fields.choice("interval", MONTHS)
        base_fee = read_base_fee(fields)
        minimum, maximum = fields.bounds()
        prices = read_prices(fields)
        trial_days = fields.whole("trial_days", 0, most=LONGEST_TRIAL)
        one_offs = read_one_offs(fields, "one_off")
        fields.finish()
        if fields.problems or interval is None:
            raise InvalidInput(fields.problems)
        return cls(currency, interval, base_fee, minimum, maximum, prices, trial_days, one_offs)

    def to_json(self) -> Json:
        """The canonical form: `Terms.from_json(terms.to_json()) == terms`.

        Every field is there, but for trial, one-offs and tax categories, which are written only where they say
        something: so terms that were published before these fields came read as they did.
        """
        return {
            "currency": self.currency,
            "interval": self.interval,
            "base_fee": self.base_fee and base_fee_json(self.base_fee, self.currency),
            "minimum": None if self.minimum is None else amount_text(self.minimum, self.currency),
            "maximum": None if self.maximum is None else amount_text(self.maximum, self.currency),
            "prices": [price_json(price, self.currency) for price in self.prices],
            **({"trial_days": self.trial_days} if self.trial_days else {}),
            **({"one_off": [one_off_json(one, self.currency) for one in self.one_offs]} if self.one_offs else {}),
        }


def base_fee_json(fee: BaseFee, currency: str) -> Json:
    """The base fee as the API writes it."""
    return {"amount": amount_text(fee.amount, currency), "timing": fee.timing, **category_json(fee.tax_category)}


def read_base_fee(fields: Fields) -> BaseFee | None:
    """The field `base_fee`; None where it is not given."""
    if not fields.given("base_fee"):
        return None
    fee = fields.object("base_fee")
    amount, timing, category = fee.money("amount"), fee.choice("timing", TIMINGS), read_category(fee)
    fee.finish()
    return BaseFee(amount, timing, category) if timing else None


def read_prices(fields: Fields) -> tuple[Price, ...]:
    """The field `prices`: at most one to an outcome."""
    prices: list[Price] = []
    for row in fields.objects("prices"):
        price = read_price(row)
        if price is None:
            continue
        if any(price.outcome == other.outcome for other in prices):
            row.fail("outcome", "duplicate", f"{price.outcome!r} already has a price in this plan")
        prices.append(price)
    return tuple(prices)
