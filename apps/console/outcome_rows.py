"""The condition editor: rows of field, operator and value beside the CEL text, each written from the other.

Names in the form are `<prefix>` for the text, `<prefix>-was` for the text that the rows last gave, `<prefix>-join`,
`<prefix>-<group>-join` and `<prefix>-<group>-<row>-<path|op|value|missing>`. Whoever changed the text since it was
written meant the text; else the rows say it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from apps.common.numbers import decimal_from, plain
from apps.console.input_rows import PLACE
from apps.outcomes.builder import NUMERIC, PRESENCE, Group, Op, Row, Scalar, Value, from_cel, is_field, to_cel

OPERATORS = {
    Op.EQUALS: "equals",
    Op.IS_NOT: "is not",
    Op.AT_LEAST: "is at least",
    Op.AT_MOST: "is at most",
    Op.MORE_THAN: "is more than",
    Op.LESS_THAN: "is less than",
    Op.CONTAINS: "contains",
    Op.ONE_OF: "is one of",
    Op.THERE: "is there",
    Op.NOT_THERE: "is not there",
}
LISTED = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]+)\s*(?:,|$)')


@dataclass(slots=True)
class RowInput:
    """One row as it was typed, and what is wrong with it: `wrong` names the input, "path" or "value"."""

    path: str = ""
    op: str = Op.EQUALS
    value: str = ""
    missing: bool = False
    error: str = ""
    wrong: str = ""

    @property
    def empty(self) -> bool:
        return not (self.path or self.value)

    def read(self) -> Row | None:
        """The row; None, with `error` set, where it can't be one."""
        op = Op(self.op)
        if not is_field(self.path):
            self.wrong, self.error = "path", "Name a field, such as properties.rating or value."
        elif op not in PRESENCE and not self.value:
            self.wrong, self.error = "value", "Say what to compare it with."
        else:
            value = None if op in PRESENCE else typed(self.value, op)
            if op in NUMERIC and not isinstance(value, Decimal):
                self.wrong, self.error = "value", "This needs a number, such as 4 or 0.5."
            else:
                return Row(self.path, op, value, self.missing and op not in PRESENCE)
        return None


@dataclass(slots=True)
class GroupInput:
    """Rows of which all must hold, or one."""

    any: bool = False
    rows: list[RowInput] = field(default_factory=list)


