"""Conditions without CEL: a tree of and/or groups of rows, and the CEL text that says the same.

`to_cel` writes any tree; `from_cel` reads back what it wrote, and what was written by hand in the same few forms:
comparisons of a field with a constant, `has()`, `&&`, `||` and brackets. Anything else is left as CEL.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from apps.common.numbers import plain
from apps.outcomes.conditions import PATH

type Scalar = Decimal | str | bool
type Value = Scalar | tuple[Scalar, ...] | None

ALWAYS_THERE = ("type", "quantity")
MAYBE_NULL = ("subject", "value", "evidence")
RESERVED = frozenset(
    ("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let")
)
RESERVED |= {"loop", "null", "package", "namespace", "return", "true", "var", "void", "while"}
"""Words of CEL, which name no property."""
DEEPEST = 12
LARGEST_INT = 2**53
TOKEN = re.compile(
    r'\s*("(?:[^"\\\n]|\\.)*"|-?\d+(?:\.\d+)?(?![\w.])|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|&&|\|\||[=!<>]=|[!<>()\[\],])'
)


class Op(StrEnum):
    """What a row asks of its field."""

    EQUALS = "equals"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    CONTAINS = "contains"
    ONE_OF = "one_of"
    THERE = "there"
    NOT_THERE = "not_there"


SIGNS = {
    Op.EQUALS: "==",
    Op.IS_NOT: "!=",
    Op.AT_LEAST: ">=",
    Op.AT_MOST: "<=",
    Op.MORE_THAN: ">",
    Op.LESS_THAN: "<",
}
OPS = {sign: op for op, sign in SIGNS.items()}
NUMERIC = frozenset({Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN})
BOOLEANS = {"true": True, "false": False}
PRESENCE = frozenset({Op.THERE, Op.NOT_THERE})


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. `value` is a tuple for ONE_OF and None for the two of presence; `or_missing` also lets an event
    pass that has no such field."""

    path: str
    op: Op
    value: Value = None
    or_missing: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups of which all must hold, or, with `any`, one. A group of nothing holds."""

    parts: tuple["Row | Group", ...] = ()
    any: bool = False


def is_field(path: str) -> bool:
    """Whether a row may be about this path: a variable of conditions, or a property by its dotted path."""
    names = path.split(".")
    known = path in ALWAYS_THERE or path in MAYBE_NULL
    return known or (bool(PATH.fullmatch(path)) and RESERVED.isdisjoint(names))


def to_cel(tree: Group) -> str:
    """The condition as CEL; "true" for a tree without rows."""
    return _joined(tree) or "true"


def _joined(group: Group) -> str:
    parts = [text for part in group.parts if (text := _part(part))]
    return (" || " if group.any else " && ").join(parts)


def _part(part: Row | Group) -> str:
    if isinstance(part, Row):
        return _row(part)
    text = _joined(part)
    return f"({text})" if text else ""


def _row(row: Row) -> str:
    if row.op is Op.THERE:
        return _presence(row.path)
    if row.op is Op.NOT_THERE:
        return _absence(row.path)
    if row.op is Op.CONTAINS:
        test = f"{row.path}.contains({_literal(row.value)})"
    elif row.op is Op.ONE_OF:
        test = f"{row.path} in {_literal(row.value)}"
    else:
        test = f"{row.path} {SIGNS[row.op]} {_literal(row.value)}"
    return f"({_absence(row.path)} || {test})" if row.or_missing and row.path not in ALWAYS_THERE else test


def _presence(path: str) -> str:
    """That the field is there. Each step of a deep path is asked for, for has() looks at the last alone."""
    if not path.startswith("properties."):
        return f"{path} != null"
    steps = [f"has({one})" for one in _chain(path)]
    return steps[0] if len(steps) == 1 else f"({' && '.join(steps)})"


def _absence(path: str) -> str:
    return f"!{_presence(path)}" if path.startswith("properties.") else f"{path} == null"


def _chain(path: str) -> list[str]:
    names = path.split(".")
    return [".".join(names[: end + 1]) for end in range(1, len(names))]


def _literal(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_literal(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = plain(value)
        return f"{text}.0" if "." not in text and abs(value) > LARGEST_INT else text
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def from_cel(text: str) -> Group | None:
    """The tree of a condition, or None for what is not of the builder's form."""
    if text.strip() in ("", "true"):
        return Group()
    try:
        reader = _Reader(list(_tokens(text)))
        found = _settled(reader.expression(0))
        reader.end()
    except _NotOurs:
        return None
    return found if isinstance(found, Group) else Group((found,))


