"""Columns of rows as PostgreSQL's arrays in binary form, written here because psycopg asks each element what it is.

A batch of a thousand events is some thirty columns: to say once what a column holds is three times as fast. The form is
that of array_recv (src/backend/utils/adt/arrayfuncs.c): dimensions, whether there are NULLs, the element's type, length
and lower bound; then each element's length, -1 for NULL, and bytes.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from struct import Struct
from typing import Any

import msgspec
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

type Writer = Callable[[Any], bytes]
"""Writes an element that is not None: its length and its bytes."""

_header = Struct("!iiIii").pack
_length = Struct("!i").pack
_day = Struct("!ii").pack
_long = Struct("!iq").pack
_NULL = _length(-1)
_UUID = _length(16)
_TRUE, _FALSE = _length(1) + b"\x01", _length(1) + b"\x00"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST = _EPOCH.toordinal()


class Array(bytes):
    """An array in binary form, as a parameter."""


class ArrayDumper(Dumper):
    """Hands an Array on as it is; its type is the one that the statement casts it to."""

    format = Format.BINARY

    def dump(self, obj: Array) -> Buffer:
        return obj


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _length(len(encoded)) + encoded


def _instant(value: datetime) -> bytes:
    since = value - _EPOCH
    return _long(8, (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def _json(value: Any) -> bytes:
    encoded = msgspec.json.encode(value)
    return _length(1 + len(encoded)) + b"\x01" + encoded  # the version of jsonb's binary form, which is its text


WRITERS: dict[str, tuple[int, Writer]] = {
    "uuid": (2950, lambda value: _UUID + value.bytes),
    "text": (25, _text),
    "code": (25, _text),
    "number": (25, lambda value: _text(str(value))),
    "instant": (1184, _instant),
    "day": (1082, lambda value: _day(4, value.toordinal() - _FIRST)),
    "flag": (16, lambda value: _TRUE if value else _FALSE),
    "int": (20, lambda value: _long(8, value)),
    "json": (3802, _json),
}
"""By the name of a column's type: its type's oid (catalog pg_type) and how an element is written.

A `code` is a text of which many rows have the same. Numbers go as text, to be cast: PostgreSQL reads their digits
faster than Python makes its base of 10,000.
"""
REPEATED = frozenset({"code", "number", "instant", "day"})
"""Kinds of which a column says the same over and over: each value is written once. For others looking is dearer."""


def array(kind: str, values: Sequence[Any]) -> Array:
    """The values, None among them where there is none, as an array of this kind of element."""
    oid, write = WRITERS[kind]
    if kind in REPEATED and len(values) > 1:
        write = _Written(write).__getitem__
    elements = [_NULL if value is None else write(value) for value in values]
    return Array(_header(1, 1, oid, len(values), 1) + b"".join(elements))


class _Written(dict[Any, bytes]):
    """Elements by their values; what was written once is not written again."""

    def __init__(self, write: Writer) -> None:
        self.write = write

    def __missing__(self, value: Any) -> bytes:
        element = self[value] = self.write(value)
        return element


def columns(kinds: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Array]:
    """The columns of rows that have elements of these kinds. At least one row."""
    return [array(kind, column) for kind, column in zip(kinds, zip(*rows, strict=True), strict=True)]
