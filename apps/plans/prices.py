"""The seven price models as data: what a plan version says about one outcome, from and to JSON.

Amounts that are charged as they stand (flat amounts, packages, bounds) are whole minor units of the currency;
amounts for each unit have up to 12 decimals.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal, Self, TypedDict

from apps.common.categories import STANDARD
from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields, Json
from apps.plans.categories import category_json, read_category
from apps.plans.tiers import Tier, read_tiers, tier_json

Model = Literal["unit", "graduated", "volume", "stairstep", "package", "percentage", "matrix"]

ZERO = Decimal(0)


class Common(TypedDict):
    """The fields of every model: the outcome, its free units, bounds on what a cycle of it costs, its tax category."""

    outcome: str
    included: Decimal
    minimum: Decimal | None
    maximum: Decimal | None
    tax_category: str


def read_common(fields: Fields) -> Common:
    """Read the fields that every model has."""
    outcome, included = fields.code("outcome"), fields.number("included", ZERO)
    minimum, maximum = fields.bounds()
    category = read_category(fields)
    return Common(outcome=outcome, included=included, minimum=minimum, maximum=maximum, tax_category=category)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Price:
    outcome: str
    included: Decimal = ZERO
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    tax_category: str = STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPrice(_Price):
    """So much for each unit."""

    model: ClassVar[Model] = "unit"
    unit_amount: Decimal

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_common(fields), unit_amount=fields.price("unit_amount"))

    def own_json(self, currency: str) -> Json:
        return {"unit_amount": plain(self.unit_amount)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _TieredPrice(_Price):
    stairs: ClassVar[bool] = False
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(**read_common(fields), tiers=read_tiers(fields, stairs=cls.stairs))

    def own_json(self, currency: str) -> Json:
        return {"tiers": [tier_json(tier, currency, stairs=self.stairs) for tier in self.tiers]}


@dataclass(frozen=True, slots=True, kw_only=True)
class GraduatedPrice(_TieredPrice):
    """Each unit at the amount of the tier it falls into, plus the flat amount of every tier entered."""

    model: ClassVar[Model] = "graduated"


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePrice(_TieredPrice):
    """All units at the amount of the tier that the last one falls into, plus that tier's flat amount."""

    model: ClassVar[Model] = "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class StairstepPrice(_TieredPrice):
    """The flat amount of the tier that the quantity falls into; its tiers have no unit amount."""

    model: ClassVar[Model] = "stairstep"
    stairs: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePrice(_Price):
    """So much for each package, a begun one charged whole."""

    model: ClassVar[Model] = "package"
    package_size: Decimal
    package_amount: Decimal

    @classmethod
    def read(cls, fields: Fields) -> Self:
        common, size = read_common(fields), fields.positive("package_size")
        return cls(**common, package_size=size, package_amount=fields.money("package_amount"))

    def own_json(self, currency: str) -> Json:
        amount = amount_text(self.package_amount, currency)
        return {"package_size": plain(self.package_size), "package_amount": amount}


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentagePrice(_Price):
    """A percentage of the outcomes' value, plus so much for each of them. `included` counts outcomes.

    `currency` is that of the terms, in which the value is told.
    """

    model: ClassVar[Model] = "percentage"
    percent: Decimal
    currency: str
    fixed_amount: Decimal = ZERO

    @classmethod
    def read(cls, fields: Fields) -> Self:
        common, percent = read_common(fields), fields.number("percent")
        if common["included"] % 1:
            fields.fail("included", "not_whole", "must be a whole number of outcomes")
        fixed = fields.price("fixed_amount", ZERO)
        return cls(**common, percent=percent, currency=fields.currency or "", fixed_amount=fixed)

    def own_json(self, currency: str) -> Json:
        return {"percent": plain(self.percent), "fixed_amount": plain(self.fixed_amount)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixPrice(_Price):
    """So much for each unit by its dimension; `default_amount` for every dimension that is not named.

    `amounts` is sorted by dimension, since stored JSON keeps no order of names.
    """

    model: ClassVar[Model] = "matrix"
    amounts: tuple[tuple[str, Decimal], ...]
    default_amount: Decimal

    def amount_for(self, dimension: str | None) -> Decimal:
        """What one unit of the dimension costs; None is usage without one."""
        return next((amount for name, amount in self.amounts if name == dimension), self.default_amount)

    @classmethod
    def read(cls, fields: Fields) -> Self:
        common, amounts = read_common(fields), fields.object("amounts")
        pairs = tuple((name, amounts.price(name)) for name in sorted(amounts.names()))
        return cls(**common, amounts=pairs, default_amount=fields.price("default_amount"))

    def own_json(self, currency: str) -> Json:
        amounts = {name: plain(amount) for name, amount in self.amounts}
        return {"amounts": amounts, "default_amount": plain(self.default_amount)}


Price = UnitPrice | GraduatedPrice | VolumePrice | StairstepPrice | PackagePrice | PercentagePrice | MatrixPrice

_MODELS: dict[Model, type[Price]] = {
    "unit": UnitPrice,
    "graduated": GraduatedPrice,
    "volume": VolumePrice,
    "stairstep": StairstepPrice,
    "package": PackagePrice,
    "percentage": PercentagePrice,
    "matrix": MatrixPrice,
}


def read_price(fields: Fields) -> Price | None:
    """Read one price; None, with its problem noted, where the model is not one of the seven."""
    model = fields.choice("model", _MODELS)
    if model is None:
        return None
    price = _MODELS[model].read(fields)
    fields.finish()
    return price


def price_json(price: Price, currency: str) -> Json:
    """The price as the API writes it, every field present but the standard tax category."""
    return {
        "outcome": price.outcome,
        "model": price.model,
        "included": plain(price.included),
        "minimum": None if price.minimum is None else amount_text(price.minimum, currency),
        "maximum": None if price.maximum is None else amount_text(price.maximum, currency),
        **price.own_json(currency),
        **category_json(price.tax_category),
    }
