"""Conditions: CEL expressions over an event, compiled once and judged many times.

Quantity, value and the numbers of properties are doubles inside CEL only; what is counted is read as exact decimals by
`dotted`. The language: the Common Expression Language specification, as the library common-expression-language has it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import cel

MAX_LENGTH = 4096
VARIABLES = frozenset({"type", "subject", "quantity", "value", "time", "properties", "evidence"})
LOOPS = "all|exists|exists_one|map|filter"
"""The macros that go through a list."""
BOUND = re.compile(rf"\.\s*(?:{LOOPS})\s*\(\s*(\w+)\s*,")
"""What a macro names itself, as the x of `list.exists(x, x > 1)`."""
LOOP = re.compile(rf"\.\s*({LOOPS})\s*\(")
HANDED_ON = re.compile(r"\bproperties\b|\{|(?:^|[^\w\s)\]])\s*\[")
"""What is more than a macro's own member: all properties, a map, a list; a bracket behind a value is an index, and one
behind `in` makes no more than true or false."""
MOST_SUMS = 50
"""Pluses in a condition: each may join two lists."""
LONGEST_LIST = 200
"""Members that a list may have where each of them costs as much as all."""
TEXT = re.compile(
    r"""(?<!\w)(?i:r|rb|br)(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')"""
    r"""|\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|//[^\n]*""",
    re.DOTALL,
)
"""What is no code: a string, which may be raw or run over lines, or a comment."""
MISPLACED = re.compile(
    r"Syntax error: (?:extraneous input|mismatched input|no viable alternative at input|token recognition error at:) "
    r"'(.*?)'(?: expecting .*)?"
)
MISSING = re.compile(r"Syntax error: missing '(.*)' at .*")
MEMBER = re.compile(r"\bproperties\s*\.\s*([A-Za-z_]\w*)\b(?!\s*\()")
"""A member of `properties` by its name, and no function of them."""
PATH = re.compile(r"properties(?:\.[A-Za-z_][A-Za-z0-9_]*)+")

ABSENT = object()
"""Stands for a member that the properties of an event do not have."""
SHORT = 64
"""What is remembered of a condition's answers is bounded, so texts of more characters are not."""
LONGEST_PATH = 255
"""Of the path that is missing: an event can have names of any length, and a condition may ask for any text's."""


class ConditionError(ValueError):
    """A condition that can't be compiled, or can't be judged over an event; `path` names the property, where known."""

    def __init__(self, message: str, path: str | None = None) -> None:
        self.path = _storable(path)[:LONGEST_PATH] if path else None
        super().__init__(_storable(message))


def _storable(text: str) -> str:
    """The text without the character NUL, which a condition can write as \\0 and no database holds."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


@lru_cache(maxsize=4096)
def compile_condition(source: str) -> Any:
    """The program of a condition. Raises ConditionError, naming line and column, for what is no CEL or too long."""
    if len(source) > MAX_LENGTH:
        raise ConditionError(f"A condition has at most {MAX_LENGTH} characters; this one has {len(source)}.")
    try:
        program = cel.compile(source)
    except ValueError as error:
        raise ConditionError(_readable(str(error))) from None
    _refuse_costly(_code(source))
    unknown = sorted(set(program.variables()) - VARIABLES - set(BOUND.findall(_code(source))))
    if unknown:
        known = ", ".join(sorted(VARIABLES))
        raise ConditionError(f"{unknown[0]} is unknown here. A condition may use {known}.")
    return program


def _code(source: str) -> str:
    """The condition with its strings empty and its comments gone, in which what looks like code is code."""
    return TEXT.sub(lambda found: " " if found[0].startswith("//") else '""', source)


def _refuse_costly(code: str) -> None:
    """Raises ConditionError for what might cost more than the square of a list's length."""
    for macro, body in _loops(code):
        if LOOP.search(body):
            raise ConditionError("A condition may go through a list, but not through a list for each member of a list.")
        if macro == "map" and HANDED_ON.search(body.partition(",")[2]):
            raise ConditionError("What map makes of a member may hold that member, but no properties, lists or maps.")
    if code.count("+") > MOST_SUMS:
        raise ConditionError(f"A condition may add {MOST_SUMS} times; this one adds {code.count('+')} times.")


def _loops(code: str) -> Iterator[tuple[str, str]]:
    """The macros that go through lists, each with what stands in its parentheses."""
    for found in LOOP.finditer(code):
        depth, end = 1, found.end()
        while depth and end < len(code):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        yield found[1], code[found.end() : end]


@lru_cache(maxsize=4096)
def _costs_the_square(source: str) -> bool:
    """Whether each member of a list costs as much as all: map and filter copy what they have so far, and properties
    are copied for each."""
    return any(macro in ("map", "filter") or "properties" in body for macro, body in _loops(_code(source)))


