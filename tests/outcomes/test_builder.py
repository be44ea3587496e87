"""The builder's trees: each is written as CEL that compiles, means what the tree means, and is read back."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.outcomes.builder import NUMERIC, PRESENCE, Group, Op, Row, from_cel, to_cel
from apps.outcomes.conditions import compile_condition, dotted, holds

RATING, DEEP = "properties.rating", "properties.review.stars"
FOUR = Row(RATING, Op.AT_LEAST, Decimal(4))
EMAIL = Row("properties.channel", Op.EQUALS, "email")

WRITTEN = [
    (Group(), "true"),
    (Group((FOUR,)), "properties.rating >= 4"),
    (Group((FOUR, EMAIL)), 'properties.rating >= 4 && properties.channel == "email"'),
    (Group((FOUR, EMAIL), any=True), 'properties.rating >= 4 || properties.channel == "email"'),
    (
        Group((FOUR, Group((EMAIL, Row("quantity", Op.MORE_THAN, Decimal("0.5"))), any=True))),
        'properties.rating >= 4 && (properties.channel == "email" || quantity > 0.5)',
    ),
    (
        Group((Row(RATING, Op.AT_LEAST, Decimal(4), or_missing=True),)),
        "(!has(properties.rating) || properties.rating >= 4)",
    ),
    (Group((Row(DEEP, Op.THERE),)), "(has(properties.review) && has(properties.review.stars))"),
    (Group((Row(DEEP, Op.NOT_THERE),)), "!(has(properties.review) && has(properties.review.stars))"),
    (Group((Row("evidence", Op.THERE),)), "evidence != null"),
    (
        Group((Row("subject", Op.CONTAINS, "T-", or_missing=True),)),
        '(subject == null || subject.contains("T-"))',
    ),
    (Group((Row(RATING, Op.ONE_OF, (Decimal(4), Decimal(5))),)), "properties.rating in [4, 5]"),
    (Group((Row("properties.solved", Op.IS_NOT, False),)), "properties.solved != false"),
    (Group((Row("properties.said", Op.EQUALS, 'a "b"\n\\'),)), r'properties.said == "a \"b\"\n\\"'),
]


@pytest.mark.parametrize(("tree", "text"), WRITTEN)
def test_a_tree_is_written_as_cel(tree: Group, text: str) -> None:
    assert to_cel(tree) == text


@pytest.mark.parametrize(("tree", "text"), WRITTEN)
def test_what_was_written_is_read_back(tree: Group, text: str) -> None:
    assert from_cel(text) == tree


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  properties.rating>=4.0", "properties.rating >= 4"),
        ("quantity > 1 && quantity < 9 || value == 5", "(quantity > 1 && quantity < 9) || value == 5"),
        ("!has(properties.rating) || properties.rating >= 4", "(!has(properties.rating) || properties.rating >= 4)"),
        ("!(has(properties.rating))", "!has(properties.rating)"),
        ("((quantity > 1))", "quantity > 1"),
    ],
)
def test_what_was_written_by_hand_in_the_same_forms_is_read_too(text: str, canonical: str) -> None:
    tree = from_cel(text)
    assert tree is not None
    assert to_cel(tree) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "properties.rating + 1 > 4",
        "properties.tags.exists(t, t == 'vip')",
        "!(properties.rating >= 4)",
        "4 <= properties.rating",
        "quantity >",
        "quantity > 1 &&",
        "(quantity > 1",
        "quantity > 1)",
        "quantity > true",
        "properties.in == 1",
        "has(properties.review.stars)",
        "subject == null || value > 1 || rating > 1",
        'subject == "it\'s \\x41"',
        "quantity > 1e3",
        "quantity > 1u",
        "(" * 500 + "quantity > 1" + ")" * 500,
    ],
)
def test_what_is_beyond_the_builder_is_left_as_cel(text: str) -> None:
    assert from_cel(text) is None


# Any tree at all

NUMBERS = st.decimals(-(10**17), 10**17, places=3) | st.integers(-(10**18) + 1, 10**18 - 1).map(Decimal)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
PATHS = st.sampled_from([RATING, DEEP, "properties.channel", "subject", "value", "evidence", "type", "quantity"])


@st.composite
def rows(draw: st.DrawFn) -> Row:
    path, op = draw(PATHS), draw(st.sampled_from(Op))
    if path in ("type", "quantity") and op in PRESENCE:
        op = Op.EQUALS
    if op in PRESENCE:
        return Row(path, op)
    value: Any
    if op in NUMERIC:
        value = draw(NUMBERS)
    elif op is Op.CONTAINS:
        value = draw(TEXTS)
    else:
        scalars = NUMBERS | TEXTS | st.booleans()
        value = draw(st.lists(scalars, min_size=1, max_size=3).map(tuple) if op is Op.ONE_OF else scalars)
    return Row(path, op, value, or_missing=draw(st.booleans()))


TREES = st.recursive(
    st.builds(Group, st.lists(rows(), max_size=3).map(tuple), st.booleans()),
    lambda inner: st.builds(Group, st.lists(inner | rows(), max_size=3).map(tuple), st.booleans()),
    max_leaves=4,
)


@given(TREES)
def test_any_tree_compiles(tree: Group) -> None:
    compile_condition(to_cel(tree))


@given(TREES)
def test_any_tree_is_read_back_to_the_same_text(tree: Group) -> None:
    """The trees may differ in brackets that say nothing; the text, which is what judges, may not."""
    text = to_cel(tree)
    read = from_cel(text)
    assert read is not None
    assert from_cel(to_cel(read)) == read
    assert to_cel(read).replace("(", "").replace(")", "") == text.replace("(", "").replace(")", "")


TELL: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQUALS: operator.eq,
    Op.IS_NOT: operator.ne,
    Op.AT_LEAST: operator.ge,
    Op.AT_MOST: operator.le,
    Op.MORE_THAN: operator.gt,
    Op.LESS_THAN: operator.lt,
    Op.CONTAINS: operator.contains,
    Op.ONE_OF: lambda found, options: found in options,
}


def stands_at(path: str, event: dict[str, Any]) -> Any:
    return dotted(path, event["properties"]) if path.startswith("properties.") else event[path]


def means(part: Row | Group, event: dict[str, Any]) -> bool:
    """What a tree says of an event in which every field is there or asked for."""
    if isinstance(part, Group):
        answers = [means(one, event) for one in part.parts if to_cel(Group((one,))) != "true"]
        return not answers or (any(answers) if part.any else all(answers))
    found = stands_at(part.path, event)
    if found is None or part.op in PRESENCE:
        return part.or_missing if part.op not in PRESENCE else (found is not None) == (part.op is Op.THERE)
    return bool(TELL[part.op](found, part.value))


SMALL = st.sampled_from([Decimal(n) / 2 for n in range(-2, 13)])
WORDS = st.sampled_from(["email", "mail", "", "ä", 'q"'])


@st.composite
def fitting_rows(draw: st.DrawFn) -> Row:
    """Rows that can be told of the events below: numbers are compared with numbers, and what may lack is asked for."""
    path = draw(st.sampled_from([RATING, DEEP, "value", "quantity", "properties.channel", "subject"]))
    textual = path in ("properties.channel", "subject")
    ops = set(Op) - (set(NUMERIC) if textual else {Op.CONTAINS}) - (set(PRESENCE) if path == "quantity" else set())
    op = draw(st.sampled_from(sorted(ops)))
    if op in PRESENCE:
        return Row(path, op)
    one = WORDS if textual else SMALL
    value: Any = draw(st.lists(one, min_size=1, max_size=3).map(tuple) if op is Op.ONE_OF else one)
    return Row(path, op, value, or_missing=path != "quantity")


FITTING = st.recursive(
    st.builds(Group, st.lists(fitting_rows(), max_size=3).map(tuple), st.booleans()),
    lambda inner: st.builds(Group, st.lists(inner | fitting_rows(), max_size=3).map(tuple), st.booleans()),
    max_leaves=4,
)
PROPERTIES = st.fixed_dictionaries(
    {}, optional={"rating": SMALL, "channel": WORDS, "review": st.fixed_dictionaries({}, optional={"stars": SMALL})}
)
EVENTS = st.fixed_dictionaries(
    {"quantity": SMALL, "value": st.none() | SMALL, "subject": st.none() | WORDS, "properties": PROPERTIES}
)


@given(FITTING, EVENTS)
def test_the_text_judges_as_the_tree_means(tree: Group, event: dict[str, Any]) -> None:
    whole = {"type": "ticket.resolved", "evidence": None, "time": None} | event
    assert holds(to_cel(tree), whole) == means(tree, event)
