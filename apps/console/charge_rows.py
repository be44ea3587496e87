"""The plan form's one-off charges: a row for each, `one_off-row-<m>-<field>`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from apps.common.reading import Problem
from apps.console.formerrors import sentence
from apps.console.input_rows import Input, Row, blank_row, read_input_rows

PREFIX = "one_off"
FIELDS = {"charge": "name", "charge_amount": "amount", "tax_category": "tax_category"}
"""What an input is called here, and in the terms."""
PATH = re.compile(r"one_off\[(\d+)\]\.(.+)")


class ChargeRows:
    """What was typed; rows that were left empty say nothing."""

    prefix = PREFIX
    row_word = "charge"

    def __init__(self, data: Mapping[str, str]) -> None:
        self.rows: list[Row] = read_input_rows(data, PREFIX, FIELDS)

    @property
    def listed(self) -> list[list[Input]]:
        return [list(row.values()) for row in self.rows]

    @property
    def blank(self) -> list[Input]:
        """An empty row, for the script that adds one."""
        return blank_row(PREFIX, FIELDS)

    @property
    def filled(self) -> list[Row]:
        return [row for row in self.rows if any(one.value for one in row.values())]

    def body(self) -> list[dict[str, Any]]:
        """The charges as the API takes them: what was left empty is null."""
        return [{FIELDS[name]: one.value or None for name, one in row.items()} for row in self.filled]

    def place(self, problem: Problem) -> bool:
        """Write a problem of the body at its input; False where it is about no charge."""
        found = PATH.fullmatch(problem.path)
        named = [name for name, own in FIELDS.items() if found and own == found[2]]
        if not found or not named:
            return False
        self.filled[int(found[1])][named[0]].error = sentence(problem.message)
        return True


def typed_charges(charges: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The form's data that would give these charges: what a new version starts from."""
    return {
        f"{PREFIX}-row-{position}-{name}": str(charge.get(own) or "")
        for position, charge in enumerate(charges)
        for name, own in FIELDS.items()
    }
