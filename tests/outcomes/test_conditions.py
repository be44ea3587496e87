"""Conditions: what is compiled, what is refused and where, and what can't be judged."""

from contextlib import suppress
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from apps.outcomes.conditions import ConditionError, compile_condition, holds

EVENT: dict[str, Any] = {
    "type": "ticket.resolved",
    "subject": "T-1",
    "quantity": Decimal(2),
    "value": None,
    "properties": {"rating": Decimal("4.5"), "tags": ["vip", "email"], "deep": {"score": 7}},
    "evidence": None,
}


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "properties.rating >= 4",
        "properties.rating == 4.5 && quantity > 1",
        "'vip' in properties.tags",
        "properties.tags.exists(tag, tag.startsWith('em'))",
        "has(properties.deep.score) && properties.deep.score == 7",
        "value == null && subject.matches('^T-')",
        "properties.tags.exists(x, x == 'a.exists(y, y)') || true",
    ],
)
def test_what_holds_of_the_event(condition: str) -> None:
    assert holds(condition, EVENT) is True


@pytest.mark.parametrize(
    "condition",
    [
        "properties.all(name, name != 'none')",
        "size(properties) == 3",
        "'tags' in properties && properties.rating > 4",
        "[properties].exists(one, one.rating == 4.5) && has(properties.deep)",
        "properties['rating'] == 4.5 && properties.deep.score == 7",
        "properties.exists // of all names\n (type, type == 'tags')",
        "properties . exists (type, type == 'tags')",
        "properties == properties && has(properties.tags)",
    ],
)
def test_a_condition_sees_all_properties_that_it_looks_at_in_whatever_way(condition: str) -> None:
    assert holds(condition, EVENT) is True


def test_a_condition_is_handed_no_property_that_it_does_not_name() -> None:
    class Watched(dict[str, Any]):
        def __iter__(self) -> Any:
            raise AssertionError("All properties are gone through.")

        items = values = keys = __iter__

    event = EVENT | {"properties": Watched(EVENT["properties"])}
    assert holds("properties.rating > 4 && properties.deep.score == 7 && !has(properties.colour)", event)


def test_what_is_no_cel_is_refused_with_line_and_column() -> None:
    with pytest.raises(ConditionError, match="Line 2, column 10"):
        compile_condition("true &&\nrating >=")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("quantity >", "Line 1, column 11: the condition ends too early."),
        ("(quantity > 1", 'Line 1, column 14: ")" is missing here.'),
        ("quantity >= && 4", 'Line 1, column 13: "&&" can\'t stand here.'),
        ("quantity = 4", 'Line 1, column 10: "=" can\'t stand here.'),
        ("quantity and value", 'Line 1, column 10: "and" can\'t stand here.'),
    ],
)
def test_what_is_wrong_is_said_in_a_few_words(condition: str, said: str) -> None:
    with pytest.raises(ConditionError) as caught:
        compile_condition(condition)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "condition",
    [
        "properties . exists (x, x == 'tags')",
        "properties.\n  exists(\n  x, x == 'tags')",
        "properties. // of all names\n exists(x, x == 'tags')",
    ],
)
def test_a_macro_s_own_name_is_known_however_it_is_spaced(condition: str) -> None:
    assert holds(condition, EVENT) is True


def test_a_name_that_only_a_string_binds_is_unknown() -> None:
    with pytest.raises(ConditionError, match="colour is unknown here"):
        compile_condition("subject == '.all(colour, true)' || colour > 1")


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ConditionError, match=r"rating is unknown here\. A condition may use evidence, properties"):
        compile_condition("rating >= 4")


def test_a_condition_is_bounded_in_length() -> None:
    with pytest.raises(ConditionError, match="at most 4096 characters"):
        compile_condition("true" + " && true" * 600)


@pytest.mark.parametrize(
    "condition",
    [
        "properties.a.exists(x, properties.b.exists(y, x == y))",
        "properties.a.all(x, (x > 0) && size(properties.b.filter(y, y > x)) > 1)",
        "properties.a . exists (x, properties.b . exists (x, x > 1))",
        "properties.a.exists(x, properties.b. // one by one\n exists(x, x > 1))",
        "r'\\' == '' || properties.a.exists(x, properties.b.exists(x, x != ''))",
        '"""a"b""" == \'\' || properties.a.exists(x, properties.b.exists(x, x != \'\'))',
    ],
)
def test_a_condition_is_bounded_in_cost(condition: str) -> None:
    with pytest.raises(ConditionError, match="not through a list for each member of a list"):
        compile_condition(condition)


def test_two_loops_one_after_the_other_are_fine() -> None:
    compile_condition("properties.a.exists(x, x > 1) && properties.b.all(y, y > 1)")


@pytest.mark.parametrize("body", ["properties.a", "[x, x]", "{'a': x}", "x + properties.b", "-[x][0]"])
def test_what_map_makes_of_a_member_is_bounded_in_size(body: str) -> None:
    with pytest.raises(ConditionError, match="no properties, lists or maps"):
        compile_condition(f"size(properties.a.map(x, {body})) > 1")