class _NotOurs(Exception):
    """The text is not of the builder's form."""


@dataclass(frozen=True, slots=True)
class _Has:
    """A `has(path)` that is not yet known to be the whole of a row."""

    path: str


type _Node = Row | Group | _Has


def _settled(node: _Node) -> Row | Group:
    """A lone `has()` as a row; of a deep path it isn't one, for it fails where an earlier step is missing."""
    if not isinstance(node, _Has):
        return node
    if node.path.count(".") != 1:
        raise _NotOurs
    return Row(node.path, Op.THERE)


def _joined_up(parts: Sequence[_Node], any: bool) -> Row | Group:
    """Several terms as one group, or as the one row that is written with several."""
    if not any and all(isinstance(part, _Has) for part in parts):
        paths = [part.path for part in parts if isinstance(part, _Has)]
        if paths == _chain(paths[-1]):
            return Row(paths[-1], Op.THERE)
    settled = [_settled(part) for part in parts]
    match settled if any else []:
        case [Row(path=path, op=Op.NOT_THERE), Row(path=same, op=op, or_missing=False) as test] if (
            path == same and op not in PRESENCE
        ):
            return replace(test, or_missing=True)
    return Group(tuple(settled), any)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while text[at:].strip():
        found = TOKEN.match(text, at)
        if not found:
            raise _NotOurs
        yield found[1]
        at = found.end()


class _Reader:
    """Recursive descent over the tokens; `||` binds loosest, as in CEL."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.peek()
        if not token or (wanted and token not in wanted):
            raise _NotOurs
        self.at += 1
        return token

    def end(self) -> None:
        if self.peek():
            raise _NotOurs

    def expression(self, depth: int) -> _Node:
        if depth > DEEPEST:
            raise _NotOurs
        return self._list("||", lambda: self._list("&&", lambda: self._term(depth)))

    def _list(self, sign: str, read: Callable[[], _Node]) -> _Node:
        parts = [read()]
        while self.peek() == sign:
            self.take(sign)
            parts.append(read())
        return parts[0] if len(parts) == 1 else _joined_up(parts, sign == "||")

    def _term(self, depth: int) -> _Node:
        match self.peek():
            case "(":
                return self._bracketed(depth)
            case "!":
                self.take("!")
                found = _settled(self._bracketed(depth) if self.peek() == "(" else self._has())
                if isinstance(found, Row) and found.op is Op.THERE and found.path.startswith("properties."):
                    return Row(found.path, Op.NOT_THERE)
                raise _NotOurs
            case "has":
                return self._has()
            case _:
                return self._comparison()

    def _bracketed(self, depth: int) -> _Node:
        self.take("(")
        found = self.expression(depth + 1)
        self.take(")")
        return found

    def _has(self) -> _Has:
        self.take("has")
        self.take("(")
        path = self._path()
        self.take(")")
        return _Has(path)

    def _path(self) -> str:
        path = self.take()
        if not is_field(path):
            raise _NotOurs
        return path

    def _comparison(self) -> Row:
        path = self.take()
        if path.endswith(".contains") and is_field(path.removesuffix(".contains")):
            self.take("(")
            value = self._scalar()
            if not isinstance(value, str):
                raise _NotOurs
            self.take(")")
            return Row(path.removesuffix(".contains"), Op.CONTAINS, value)
        if not is_field(path):
            raise _NotOurs
        sign = self.take("in", *OPS)
        if sign == "in":
            return Row(path, Op.ONE_OF, self._list_of_scalars())
        if self.peek() == "null" and path in MAYBE_NULL and sign in ("==", "!="):
            self.take("null")
            return Row(path, Op.NOT_THERE if sign == "==" else Op.THERE)
        value = self._scalar()
        if OPS[sign] in NUMERIC and not isinstance(value, Decimal):
            raise _NotOurs
        return Row(path, OPS[sign], value)

    def _list_of_scalars(self) -> tuple[Scalar, ...]:
        self.take("[")
        values = [self._scalar()]
        while self.take(",", "]") == ",":
            values.append(self._scalar())
        return tuple(values)

    def _scalar(self) -> Scalar:
        token = self.take()
        if token in BOOLEANS:
            return BOOLEANS[token]
        if token[0] == '"':
            try:
                return str(json.loads(token))
            except ValueError:
                raise _NotOurs from None
        if token[0].isdigit() or token[0] == "-":
            return Decimal(token)
        raise _NotOurs