@dataclass(slots=True)
class Editor:
    """One condition being written. `groups` is None where the text is beyond the rows."""

    prefix: str
    text: str = ""
    any: bool = False
    groups: list[GroupInput] | None = field(default_factory=list)
    error: str = ""
    by_text: bool = False
    """Whether the text was changed by hand, so that the rows have to follow it."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    """Fields to suggest, each with samples."""

    @property
    def operators(self) -> list[tuple[str, str]]:
        return [(op.value, words) for op, words in OPERATORS.items()]

    @property
    def condition(self) -> str:
        return self.text.strip() or "true"

    @property
    def row_errors(self) -> bool:
        return any(row.error for group in self.groups or [] for row in group.rows)

    @classmethod
    def of(cls, prefix: str, condition: str) -> "Editor":
        """The editor of a condition that stands."""
        text = "" if condition.strip() == "true" else condition
        editor = cls(prefix, text)
        editor._show(from_cel(text))
        return editor

    @classmethod
    def read(cls, prefix: str, data: Mapping[str, str]) -> "Editor":
        """The editor as it was sent."""
        text = data.get(prefix, "").replace("\r\n", "\n").strip()
        if text != data.get(f"{prefix}-was", "").replace("\r\n", "\n").strip() or f"{prefix}-join" not in data:
            editor = cls.of(prefix, text)
            editor.by_text = True
            return editor
        editor = cls(prefix, any=data[f"{prefix}-join"] == "any", groups=_groups(prefix, data))
        editor.text = editor._written()
        return editor

    def _written(self) -> str:
        groups = [
            Group(tuple(row for one in group.rows if not one.empty and (row := one.read())), group.any)
            for group in self.groups or []
        ]
        whole = [group for group in groups if group.parts]
        tree = whole[0] if len(whole) == 1 else Group(tuple(whole), self.any)
        text = to_cel(tree)
        return "" if text == "true" else text

    def _show(self, tree: Group | None) -> None:
        """Lay a tree out as groups of rows; one that is deeper than that stays text."""
        self.groups = None
        if tree is None:
            return
        groups = [part for part in tree.parts if isinstance(part, Group)]
        if not groups:
            self.groups = [GroupInput(tree.any, [_shown(row) for row in tree.parts if isinstance(row, Row)])]
            return
        laid = [part if isinstance(part, Group) else Group((part,)) for part in tree.parts]
        if all(isinstance(one, Row) for group in laid for one in group.parts):
            self.any = tree.any
            self.groups = [
                GroupInput(group.any, [_shown(row) for row in group.parts if isinstance(row, Row)]) for group in laid
            ]

    def edit(self, act: str, group: int = 0, row: int = 0) -> None:
        """Add or remove a row or a group, as a button asks; places that are not there are let be."""
        if self.groups is None:
            return
        if act == "add-group" or not self.groups:
            self.groups.append(GroupInput(rows=[RowInput()]))
        elif act == "add-row" and group < len(self.groups):
            self.groups[group].rows.append(RowInput())
        elif act == "remove-row" and group < len(self.groups):
            del self.groups[group].rows[row : row + 1]
            if not self.groups[group].rows and len(self.groups) > 1:
                del self.groups[group]
        self.text = self._written()


def _groups(prefix: str, data: Mapping[str, str]) -> list[GroupInput]:
    pattern = re.compile(rf"{re.escape(prefix)}-{PLACE}-{PLACE}-op")
    found = sorted((int(at[1]), int(at[2])) for key in data if (at := pattern.fullmatch(key)))
    groups = {number: GroupInput(data.get(f"{prefix}-{number}-join") == "any") for number, _ in found}
    for number, row in found:
        groups[number].rows.append(_row(f"{prefix}-{number}-{row}", data))
    return list(groups.values())


def _row(name: str, data: Mapping[str, str]) -> RowInput:
    op = data.get(f"{name}-op", "")
    return RowInput(
        data.get(f"{name}-path", "").strip(),
        op if op in set(Op) else Op.EQUALS,
        data.get(f"{name}-value", "").strip(),
        bool(data.get(f"{name}-missing")),
    )


def _shown(row: Row) -> RowInput:
    if row.value is None:
        return RowInput(row.path, row.op)
    values: Iterable[Scalar] = row.value if isinstance(row.value, tuple) else [row.value]
    listed = row.op is Op.ONE_OF
    return RowInput(row.path, row.op, ", ".join(_text(one, listed) for one in values), row.or_missing)


def _text(value: Scalar, listed: bool) -> str:
    """A value as a reader types it; a text that would be taken for something else stands in quotation marks."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    bare = value and value == value.strip() and value.isprintable() and not value.startswith('"')
    safe = bare and _scalar(value) == value and not (listed and "," in value)
    return value if safe else json.dumps(value, ensure_ascii=False)


def typed(text: str, op: Op) -> Value:
    """What was typed as a value: a number, true or false, a text in quotation marks or without; several for ONE_OF."""
    if op is Op.ONE_OF:
        return tuple(_scalar(one.strip()) for one in LISTED.findall(text) if one.strip())
    value = _scalar(text)
    return _unquoted(text) if op is Op.CONTAINS else value


def _scalar(text: str) -> Scalar:
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        try:
            return decimal_from(text)
        except ValueError:
            return text
    return _unquoted(text)


def _unquoted(text: str) -> str:
    try:
        read = json.loads(text) if text.startswith('"') else text
    except ValueError:
        return text
    return read if isinstance(read, str) else text
