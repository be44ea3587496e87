"""What nobody should send: values, names and texts of JSON that programs have stumbled over, and their bytes."""

import json
from typing import Any

from hypothesis import strategies as st

type Pairs = list[tuple[str, Any]]


class Raw(str):
    """A piece of JSON text that is sent as it is, right or wrong."""


class Object:
    """An object by its pairs, so that a name may stand twice."""

    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs

    def __repr__(self) -> str:
        return f"Object({self.pairs})"


def write(value: Any) -> str:
    """The JSON text of a value."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, Object):
        value = value.pairs
        return "{" + ",".join(f"{json.dumps(name)}:{write(member)}" for name, member in value) + "}"
    if isinstance(value, dict):
        return write(Object(list(value.items())))
    if isinstance(value, list):
        return "[" + ",".join(map(write, value)) + "]"
    return json.dumps(value)


def encode(value: Any) -> bytes:
    """Its bytes; a lone surrogate that is not escaped becomes bytes that are no UTF-8."""
    return write(value).encode("utf-8", "surrogatepass")


NUMBERS = [
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "0.0",
        "1e400",
        "-1e400",
        "1e-400",
        "1E5",
        "00",
        "01",
        "1.",
        ".5",
        "+1",
        "0x10",
    ),
    *(
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "9" * 40,
        "9" * 5000,
        "0." + "0" * 30 + "1",
        "1e18",
        "1e17",
    ),
    *("9223372036854775808", "18446744073709551616", "0.1234567890123", "123456789012345678.123456789012", "1_000"),
]
WORDS = [
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\ufeff",
        "\u202e",
        "\n",
        "\x7f",
        "é" * 300,
        "💸" * 200,
        "a" * 256,
        "a" * 70_000,
    ),
    *(
        "null",
        "true",
        "../..",
        "%00",
        "%",
        "'; --",
        "{{7*7}}",
        "${x}",
        "<script>",
        "http://",
        "http://[",
        "https://a b",
        "javascript:1",
    ),
    *(
        "2026-11-22T09:30:00Z",
        "0000-00-00T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30",
        "2026-11-22",
    ),
    *(
        "2026-11-22T09:30:60Z",
        "2026-11-22T24:00:00Z",
        "10000-01-01",
        "-1",
        "1e400",
        "NaN",
        "Infinity",
        "1" * 60,
        "0.5",
        "١٢",
        "１",
    ),
    *(
        "halden",
        "ticket.resolved",
        "resolved_ticket",
        "growth",
        "spring",
        "USD",
        "JPY",
        "XXX",
        "US",
        "UTC",
        "Mars/Base",
        "month",
        "unit",
    ),
]
NAMES = [
    *(
        "id",
        "type",
        "customer",
        "subject",
        "time",
        "quantity",
        "value",
        "properties",
        "evidence",
        "external_id",
        "name",
        "email",
    ),
    *(
        "currency",
        "time_zone",
        "country",
        "address",
        "line1",
        "tax_id",
        "locale",
        "code",
        "unit",
        "trigger",
        "condition",
        "settlement",
    ),
    *(
        "window_seconds",
        "mode",
        "void_on",
        "interval",
        "base_fee",
        "amount",
        "timing",
        "prices",
        "outcome",
        "model",
        "tiers",
        "up_to",
    ),
    *(
        "unit_amount",
        "amounts",
        "plan",
        "version",
        "start",
        "billing",
        "overrides",
        "coupon",
        "usage",
        "items",
        "when",
        "reason",
    ),
    *(
        "lines",
        "line",
        "description",
        "reference",
        "at",
        "percent",
        "valid_from",
        "on",
        "ids",
        "days",
        "from",
        "to",
        "event",
        "data",
    ),
    *(
        "specversion",
        "source",
        "invoice",
        "cycles",
        "redeem_by",
        "most",
        "region",
        "trial_days",
        "one_off",
        "",
        "\0",
        "\ud800",
        "__proto__",
    ),
]


def nested(depth: int, closed: bool = True) -> Raw:
    """Lists in lists, or the beginning of that."""
    return Raw("[" * depth + "]" * (depth if closed else 0))


numbers = st.one_of(st.sampled_from(NUMBERS).map(Raw), st.integers(), st.integers(-(10**40), 10**40), st.floats())
texts = st.one_of(st.sampled_from(WORDS), st.text(st.characters(), max_size=12))
bombs = st.sampled_from(
    [nested(9), nested(900), nested(100_000), nested(100_000, closed=False), Raw('{"a":' * 9 + "1" + "}" * 9)]
)
junk = st.sampled_from(
    [Raw(text) for text in ("", "nul", "'a'", "[,]", "{]", '"\\u12"', '"\\x"', '"a', "1 2", "//", "\x00")]
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts, bombs, junk)
names = st.one_of(st.sampled_from(NAMES), st.text(max_size=4))
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(names, inner, max_size=5),
        st.lists(st.tuples(names, inner), max_size=5).map(Object),
    ),
    max_leaves=12,
)


@st.composite
def spoilt(draw: st.DrawFn, valid: bytes) -> bytes:
    """Valid bytes with some of them cut, doubled, or replaced."""
    start = draw(st.integers(0, len(valid)))
    end = draw(st.integers(start, min(len(valid), start + 20)))
    between = draw(st.one_of(st.just(b""), st.binary(max_size=6), st.just(valid[start:end] * 2)))
    return valid[:start] + between + valid[end:]