def _refuse_long(value: Any) -> None:
    """Raises ConditionError if it is a list of too many members, or holds one."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if len(members) > LONGEST_LIST:
        raise ConditionError(f"The condition goes through lists of up to {LONGEST_LIST}, not {len(members)} members.")
    for member in members:
        _refuse_long(member)


@lru_cache(maxsize=4096)
def _used(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The variables that a condition looks at, and the members of `properties` where it looks at no others of them."""
    names = VARIABLES.intersection(compile_condition(source).variables())
    members = MEMBER.findall(source)
    if "//" in source or len(members) != len(re.findall(r"\bproperties\b", source)):
        return names, frozenset()  # it may go through all of them, or a comment may stand where a name ends
    return names - {"properties"}, frozenset(members)


def _handed(source: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """What of the event a condition looks at: handing it the rest would take longer than judging it."""
    names, members = _used(source)
    handed = {name: _inside(event.get(name)) for name in names}
    if members:
        properties = event.get("properties", {})
        handed["properties"] = {name: _inside(properties[name]) for name in members if name in properties}
    return handed


def _readable(message: str) -> str:
    """The compiler's message as "Line 1, column 4: ….", without the list of all that it would have taken instead."""
    found = re.search(r"<input>:(\d+):(\d+): (.*)", message)
    text = f"Line {found[1]}, column {found[2]}: {_said(found[3])}" if found else message.splitlines()[0]
    return f"{text.removesuffix('.')}."


def _said(problem: str) -> str:
    """The compiler's problem as a person would say it."""
    if missing := MISSING.fullmatch(problem):
        return f'"{missing[1]}" is missing here'
    misplaced = MISPLACED.fullmatch(problem)
    if misplaced and misplaced[1] == "<EOF>":
        return "the condition ends too early"
    return f'"{misplaced[1].strip()}" can\'t stand here' if misplaced else problem


def holds(source: str, event: Mapping[str, Any]) -> bool:
    """Whether the condition is true of the event's variables. Raises ConditionError where it can't be told."""
    if source == "true":
        return True
    names, members = _used(source)
    if members and not names:
        properties = event["properties"]
        marks = [properties.get(name, ABSENT) for name in members]
        if all(map(_often_alike, marks)):
            return _remembered(source, *marks)
    return _judged(source, _handed(source, event))


def _often_alike(value: Any) -> bool:
    """Whether answers are remembered by this value of a property: a short text or a number, which CEL tells from any
    other where Python does; 0.0 and -0.0 are equal to Python alone."""
    kind = type(value)
    if kind is str:
        return len(value) <= SHORT
    if kind is Decimal:
        return bool(value)
    return value is None or kind is int or kind is bool


@lru_cache(maxsize=8192, typed=True)
def _remembered(source: str, *marks: Any) -> bool:
    """`_judged` of a condition that looks at nothing but some properties, whose values are in the order of `_used`.

    Most conditions compare a few marks that are alike from event to event. Types tell 1, true and 1.0 apart.
    """
    _, members = _used(source)
    return _judged(source, {"properties": {name: _inside(mark) for name, mark in zip(members, marks, strict=True)}})


def _judged(source: str, handed: Mapping[str, Any]) -> bool:
    """What the condition says of these variables. Raises ConditionError where it can't be told."""
    program = compile_condition(source)
    if _costs_the_square(source):
        _refuse_long(handed.get("properties"))
    try:
        answer = program.execute(handed)
    except KeyError as error:
        missing = str(error.args[0]) if error.args else ""
        raise ConditionError(f"The event has no {missing}.", _path_to(source, missing)) from None
    except (RuntimeError, TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise ConditionError(str(error).splitlines()[0]) from None
    if not isinstance(answer, bool):
        raise ConditionError(f"The condition gives {type(answer).__name__}, not true or false.")
    return answer


def _path_to(source: str, name: str) -> str | None:
    """The dotted path in the condition that ends in the missing name."""
    ending = re.search(rf"[A-Za-z_][\w.]*\.{re.escape(name)}\b", source) if name else None
    return ending[0] if ending else name or None


def _inside(value: Any) -> Any:
    """A value as CEL sees it: decimals as doubles, whatever their depth."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _inside(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_inside(one) for one in value]
    return value


def dotted(path: str, properties: Mapping[str, Any]) -> Any:
    """What stands at "properties.a.b" of the event, or None where nothing does."""
    found: Any = properties
    for name in path.split(".")[1:]:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def variables(
    *,
    type: str,
    subject: str | None,
    quantity: Decimal,
    value: Decimal | None,
    time: datetime,
    properties: Mapping[str, Any],
    evidence: str | None,
) -> dict[str, Any]:
    """An event as the variables of a condition."""
    return {
        "type": type,
        "subject": subject,
        "quantity": quantity,
        "value": value,
        "time": time,
        "properties": properties,
        "evidence": evidence,
    }
