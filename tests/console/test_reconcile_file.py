"""Files of ids and of daily counts, as people make them: what is read of them, and what is said of the others."""

import re
from datetime import date

import pytest

from apps.console import reconcile_file
from apps.console.reconcile_file import Told, Unreadable, read_file

COUNTS = Told(counts={date(2026, 11, 1): 412, date(2026, 11, 2): 0})


@pytest.mark.parametrize(
    "content",
    [
        b"a\nb\n",
        b"a\r\nb",
        b"\n a \n\nb\n\n",
        b"id\na\nb\n",
        b"\xef\xbb\xbfid\na\nb\n",
        "id\na\nb\n".encode("utf-16"),
        b"number,id\n1,a\n2,b\n",
        b"number;id\n1;a\n2;b\n",
        b"number\tid\n1\ta\n2\tb\n",
        b'id,text\na,"two\nlines"\n"b",x\n',
        b'{"id": "a", "type": "x"}\n{"id": "b"}\n',
    ],
)
def test_ids_are_read_from_csv_from_ndjson_and_from_lists(content: bytes) -> None:
    assert read_file(content) == Told(ids=["a", "b"])


def test_ids_that_are_numbers_are_text() -> None:
    assert read_file(b'{"id": 17}\n{"id": "018"}').ids == ["17", "018"]
    assert read_file(b"id\n17\n018").ids == ["17", "018"]


def test_another_column_can_hold_the_ids() -> None:
    assert read_file(b"id,ticket\n1,a\n2,b\n", "ticket") == Told(ids=["a", "b"])
    assert read_file(b'{"id": 1, "ticket": "a"}', "ticket") == Told(ids=["a"])
    assert read_file(b"ticket\na\nb\n", "ticket") == Told(ids=["a", "b"])


@pytest.mark.parametrize(
    "content",
    [
        b"day,count\n2026-11-01,412\n2026-11-02,0\n",
        b"count;day;note\n412;2026-11-01;x\n0;2026-11-02;y\n",
        b'{"day": "2026-11-01", "count": 412}\n{"day": "2026-11-02", "count": "0"}\n',
    ],
)
def test_counts_are_read_by_day(content: bytes) -> None:
    assert read_file(content) == COUNTS


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf \n\n", "The file is empty"),
        (b"id\n", "nothing below"),
        (b"id\nM\xfcller\n", "Line 2 is not UTF-8. Save the file as “CSV UTF-8”"),
        (b"ticket,created\na,b\n", "The first line names the columns ticket, created."),
        (b"id,x\na\n", "Line 2 has 1 cells, and there should be 2."),
        (b'id,x\n"a,b\n', "can't be read as CSV"),
        (b"id,x\n,b\n", "Line 2 has no id."),
        (b"id\na\0\n", "Line 2 has no id such as events have"),
        (b"a" * 256, "Line 1 has no id such as events have"),
        (b'{"id": "a"}\n{"id": \n', "Line 2 is not JSON"),
        (b'{"id": "a"}\n["b"]\n', "Line 2 is no JSON object"),
        (b'{"id": "a"}\n{"key": "b"}\n', "Line 2 has no id."),
        (b'{"id": null}\n', "Line 1 has no id."),
        (b"day,count\n2026-11-31,1\n", "Line 2: '2026-11-31' is no day"),
        (b"day,count\n2026-W45-1,1\n", "Line 2: '2026-W45-1' is no day"),
        (b"day,count\n1.11.2026,1\n", "Line 2: '1.11.2026' is no day"),
        (b"day,count\n2026-11-01,many\n", "Line 2: 'many' is no count"),
        (b"day,count\n2026-11-01,-1\n", "Line 2: '-1' is no count"),
        (b"day,count\n2026-11-01,1\n2026-11-01,2\n", "Line 3: 2026-11-01 stands in the file twice."),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(content: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(said)):
        read_file(content)


def test_a_column_that_is_not_there_is_said_with_those_that_are() -> None:
    with pytest.raises(Unreadable, match="names the columns id, ticket"):
        read_file(b"id,ticket\n1,a\n", "tickets")


def test_more_ids_than_can_be_compared_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile_file, "MOST_IDS", 2)
    assert read_file(b"a\nb").ids == ["a", "b"]
    with pytest.raises(Unreadable, match="The file has 3 ids, and 2 can be compared at once"):
        read_file(b"a\nb\nc")
