"""One event as a client sends it: read strictly, so that what is stored is what was meant."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from apps.common.instants import instant_from
from apps.common.numbers import decimal_from
from apps.common.text import CODE

AHEAD = timedelta(minutes=5)
BACK = timedelta(days=365)
MAX_PROPERTIES = 16 * 1024
MAX_DEPTH = 8
LARGEST = Decimal("1.7976931348623157e308")
"""No number of `properties` may be beyond what a double holds, or no condition could be judged over it."""

MOST_DIGITS = 308
MAX_SCALE = 1_000
"""None may have more digits behind its first, or more decimals, than these."""

FIELDS = frozenset({"id", "type", "customer", "subject", "time", "quantity", "value", "properties", "evidence"})
URL = re.compile(r"(?i:https?)://[^\s/?#]+\S*")
ONE = Decimal(1)


def _decimal(text: str) -> Decimal:
    """A JSON number with a point or an exponent; one that no Decimal holds becomes an infinity, refused later."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


decode = msgspec.json.Decoder(float_hook=_decimal).decode
"""JSON text to Python values, its fractions as exact Decimals. Raises msgspec.DecodeError or RecursionError."""
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Message(msgspec.Struct, frozen=True, gc=False):
    """An event that can be stored. `time` is None where the client named none; `properties_json` is for jsonb."""

    external_id: str
    type: str
    customer: str
    subject: str | None
    time: datetime | None
    quantity: Decimal
    value: Decimal | None
    properties: dict[str, Any]
    properties_json: str
    evidence: str | None
    untimely: str | None = None


class Rejection(msgspec.Struct, frozen=True, gc=False):
    """Why an item is no event: a code, the field it is about, a sentence, and the item's id where it has one."""

    reason: str
    field: str | None
    text: str
    external_id: str | None = None


class _Bad(Exception):
    def __init__(self, reason: str, field: str | None, text: str) -> None:
        self.reason, self.field, self.text = reason, field, text


def read(item: Any, *, at: datetime) -> Message | Rejection:
    """A decoded JSON value as a message, or why it is none.

    A time out of bounds makes a message with `untimely` set: the id is looked up first, and only an unknown one is
    rejected.
    """
    external_id = item.get("id") if isinstance(item, dict) else None
    try:
        return _read(item, at)
    except _Bad as bad:
        known = external_id if isinstance(external_id, str) else None
        return Rejection(bad.reason, bad.field, bad.text, known)


def read_line(line: bytes, *, at: datetime) -> Message | Rejection:
    """A line of NDJSON as a message, or why it is none."""
    try:
        return read(decode(line), at=at)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Rejection("invalid_json", None, "This line is not JSON.")


def _read(item: Any, at: datetime) -> Message:
    if not isinstance(item, dict):
        raise _Bad("not_an_object", None, "An event is a JSON object.")
    if not FIELDS.issuperset(item):
        unknown = min(str(key) for key in item if key not in FIELDS)
        raise _Bad("unknown_field", unknown, f"An event has no field {unknown!r}.")
    properties = _object(item.get("properties"))
    time = _time(item.get("time"))
    return Message(
        external_id=_text(item, "id", 255),
        type=_text(item, "type", 128),
        customer=_code(item),
        subject=_text(item, "subject", 255) if item.get("subject") is not None else None,
        time=time,
        quantity=_number(item, "quantity", positive=True) if item.get("quantity") is not None else ONE,
        value=_number(item, "value", positive=False) if item.get("value") is not None else None,
        properties=properties,
        properties_json=_properties_json(properties),
        evidence=_url(item.get("evidence")),
        untimely=_untimely(time, at),
    )


def _text(item: Mapping[str, Any], field: str, longest: int) -> str:
    text = item.get(field)
    if text is None:
        raise _Bad("missing", field, f"{field} is required.")
    if not isinstance(text, str):
        raise _Bad("wrong_type", field, f"{field} must be a string.")
    if not 1 <= len(text) <= longest:
        raise _Bad("length", field, f"{field} must have 1 to {longest} characters.")
    if not text.isprintable():
        raise _Bad("not_printable", field, f"{field} must be printable characters.")
    return text


def _code(item: Mapping[str, Any]) -> str:
    text = _text(item, "customer", 128)
    if not CODE.fullmatch(text):
        raise _Bad("invalid", "customer", "customer must be an external id: letters, digits and . _ : @ -")
    return text


def _number(item: Mapping[str, Any], field: str, *, positive: bool) -> Decimal:
    try:
        number = decimal_from(item[field])
    except ValueError as error:
        raise _Bad("invalid_number", field, f"{field} {error}.") from None
    if number < 0 or (positive and not number):
        raise _Bad("out_of_range", field, f"{field} must be {'more than' if positive else 'at least'} 0.")
    return number


def _time(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        return instant_from(text)
    except ValueError as error:
        raise _Bad("invalid_time", "time", f"time {error}.") from None


def _untimely(time: datetime | None, at: datetime) -> str | None:
    if time is None or at - BACK <= time <= at + AHEAD:
        return None
    return "too_old" if time < at else "in_future"


def _url(text: Any) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str):
        raise _Bad("wrong_type", "evidence", "evidence must be a string.")
    if len(text) > 2048 or not URL.fullmatch(text) or not text.isprintable():
        raise _Bad("invalid_url", "evidence", "evidence must be an http or https URL of at most 2048 characters.")
    return text


def _object(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Bad("wrong_type", "properties", "properties must be an object.")
    if value:
        _check(value, ("properties",))
    return value


def _check(value: Any, path: tuple[Any, ...]) -> None:
    """Refuse what PostgreSQL's jsonb or a condition could not hold: deep nesting, NUL, endless numbers.

    What is whole by its exponent, as 1e2, becomes the integer that jsonb gives back: to a condition it is another thing
    than a fraction, and so it is the same whether the event has just come or was stored.
    """
    kind = type(value)
    if kind is str:
        if "\0" in value:
            raise _unstorable("nul_character", path, "{} holds the character NUL, which can't be stored.")
    elif kind is int or kind is Decimal:
        if not _storable(value):
            raise _unstorable("number_out_of_range", path, "{} is beyond what a number can be, 1.8e308.")
    elif kind is dict or kind is list:
        if len(path) > MAX_DEPTH:
            raise _unstorable("too_deep", path, f"{{}} is nested too deep: properties may have {MAX_DEPTH} levels.")
        for key, member in value.items() if kind is dict else enumerate(value):
            if isinstance(key, str) and "\0" in key:
                raise _unstorable("nul_character", path, "A name in {} holds the character NUL.")
            _check(member, (*path, key))
            if type(member) is Decimal and int(member.as_tuple().exponent) >= 0:
                value[key] = int(member)


def _unstorable(reason: str, path: tuple[Any, ...], text: str) -> _Bad:
    where = ".".join(str(step) for step in path)
    return _Bad(reason, where, text.format(where))


def _storable(number: int | Decimal) -> bool:
    if isinstance(number, int):
        return abs(number) <= LARGEST
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or not -MAX_SCALE <= exponent <= MOST_DIGITS:
        return False
    return abs(number) <= LARGEST


def _properties_json(properties: dict[str, Any]) -> str:
    if not properties:
        return "{}"
    text = _encode(properties)
    if len(text) > MAX_PROPERTIES:
        raise _Bad("too_large", "properties", f"properties may have {MAX_PROPERTIES} bytes; these have {len(text)}.")
    return text.decode()
