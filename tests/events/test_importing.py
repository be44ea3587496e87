"""What a file says: its lines, cut into portions and read as events, each refused alone where it is none."""

import gzip
import io
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.events.importing import lines
from apps.events.importing.lines import LONGEST, Portion, Unreadable, lines_of, unzipped
from apps.events.importing.portions import format_of, portions_of
from apps.events.message import Message, Rejection
from tests.cast import instant

AT = instant("2026-11-05 10:00")
HEAD = "id,type,customer,subject,time,quantity,properties.rating"
ROW = "e1,ticket.resolved,halden,T-1,2026-11-05T09:00:00Z,2,5"


def portions(content: str | bytes, format: str = "csv") -> list[Portion]:
    return list(portions_of(_stream(content), format)[1])


def items(content: str | bytes, format: str = "csv") -> list[tuple[int, Message | Rejection]]:
    """Every item with its line."""
    how, found = portions_of(_stream(content), format)
    return [item for portion in found for item in how.items(portion, at=AT)]


def _stream(content: str | bytes) -> io.BufferedReader:
    data = content.encode() if isinstance(content, str) else content
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]


def message(content: str) -> Message:
    [(_, found)] = items(content)
    assert isinstance(found, Message), found
    return found


def properties(head: str, row: str) -> dict[str, Any]:
    return message(f"id,type,customer,{head}\ne1,t,halden,{row}\n").properties


def refusals(content: str | bytes, format: str = "csv") -> list[tuple[int, str]]:
    """(line, reason) of what is no event."""
    return [(line, one.reason) for line, one in items(content, format) if isinstance(one, Rejection)]


# Rows


def test_a_row_is_the_event_that_it_would_be_in_json() -> None:
    found = message(f"{HEAD}\n{ROW}\n")
    assert (found.external_id, found.type, found.customer, found.subject) == ("e1", "ticket.resolved", "halden", "T-1")
    assert (found.time, found.quantity, found.value) == (instant("2026-11-05 09:00"), Decimal(2), None)
    assert found.properties == {"rating": 5}


def test_an_empty_cell_is_a_field_that_is_not_there() -> None:
    found = message(f"{HEAD}\ne1,ticket.resolved,halden,,,,\n")
    assert (found.subject, found.time, found.quantity, found.properties) == (None, None, 1, {})


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_columns_may_be_apart_by_comma_semicolon_tab_or_bar(delimiter: str) -> None:
    assert message(f"{HEAD}\n{ROW}\n".replace(",", delimiter)) == message(f"{HEAD}\n{ROW}\n")


def test_columns_stand_in_any_order() -> None:
    assert message("customer,id,type\nhalden,e1,ticket.resolved\n").customer == "halden"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("5", 5),
        ("-4.50", Decimal("-4.50")),
        ("1e3", Decimal("1e3")),
        ("true", True),
        ("false", False),
        ("null", None),
        ("email", "email"),
        ("007", "007"),
        ("+5", "+5"),
        ("1,5", "1,5"),
        ("True", "True"),
        ('"5"', "5"),
        ('"', '"'),
        ("{}", "{}"),
        (" 5", " 5"),
        ("٥", "٥"),
    ],
)
def test_a_property_is_what_json_would_read_or_else_text(cell: str, value: Any) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    assert properties("properties.rating", quoted) == {"rating": value}


def test_a_property_whose_column_says_text_is_text() -> None:
    assert properties("properties.zip:text", "97201") == {"zip": "97201"}


def test_a_property_may_lie_deeper() -> None:
    found = properties("properties.address.city,properties.address.zip", "Portland,97201")
    assert found == {"address": {"city": "Portland", "zip": 97201}}


def test_all_properties_may_stand_in_one_column_as_json() -> None:
    assert properties("properties", '"{""rating"": 4.5}"') == {"rating": Decimal("4.5")}


@pytest.mark.parametrize(("cell", "reason"), [("{", "invalid_json"), ("[1]", "wrong_type"), ("5", "wrong_type")])
def test_a_properties_cell_that_is_no_json_object_is_refused(cell: str, reason: str) -> None:
    assert refusals(f"id,type,customer,properties\ne1,t,halden,{cell}\n") == [(2, reason)]


def test_a_row_is_read_as_strictly_as_the_api_does() -> None:
    content = "\n".join([HEAD, "e1,t,no such!,,,,", "e2,t,halden,,yesterday,,", "e3,t,halden,,,-1,"])
    assert refusals(content) == [(2, "invalid"), (3, "invalid_time"), (4, "out_of_range")]


# Lines


def test_a_cell_in_quotes_may_have_several_lines_and_the_row_is_named_by_its_first() -> None:
    content = f'{HEAD}\ne1,t,halden,,,,"two\nlines"\n\ne2,t,no such!,,,,\n'
    [(first, one), (second, other)] = items(content)
    assert isinstance(one, Message)
    assert one.properties == {"rating": "two\nlines"}
    assert (first, second, isinstance(other, Rejection)) == (2, 5, True)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_lines_end_as_they_like_and_the_last_need_not(end: str, last: str) -> None:
    content = f"{HEAD}{end}{ROW}{end}{end}{ROW.replace('e1', 'e2')}{end if last else ''}"
    assert [(line, one.external_id) for line, one in items(content)] == [(2, "e1"), (4, "e2")]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert message(f"\ufeff{HEAD}\n{ROW}\n").external_id == "e1"
    assert refusals('\ufeff{"id": "e1", "type": "t", "customer": "halden"}\n', "ndjson") == []


