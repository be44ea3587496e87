"""What an invoice was rated on, counts apart: kept in its document under "rated", so that it can be rated again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.periods import Period
from apps.plans.one_offs import OneOff, one_off_from, one_off_json
from apps.plans.rating import DiscountTerm, FeePeriod, Rating, UsageRow, rate, rate_fees
from apps.plans.terms import Terms


@dataclass(frozen=True, slots=True)
class Basis:
    """Terms, base fees, discounts and one-off charges of one invoice; with `only_fees` no usage belongs to it."""

    terms: Terms
    period: Period
    fees: tuple[FeePeriod, ...] = ()
    trial: bool = False
    discounts: tuple[DiscountTerm, ...] = ()
    charges: tuple[OneOff, ...] = ()
    only_fees: bool = False

    def rate(self, usage: Iterable[UsageRow]) -> Rating:
        """The lines for these counts."""
        discounts, charges = self.discounts, self.charges
        if self.only_fees:
            return rate_fees(self.terms, self.fees, self.period, discounts=discounts, charges=charges)
        return rate(self.terms, usage, self.fees, self.period, trial=self.trial, discounts=discounts, charges=charges)

    def to_json(self) -> dict[str, Any]:
        """As documents keep it: `Basis.from_json(basis.to_json()) == basis`."""
        currency = self.terms.currency
        return {
            "terms": self.terms.to_json(),
            "fees": [{"period": _days(one.period), "full": _days(one.full)} for one in self.fees],
            "period": _days(self.period),
            "trial": self.trial,
            "discounts": [_discount_json(one, currency) for one in self.discounts],
            "charges": [one_off_json(one, currency) for one in self.charges],
            "only_fees": self.only_fees,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Basis":
        """Read it back from a document."""
        period = _period(data["period"])
        if period is None:
            raise ValueError("an invoice is of a period")
        return cls(
            Terms.from_json(data["terms"]),
            period,
            tuple(FeePeriod(_period(one["period"]), _period(one["full"])) for one in data["fees"]),
            data["trial"],
            tuple(_discount(one) for one in data["discounts"]),
            tuple(one_off_from(one) for one in data["charges"]),
            data["only_fees"],
        )


def _days(period: Period | None) -> dict[str, str] | None:
    return None if period is None else {"start": period.start.isoformat(), "end": period.end.isoformat()}


def _period(days: Mapping[str, str] | None) -> Period | None:
    return None if days is None else Period(date.fromisoformat(days["start"]), date.fromisoformat(days["end"]))


def _discount_json(one: DiscountTerm, currency: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "percent": None if one.percent is None else plain(one.percent),
        "amount": None if one.amount is None else amount_text(one.amount, currency),
        "usage": one.usage,
        "fees": one.fees,
    }


def _discount(data: Mapping[str, Any]) -> DiscountTerm:
    percent, amount = (None if data[name] is None else Decimal(data[name]) for name in ("percent", "amount"))
    return DiscountTerm(data["name"], percent, amount, data["usage"], data["fees"])
