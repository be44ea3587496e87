"""The price builder's rows: what was typed for each outcome, as text, and the terms that come of it.

Names in the form are `price-<n>-<field>` and, for tiers and dimensions, `price-<n>-row-<m>-<field>`, n counting the
outcomes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.common.reading import Problem
from apps.console.formerrors import sentence
from apps.console.input_rows import Input, Row, blank_row, read_input, read_input_rows
from apps.outcomes.models import DefinitionVersion

MODELS = {
    "": "Not part of this plan",
    "unit": "So much for each",
    "graduated": "Graduated: each tier has its own price",
    "volume": "Volume: the tier reached prices all",
    "stairstep": "Stairs: one amount for each tier",
    "package": "Packages: one amount for each, begun ones whole",
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
COMMON = ("included", "minimum", "maximum", "tax_category")
ROW_FIELDS = {
    "graduated": ("up_to", "unit_amount", "flat_amount"),
    "volume": ("up_to", "unit_amount", "flat_amount"),
    "stairstep": ("up_to", "flat_amount"),
    "matrix": ("dimension", "amount"),
}
PATH = re.compile(r"prices\[(\d+)\](?:\.(tiers|amounts)(?:\[(\d+)\])?)?(?:\.(.+))?")


@dataclass(slots=True)
class PriceRow:
    """One outcome of the builder. `rows` are its tiers, or its dimensions; `model` is "" where it has no price."""

    number: int
    code: str
    title: str
    unit: str
    model: str
    inputs: dict[str, Input] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    absent: str = MODELS[""]
    """What it is called when the outcome has no price here."""
    hint: str = ""

    @property
    def prefix(self) -> str:
        return f"price-{self.number}"

    @property
    def models(self) -> list[tuple[str, str]]:
        return list((MODELS | {"": self.absent}).items())

    @property
    def wrong(self) -> bool:
        """Whether anything is, in an input or in the price as a whole."""
        inputs = [*self.inputs.values(), *(one for row in self.listed for one in row)]
        return bool(self.errors or any(one.error for one in inputs))

    @property
    def own(self) -> list[Input]:
        """The inputs of the model itself."""
        return [self.inputs[name] for name in OWN.get(self.model, ())]

    @property
    def common(self) -> list[Input]:
        """What every model has: included units, bounds and the tax category."""
        return [self.inputs[name] for name in COMMON] if self.model else []

    @property
    def listed(self) -> list[list[Input]]:
        """The rows that can be added to, as lists of inputs."""
        return [list(row.values()) for row in self.rows]

    @property
    def blank(self) -> list[Input]:
        """An empty row, for the script that adds one."""
        return blank_row(self.prefix, self.row_fields)

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
            price["amounts"] = {row["dimension"].value: row["amount"].value or None for row in self.rows}
        return price


def read_rows(data: Mapping[str, str], versions: Iterable[DefinitionVersion]) -> list[PriceRow]:
    """What was typed for each of the outcomes, in their order."""
    return [_read_row(data, number, version) for number, version in enumerate(versions)]


def _read_row(data: Mapping[str, str], number: int, version: DefinitionVersion) -> PriceRow:
    prefix = f"price-{number}"
    model = data.get(f"{prefix}-model", "")
    row = PriceRow(number, version.definition.code, version.name, version.unit, model if model in MODELS else "")
    for name in (*COMMON, *OWN.get(row.model, ())):
        row.inputs[name] = read_input(data, prefix, name)
    if row.row_fields:
        row.rows = read_input_rows(data, prefix, row.row_fields)
    return row


def typed(prices: Iterable[Mapping[str, Any]], versions: Iterable[DefinitionVersion]) -> dict[str, str]:
    """The form's data that would give these prices: what a new version starts from."""
    data: dict[str, str] = {}
    known = {version.definition.code: number for number, version in enumerate(versions)}
    for price in prices:
        prefix = f"price-{known[price['outcome']]}"
        names = ("model", *COMMON, *OWN.get(price["model"], ()))
        data |= {f"{prefix}-{name}": _text(price.get(name)) for name in names}
        rows = price.get("tiers") or [
            {"dimension": key, "amount": value} for key, value in price.get("amounts", {}).items()
        ]
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
        inputs = next(({name: one["amount"]} for one in row.rows if one["dimension"].value == name), {})
    else:
        inputs = row.inputs
    if name in inputs:
        inputs[name].error = sentence(problem.message)
    else:
        row.errors.append(sentence(problem.message))
    return True
