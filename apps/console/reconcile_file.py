"""What a member hands in to be compared: ids or daily counts, as CSV, as NDJSON, or a plain list of ids.

The form of a file is told by what is in it, never by its name. Whatever can't be read is said with its line and what
to do.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from apps.common.instants import day_from
from apps.events.importing.csv_head import DELIMITERS
from apps.events.importing.lines import Unreadable
from apps.events.message import decode

LARGEST = 16 * 1024 * 1024
"""Bytes of a file."""
MOST_IDS = 250_000
ID, DAY, COUNT = "id", "day", "count"
NO_COLUMN = (
    "The first line names the columns {columns}. Name the one that holds your ids “id”, or two “day” and “count”, "
    "or write the name of your ids' column below."
)


@dataclass(slots=True)
class Told:
    """What a file says: ids, or counts by day in UTC."""

    ids: list[str] | None = None
    counts: dict[date, int] = field(default_factory=dict)


type Row = tuple[int, dict[str, Any]]
"""The number of a line, from 1, and what it says by name."""


def read_file(content: bytes, column: str = ID) -> Told:
    """What the file says; `column` is the one of the ids, where there are columns. Raises Unreadable."""
    text = _text(content)
    start = text.lstrip()
    if not start:
        raise Unreadable("The file is empty. It needs at least one id, or one day and its count.")
    return _told(list(_objects(text) if start.startswith("{") else _cells(text, column)), column)


def _text(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(f"Line {line} is not UTF-8. Save the file as “CSV UTF-8”, and hand it in again.") from None


def _cells(text: str, column: str) -> Iterator[Row]:
    """CSV by its columns; a file of one column without the name is a list of ids."""
    lines = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=lines.count)
    head: list[str] = []
    for number, cells in _rows(text, delimiter):
        if not head:
            head = [name.strip() for name in cells]
            if column in head or {DAY, COUNT} <= set(head):
                continue
            if len(head) > 1 or column != ID:
                raise Unreadable(NO_COLUMN.format(columns=", ".join(head)))
            head = [ID]
        if len(cells) != len(head):
            raise Unreadable(f"Line {number} has {len(cells)} cells, and there should be {len(head)}.")
        yield number, dict(zip(head, cells, strict=True))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise Unreadable(f"Line {reader.line_num} can't be read as CSV: {error}.") from None


def _objects(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = decode(line)
        except (msgspec.DecodeError, RecursionError):
            raise Unreadable(f"Line {number} is not JSON. NDJSON has one object to a line.") from None
        if not isinstance(found, dict):
            raise Unreadable(f'Line {number} is no JSON object, such as {{"id": "3f0c-1"}}.')
        yield number, found


def _told(rows: Sequence[Row], column: str) -> Told:
    if not rows:
        raise Unreadable("The file names its columns and has nothing below them.")
    if column not in rows[0][1] and {DAY, COUNT} <= set(rows[0][1]):
        return Told(counts=_counts(rows))
    if len(rows) > MOST_IDS:
        text = f"The file has {len(rows):,} ids, and {MOST_IDS:,} can be compared at once. "
        raise Unreadable(text + "Choose a shorter span and its ids, or hand in a count for each day first.")
    return Told(ids=[_id(number, row.get(column)) for number, row in rows])


def _id(number: int, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"Line {number} has no id.")
    id = value.strip()
    if len(id) > 255 or not id.isprintable():
        raise Unreadable(f"Line {number} has no id such as events have: 1 to 255 printable characters.")
    return id


def _counts(rows: Sequence[Row]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for number, row in rows:
        day = _day(number, str(row.get(DAY)).strip())
        text = str(row.get(COUNT)).strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise Unreadable(f"Line {number}: {text!r} is no count. Write a whole number such as 412.")
        if day in counts:
            raise Unreadable(f"Line {number}: {day} stands in the file twice.")
        counts[day] = int(text)
    return counts


def _day(number: int, text: str) -> date:
    try:
        return day_from(text)
    except ValueError:
        raise Unreadable(f"Line {number}: {text!r} is no day. Write days as 2026-11-22.") from None