def test_a_row_that_is_not_utf8_is_refused_with_its_line_and_its_neighbours_are_not() -> None:
    bad = ROW.encode() + b"\xff"
    assert refusals(f"{HEAD}\n{ROW}\n".encode() + bad + f"\n{ROW}\n".encode()) == [(3, "invalid_encoding")]


@pytest.mark.parametrize("row", ["e1,t,halden", ROW + ",more"])
def test_a_row_of_more_or_fewer_cells_than_columns_is_refused(row: str) -> None:
    assert refusals(f"{HEAD}\n{row}\n{ROW}\n") == [(2, "wrong_number_of_cells")]


def test_broken_quotes_cost_their_row_and_no_other() -> None:
    assert refusals(f'{HEAD}\n"e0"x,t,halden,,,,\n{ROW}\n') == [(2, "invalid_csv")]


def test_a_quote_that_nobody_closes_is_refused_where_it_begins() -> None:
    assert refusals(f'{HEAD}\n{ROW}\ne2,"t,halden,,,,\n{ROW}\n') == [(3, "invalid_csv")]


def test_a_line_that_is_too_long_is_refused_and_not_held() -> None:
    long = '{"id": "' + "x" * LONGEST + '"}'
    good = '{"id": "e1", "type": "t", "customer": "halden"}'
    assert refusals(f"{long}\n{good}\n", "ndjson") == [(1, "too_long")]
    assert len(portions(f"{long}{long}\n{good}\n", "ndjson")[0].content) < LONGEST + 100
    assert refusals(f"{HEAD}\n{'x' * LONGEST},t,halden,,,,\n{ROW}\n") == [(2, "too_long")]


def test_a_line_of_ndjson_that_is_no_json_is_refused_with_its_number() -> None:
    good = '{"id": "e1", "type": "t", "customer": "halden"}'
    assert refusals(f"{good}\n\n{{\n{good}\n", "ndjson") == [(3, "invalid_json")]


# Files that can't be read


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("", "empty"),
        ("name,what\n", "id, type and customer"),
        ("id,type\n", "id, type and customer"),
        ("id,type,customer,ratng\n", "Column 4 is 'ratng'"),
        ("id,type,customer,properties.\n", "Column 4"),
        ("id,type,customer,id\n", "second time"),
        ("id,type,customer,properties,properties.a\n", "hold the same property"),
        ("id,type,customer,properties.a.b,properties.a\n", "hold the same property"),
        ("id,type,customer,properties.a:text,properties.a\n", "hold the same property"),
    ],
)
def test_a_head_that_names_no_events_is_said_before_anything_is_read(head: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        portions_of(_stream(head + ROW), "csv") if head else portions_of(_stream(""), "csv")


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_utf16_is_said(format: str) -> None:
    with pytest.raises(Unreadable, match="UTF-16"):
        portions(f"{HEAD}\n".encode("utf-16"), format)


def test_gzip_is_unpacked_whatever_the_name() -> None:
    packed = gzip.compress(f"{HEAD}\n{ROW}\n".encode())
    assert list(lines_of(unzipped(_stream(packed)))) == [f"{HEAD}\n".encode(), f"{ROW}\n".encode()]


def test_gzip_that_ends_too_early_is_said() -> None:
    packed = gzip.compress(b"\n".join(b"%d" % n for n in range(10_000)))[:-20]
    with pytest.raises(Unreadable, match="ends too early"):
        list(lines_of(unzipped(_stream(packed))))


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.csv", "csv"),
        ("A.CSV.GZ", "csv"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl.gz", "ndjson"),
        ("a.json", None),
        ("-", None),
    ],
)
def test_a_name_tells_the_format(name: str, format: str | None) -> None:
    assert format_of(name) == format


# Portions


def test_a_portion_has_a_thousand_events() -> None:
    found = portions(f"{HEAD}\n" + f"{ROW}\n" * 2500)
    assert [(one.first, one.last) for one in found] == [(2, 1001), (1002, 2001), (2002, 2501)]


def test_a_portion_of_long_lines_has_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LARGEST", 1000)
    assert max(len(one.content) for one in portions(f"{HEAD}\n" + f"{ROW}\n" * 100)) < 1100


ROWS = st.lists(
    st.lists(st.text(st.sampled_from('a1;, "\n\r\u00e9'), max_size=4), min_size=1, max_size=5), min_size=1, max_size=30
)


@given(ROWS, st.integers(1, 7))
def test_however_a_csv_is_cut_its_rows_are_the_same(rows: list[list[str]], size: int) -> None:
    """Also where quotes stand wherever they like: a portion is read as the file was cut."""
    content = (HEAD + "\n" + "\n".join(",".join(row) for row in rows)).encode()
    whole = items(content)
    how, _ = portions_of(_stream(content), "csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apps.events.importing.csv_file.MAX_BATCH", size)
        cut = portions(content)
    assert b"".join(one.content for one in cut) == content.partition(b"\n")[2]
    assert [item for portion in cut for item in how.items(portion, at=AT)] == whole


VALUES = st.integers() | st.booleans() | st.none() | st.text("a5\n\"'")


@given(st.dictionaries(st.text("ab1", min_size=1), VALUES, max_size=3))
def test_a_row_says_the_same_as_the_line_of_json(values: dict[str, Any]) -> None:
    event = {"id": "e1", "type": "t", "customer": "halden", "properties": values}
    [(_, told)] = items(msgspec.json.encode(event) + b"\n", "ndjson")
    cell = msgspec.json.encode(values).decode().replace('"', '""')
    [(_, read)] = items(f'id,type,customer,properties\ne1,t,halden,"{cell}"\n')
    assert read == told
