"""Comma-separated values by RFC 4180, in UTF-8, written row by row."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from apps.common.numbers import plain

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would take for the beginning of a formula, were it to stand at the beginning of a text."""
CHUNK = 64 * 1024
"""Bytes, about, that are written at once."""

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"


class Written(str):
    """A number that is written already ("-12.50"), so that its sign is no formula."""

    __slots__ = ()


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def cell(value: Any) -> str:
    """A value as it stands in a cell: numbers and dates plain, times in UTC, a text never a formula, None empty."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return plain(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date() | int():
            return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, Written) else text


def encoded(rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The rows as bytes, in chunks: however many there are, no more than a chunk is held."""
    writer: Any = csv.writer(_Echo())
    waiting: list[str] = []
    size = 0
    for row in rows:
        line = writer.writerow([cell(value) for value in row])
        waiting.append(line)
        size += len(line)
        if size >= CHUNK:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode()