def test_what_map_makes_of_a_member_may_be_a_part_of_it() -> None:
    items = {"items": [{"price": 2, "sizes": [1, 3]}, {"price": 7, "sizes": [2, 2]}]}
    assert holds("7 in properties.items.map(item, item.price)", EVENT | {"properties": items})
    assert holds("3 in properties.items.map(item, item.sizes[1])", EVENT | {"properties": items})
    assert holds("true in properties.items.map(item, item.price in [2, 3])", EVENT | {"properties": items})


def test_a_condition_adds_fifty_times_at_most() -> None:
    compile_condition("properties.a" + " + properties.a" * 50 + " > 1")
    with pytest.raises(ConditionError, match="may add 50 times; this one adds 51 times"):
        compile_condition("properties.a" + " + properties.a" * 51 + " > 1")


@pytest.mark.parametrize(
    "condition",
    [
        "size(properties.a.filter(x, x > 0)) > 0",
        "size(properties.a.map(x, x + 1)) > 0",
        "properties.a.exists(x, x == properties.b)",
    ],
)
def test_where_each_member_of_a_list_costs_as_much_as_all_it_has_two_hundred_at_most(condition: str) -> None:
    assert holds(condition, EVENT | {"properties": {"a": [1] * 200, "b": 1}})
    with pytest.raises(ConditionError, match="lists of up to 200, not 201 members"):
        holds(condition, EVENT | {"properties": {"a": [1] * 201, "b": 1}})


def test_a_list_of_any_length_is_gone_through_where_a_member_costs_only_itself() -> None:
    assert holds("properties.a.all(x, x > 0)", EVENT | {"properties": {"a": [1] * 5000}})


@pytest.mark.parametrize("nest", ["(" * 2000 + "true" + ")" * 2000, "[" * 2000 + "]" * 2000, "!" * 4000 + "true"])
def test_deep_nesting_is_compiled_or_refused_and_breaks_nothing(nest: str) -> None:
    with suppress(ConditionError):
        compile_condition(nest)
    assert holds("1 < 2", EVENT)


def test_a_missing_property_can_not_be_judged_and_is_named_by_its_path() -> None:
    with pytest.raises(ConditionError) as caught:
        holds("properties.deep.colour == 'red'", EVENT)
    assert caught.value.path == "properties.deep.colour"


def test_a_path_is_told_as_far_as_it_can_be_stored() -> None:
    with pytest.raises(ConditionError) as caught:
        holds("properties[properties.kind] == 1", EVENT | {"properties": {"kind": "k" * 300}})
    assert caught.value.path == "k" * 255


@pytest.mark.parametrize("condition", [r"properties['\000'] == 1", r"'a'.matches('\000[')"])
def test_what_is_said_of_a_condition_has_no_character_nul(condition: str) -> None:
    with pytest.raises(ConditionError) as caught:
        holds(condition, EVENT)
    assert "\0" not in f"{caught.value}{caught.value.path}"


@pytest.mark.parametrize(
    "condition",
    ["properties.rating", "1 / 0 == 1", "subject > 3", "properties.tags[2] == 'a'", "properties.tags[-1] == 'a'"],
)
def test_what_gives_no_true_or_false_can_not_be_judged(condition: str) -> None:
    with pytest.raises(ConditionError):
        holds(condition, EVENT)


SPACES = count(1)
LIKE = [True, 1, Decimal(1), Decimal("1.0"), "1", False, 0, Decimal(0), Decimal("-0"), "", None, "x" * 1_000, ["1"], {}]


@pytest.mark.parametrize(
    "condition", ["properties.a == true", "properties.a == 1", "properties.a > 0.5", "1.0 / properties.a > 0.0"]
)
def test_an_answer_is_that_of_the_values_whatever_was_asked_before(condition: str) -> None:
    """Of values that are equal to Python and not to CEL, in two orders, beside what each gives when asked first."""
    alone = [_alone(condition, value) for value in LIKE]
    assert [_answer(condition, value) for value in LIKE] == alone
    assert [_answer(condition, value) for value in reversed(LIKE)] == alone[::-1]


def _answer(condition: str, value: Any) -> bool | str:
    try:
        return holds(condition, {"properties": {"a": value}})
    except ConditionError as error:
        return str(error)


def _alone(condition: str, value: Any) -> bool | str:
    """The answer of a condition that nobody asked before: spaces make it another one."""
    return _answer(condition + " " * next(SPACES), value)


def test_members_that_are_missing_stay_missing() -> None:
    assert holds("!has(properties.a) || properties.a == 1", {"properties": {"b": 1}})
    assert holds("!has(properties.a) || properties.a == 1", {"properties": {"a": 1}})
    assert not holds("!has(properties.a) || properties.a == 1", {"properties": {"a": None}})
