"""Tiers of a price as data, from and to JSON."""

from dataclasses import dataclass
from decimal import Decimal

from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields, Json

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """A stretch of units: those above the tier before, up to and including `up_to` (None: without end)."""

    up_to: Decimal | None
    unit_amount: Decimal = ZERO
    flat_amount: Decimal = ZERO


def read_tiers(fields: Fields, *, stairs: bool) -> tuple[Tier, ...]:
    """Read `tiers`: at least one, with ascending bounds, of which the last and only the last is open."""
    rows = fields.objects("tiers", required=True)
    tiers, bound = [], ZERO
    for row in rows:
        up_to = row.positive("up_to") if row.given("up_to") else None
        if up_to is None and row is not rows[-1]:
            row.fail("up_to", "required", "is required in every tier but the last")
        elif up_to is not None and row is rows[-1]:
            row.fail("up_to", "closed", "must be null in the last tier, so that every quantity has a price")
        elif up_to is not None and up_to and up_to <= bound:
            row.fail("up_to", "not_ascending", "must be more than in the tier before")
        bound = up_to or bound
        if stairs:
            tiers.append(Tier(up_to, flat_amount=row.money("flat_amount")))
        else:
            tiers.append(Tier(up_to, row.price("unit_amount"), row.money("flat_amount", ZERO)))
        row.finish()
    return tuple(tiers)


def tier_json(tier: Tier, currency: str, *, stairs: bool) -> Json:
    """The tier as the API writes it."""
    return {
        "up_to": None if tier.up_to is None else plain(tier.up_to),
        **({} if stairs else {"unit_amount": plain(tier.unit_amount)}),
        "flat_amount": amount_text(tier.flat_amount, currency),
    }
