"""Text inputs of a form that come in rows which can be added to: `<prefix>-row-<m>-<field>`.

m counts the rows in their order; a row that was removed leaves a gap.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LABELS = {
    "unit_amount": "Each",
    "package_size": "Units in a package",
    "package_amount": "A package",
    "percent": "Per cent",
    "fixed_amount": "Plus for each",
    "default_amount": "All others, each",
    "up_to": "Up to",
    "flat_amount": "Flat",
    "dimension": "Dimension",
    "amount": "Each",
    "included": "Included",
    "minimum": "Costs at least",
    "maximum": "Costs at most",
    "tax_category": "Tax category",
    "charge": "What for",
    "charge_amount": "Amount",
}
WORDS = ("dimension", "tax_category", "charge")
"""Fields that are no numbers."""


@dataclass(slots=True)
class Input:
    """One text input: its name in the form, its label, what was typed, and what is wrong with it."""

    name: str
    label: str
    value: str
    error: str = ""
    numeric: bool = True
    listed: str = ""
    """The id of a <datalist> with what may be meant."""


type Row = dict[str, Input]

PLACE = "(0|[1-9][0-9]{0,4})"
"""The number of a row in a field's name, as pages write it; a field of any other name is nobody's."""


def read_input(data: Mapping[str, str], prefix: str, field: str) -> Input:
    """What was typed in `<prefix>-<field>`."""
    key = f"{prefix}-{field}"
    listed = "tax-categories" if field == "tax_category" else ""
    return Input(key, LABELS[field], data.get(key, "").strip(), numeric=field not in WORDS, listed=listed)


def read_input_rows(data: Mapping[str, str], prefix: str, fields: Iterable[str]) -> list[Row]:
    """The rows that the data has, in order; an empty one where it has none."""
    names, pattern = list(fields), re.compile(rf"{re.escape(prefix)}-row-{PLACE}-")
    numbers = sorted({int(found[1]) for key in data if (found := pattern.match(key))}) or [0]
    return [{name: read_input(data, f"{prefix}-row-{number}", name) for name in names} for number in numbers]


def blank_row(prefix: str, fields: Iterable[str]) -> list[Input]:
    """An empty row, for the script that adds one."""
    return [read_input({}, f"{prefix}-row-__prefix__", name) for name in fields]
