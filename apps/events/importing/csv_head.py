"""The head of a CSV: which field of an event each column is, and how its cells are read."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from apps.events.importing.lines import Unreadable
from apps.events.message import FIELDS, decode

DELIMITERS = (",", ";", "\t", "|")
REQUIRED = ("id", "type", "customer")
PROPERTY = "properties."
AS_TEXT = ":text"
SHOWN = 80
"""So many characters of a first line are shown where it is none."""
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WORDS = {"true": True, "false": False, "null": None}


class BadCell(ValueError):
    """A cell can't be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Head:
    """The columns' names, and what stands between cells."""

    columns: tuple[str, ...]
    delimiter: str

    def event(self, cells: Sequence[str]) -> dict[str, Any]:
        """A row as the event that it would be in JSON. An empty cell is a field that is not there."""
        event: dict[str, Any] = {}
        for column, text in zip(self.columns, cells, strict=True):
            if not text:
                continue
            if column.startswith(PROPERTY):
                _put(event.setdefault("properties", {}), column, text)
            else:
                event[column] = _object(text) if column == "properties" else text
        return event


def read_head(line: str) -> Head:
    """The head that the first line is. Raises Unreadable where it names no event's fields."""
    rows = (Head(_columns(line, delimiter), delimiter) for delimiter in DELIMITERS)
    head = next((one for one in rows if set(REQUIRED) <= set(one.columns)), None)
    if head is None:
        raise Unreadable(
            "The first line must name the columns, id, type and customer among them (in these letters, with commas, "
            f"semicolons, tabs or bars between). It begins with {line[:SHOWN]!r}."
        )
    _refuse_wrong(head.columns)
    return head


def _columns(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        row = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise Unreadable(f"The first line, which names the columns, can't be read: {error}.") from None
    return tuple(name.strip() for name in row)


def _refuse_wrong(columns: Sequence[str]) -> None:
    for number, name in enumerate(columns, 1):
        if name not in FIELDS and not all(_path(name)):
            known = ", ".join(sorted(FIELDS))
            raise Unreadable(f"Column {number} is {name!r}; the columns are {known} and properties.NAME.")
        if name in columns[: number - 1]:
            raise Unreadable(f"Column {number} is {name!r} for the second time.")
    paths = [_path(name) for name in columns if name.startswith(PROPERTY)]
    for path in paths:
        if any(path == other[: len(path)] for other in paths if other is not path) or "properties" in columns:
            raise Unreadable(f"The column of property {'.'.join(path)} and another one hold the same property.")


def _path(column: str) -> list[str]:
    """The names that lead to a property; for any other column one empty name."""
    return column.removeprefix(PROPERTY).removesuffix(AS_TEXT).split(".") if column.startswith(PROPERTY) else [""]


def _put(properties: dict[str, Any], column: str, text: str) -> None:
    *outer, last = _path(column)
    for name in outer:
        properties = properties.setdefault(name, {})
    properties[last] = text if column.endswith(AS_TEXT) else _value(text)


def _value(text: str) -> Any:
    """A number, true, false, null or a string in quotes as JSON reads them; anything else is text."""
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text) or (len(text) > 1 and text[0] == text[-1] == '"'):
        try:
            return decode(text)
        except msgspec.DecodeError:
            return text
    return text


def _object(text: str) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise BadCell("properties must be a JSON object.") from None


def first_record(lines: Iterator[bytes]) -> str:
    """The line that names the columns. Raises Unreadable where there is none."""
    line = next(lines, b"")
    try:
        text = line.decode().strip("\r\n")
    except UnicodeDecodeError:
        raise Unreadable("The first line is not UTF-8. Save the file as UTF-8 and try again.") from None
    if not text:
        raise Unreadable("The file is empty, or begins with an empty line; the first line must name the columns.")
    return text
