"""The price builder's rows: what was typed for each outcome, as text, and the terms that come of it.

Names in the form are `price-<n>-<field>` and `price-<n>-row-<m>-<field>`, n counting the outcomes and m the rows in
order; a row that was removed leaves a gap.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.common.reading import Problem
from apps.console.formerrors import sentence
from apps.outcomes.models import DefinitionVersion

MODELS = {
    "": "Not part of this plan",
    "unit": "So much for each",
    "graduated": "Graduated: each tier has its own price",
    "volume": "Volume: the tier reached prices all",
    "stairstep": "Stairs: one amount for each tier",
    "package": "Packages: so much for every hundred",
    "percentage": "A percentage of the value",
    "matrix": "By dimension",
}
TIERED = ("graduated", "volume", "stairstep")
OWN = {
    "unit": ("unit_amount",),
    "package": ("package_size", "package_amount"),
    "percentage": ("percent", "fixed_amount"),
    "matrix": ("default_amount",),
}
COMMON = ("included", "minimum", "maximum")
ROW_FIELDS = {
    "graduated": ("up_to", "unit_amount", "flat_amount"),
    "volume": ("up_to", "unit_amount", "flat_amount"),
    "stairstep": ("up_to", "flat_amount"),
    "matrix": ("name", "amount"),
}
LABELS = {
    "unit_amount": "Each",
    "package_size": "Units in a package",
    "package_amount": "A package",
    "percent": "Per cent",
    "fixed_amount": "Plus for each",
    "default_amount": "All others, each",
    "up_to": "Up to",
    "flat_amount": "Flat",
    "name": "Dimension",
    "amount": "Each",
    "included": "Included",
    "minimum": "At least",
    "maximum": "At most",
}
PATH = re.compile(r"prices\[(\d+)\](?:\.(tiers|amounts)(?:\[(\d+)\])?)?(?:\.(.+))?")


@dataclass(slots=True)
class Input:
    """One text input: its name in the form, its label, what was typed, and what is wrong with it."""

    name: str
    label: str
    value: str
    error: str = ""


@dataclass(slots=True)
class PriceRow:
    """One outcome of the builder. `rows` are its tiers, or its dimensions; `model` is "" where it has no price."""

    number: int
    code: str
    title: str
    unit: str
    model: str
    inputs: dict[str, Input] = field(default_factory=dict)
    rows: list[dict[str, Input]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        return f"price-{self.number}"

    @property
    def models(self) -> list[tuple[str, str]]:
        return list(MODELS.items())

    @property
    def own(self) -> list[Input]:
        """The inputs of the model itself."""
        return [self.inputs[name] for name in OWN.get(self.model, ())]

    @property
    def common(self) -> list[Input]:
        """What every model has: included units and bounds."""
        return [self.inputs[name] for name in COMMON] if self.model else []

    @property
    def listed(self) -> list[list[Input]]:
        """The rows that can be added to, as lists of inputs."""
        return [list(row.values()) for row in self.rows]

    @property
    def blank(self) -> list[Input]:
        """An empty row, for the script that adds one."""
        return [Input(f"{self.prefix}-row-__prefix__-{name}", LABELS[name], "") for name in self.row_fields]

    @property
    def row_fields(self) -> tuple[str, ...]:
        return ROW_FIELDS.get(self.model, ())

    @property
    def row_word(self) -> str:
        return "dimension" if self.model == "matrix" else "tier"

    def body(self) -> dict[str, Any]:
        """The price as the API takes it: what was left empty is null."""
        typed = {name: one.value or None for name, one in self.inputs.items()}
        price: dict[str, Any] = {"outcome": self.code, "model": self.model} | {
            name: typed[name] for name in OWN.get(self.model, ())
        }
        price |= {name: typed[name] for name in COMMON}
        if self.model in TIERED:
            price["tiers"] = [{name: one.value or None for name, one in row.items()} for row in self.rows]
        if self.model == "matrix":
            price["amounts"] = {row["name"].value: row["amount"].value or None for row in self.rows}
        return price


def read_rows(data: Mapping[str, str], versions: Iterable[DefinitionVersion]) -> list[PriceRow]:
    """What was typed for each of the outcomes, in their order."""
    return [_read_row(data, number, version) for number, version in enumerate(versions)]


def _read_row(data: Mapping[str, str], number: int, version: DefinitionVersion) -> PriceRow:
    prefix = f"price-{number}"
    model = data.get(f"{prefix}-model", "")
    row = PriceRow(number, version.definition.code, version.name, version.unit, model if model in MODELS else "")
    for name in (*COMMON, *OWN.get(row.model, ())):
        key = f"{prefix}-{name}"
        row.inputs[name] = Input(key, LABELS[name], data.get(key, "").strip())
    if row.row_fields:
        pattern = re.compile(rf"{prefix}-row-(\d+)-")
        numbers = sorted({int(found[1]) for key in data if (found := pattern.match(key))}) or [0]
        row.rows = [_read_tier(data, f"{prefix}-row-{position}", row.row_fields) for position in numbers]
    return row


def _read_tier(data: Mapping[str, str], prefix: str, names: Iterable[str]) -> dict[str, Input]:
    keys = {name: f"{prefix}-{name}" for name in names}
    return {name: Input(key, LABELS[name], data.get(key, "").strip()) for name, key in keys.items()}


def typed(prices: Iterable[Mapping[str, Any]], versions: Iterable[DefinitionVersion]) -> dict[str, str]:
    """The form's data that would give these prices: what a new version starts from."""
    data: dict[str, str] = {}
    known = {version.definition.code: number for number, version in enumerate(versions)}
    for price in prices:
        prefix = f"price-{known[price['outcome']]}"
        names = ("model", *COMMON, *OWN.get(price["model"], ()))
        data |= {f"{prefix}-{name}": _text(price[name]) for name in names}
        rows = price.get("tiers") or [{"name": key, "amount": value} for key, value in price.get("amounts", {}).items()]
        for position, row in enumerate(rows):
            data |= {f"{prefix}-row-{position}-{name}": _text(value) for name, value in row.items()}
    return data


def _text(value: object) -> str:
    return "" if value is None else "" if value == "0" else str(value)


def place(problem: Problem, priced: list[PriceRow]) -> bool:
    """Write a problem of the body at the input that it is about; False where it is about no price."""
    found = PATH.fullmatch(problem.path)
    if not found:
        return False
    row, name = priced[int(found[1])], found[4] or ""
    if found[3] is not None:
        inputs = row.rows[int(found[3])]
    elif found[2] == "amounts":
        inputs = next(({name: one["amount"]} for one in row.rows if one["name"].value == name), {})
    else:
        inputs = row.inputs
    if name in inputs:
        inputs[name].error = sentence(problem.message)
    else:
        row.errors.append(sentence(problem.message))
    return True
