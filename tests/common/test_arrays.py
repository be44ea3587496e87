"""Arrays written by us are read by PostgreSQL as what they hold."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.common.arrays import array
from apps.common.inserts import TYPES
from apps.common.statements import read
from apps.tenants.base import new_id

NUMBERS = st.decimals(min_value=0, max_value=Decimal(10) ** 18, places=12)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30)), timezone(timedelta(hours=14))])
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES)  # noqa: DTZ001


def read_back(kind: str, values: list[Any]) -> list[Any]:
    statement: Any = f"SELECT * FROM unnest(%b::{TYPES[kind]}[])"
    return [row[0] for row in read(statement, [array(kind, values)])]


@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=20))
def test_texts_that_differ_and_texts_that_repeat(values: list[str | None]) -> None:
    assert read_back("text", values) == values
    assert read_back("code", values * 2) == values * 2


@given(st.lists(st.none() | INSTANTS, max_size=20))
def test_instants_to_the_microsecond_in_any_zone(values: list[datetime | None]) -> None:
    assert read_back("instant", values) == values


@given(st.lists(st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)), max_size=20))
def test_days(values: list[date | None]) -> None:
    assert read_back("day", values) == values


@given(st.lists(st.none() | NUMBERS, max_size=20))
def test_numbers_keep_every_digit(values: list[Decimal | None]) -> None:
    statement = "SELECT n::numeric FROM unnest(%b::text[]) n"
    assert [row[0] for row in read(statement, [array("number", values)])] == values


def test_ids_flags_and_counts() -> None:
    ids: list[UUID | None] = [new_id(), None, new_id()]
    assert read_back("uuid", ids) == ids
    assert read_back("flag", [True, False, None]) == [True, False, None]
    assert read_back("int", [0, -1, 2**62, None]) == [0, -1, 2**62, None]


def test_an_empty_array() -> None:
    assert read_back("text", []) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(["line", "Größe", "\u2028"]), parts),
    max_leaves=10,
)


@given(st.lists(JSON.filter(lambda value: value is not None), max_size=10))
def test_json_of_any_depth(values: list[Any]) -> None:
    assert [json.loads(one) for one in read_back("json", values)] == values
