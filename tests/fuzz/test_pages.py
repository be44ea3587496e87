"""Every form of the console, filled in by somebody who should not be let near one: a page, and never a fault of ours.

The fields are those that the page shows; each request is taken back.
"""

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import effort
from tests.fuzz.hostile import WORDS
from tests.house.people import House, open_house, undone
from tests.house.test_permissions import TABLE, Row, path_of

FORMS = [row for row in TABLE if row.method == "POST" and row.place in ("console", "portal")]
PAGES = [row for row in TABLE if row.method == "GET" and row.place in ("console", "portal")]
FIELD = re.compile(rb'<(?:input|select|textarea|button)[^>]* name="([^"]+)"')
VALUE = re.compile(rb' value="([^"]*)"')
LONGEST = 2_000
_shown: dict[str, bytes] = {}


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> House:
    with django_db_blocker.unblock():
        return open_house()


def client_for(row: Row, house: House) -> Client:
    return house.clients["owner" if row.place == "console" else "contact"]


def page_of(row: Row, house: House) -> tuple[str, bytes]:
    """The path of a row, and what is shown there, which is looked at once."""
    path = "/" + path_of(row.url, house)
    if path not in _shown:
        _shown[path] = client_for(row, house).get(path).getvalue()
    return path, _shown[path]


@st.composite
def filled(draw: st.DrawFn, shown: bytes) -> dict[str, list[str]]:
    """Some of the page's fields, each once or twice, with what the page offers or with anything."""
    fields = sorted({name.decode() for name in FIELD.findall(shown)}) or ["do"]
    offered = sorted({value.decode() for value in VALUE.findall(shown)}) or [""]
    word = st.one_of(st.sampled_from(offered), st.sampled_from(WORDS), st.text(max_size=8)).map(sendable)
    chosen = draw(st.lists(st.sampled_from(fields), max_size=len(fields), unique=True))
    found = {name: draw(st.lists(word, min_size=1, max_size=2)) for name in chosen}
    return found | ({"confirmed": ["yes"]} if draw(st.booleans()) else {})


def sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:LONGEST]


@pytest.mark.parametrize("row", FORMS, ids=str)
@effort(3)
@given(data=st.data())
def test_any_form_is_answered_below_500(house: House, row: Row, data: st.DataObject) -> None:
    path, shown = page_of(row, house)
    form = data.draw(filled(shown))
    with undone():
        answer = client_for(row, house).post(path, form)
    assert answer.status_code < 500, (path, form)


@pytest.mark.parametrize("row", PAGES, ids=str)
@effort(2)
@given(data=st.data())
def test_any_query_of_a_page_is_answered_below_500(house: House, row: Row, data: st.DataObject) -> None:
    if "/link/" in row.url:
        return
    path, shown = page_of(row, house)
    linked = {name.decode() for name in re.findall(rb"[?;&](\w+)=", shown)} | {
        "page",
        "q",
        "after",
        "status",
        "month",
        "cursor",
    }
    query = data.draw(
        st.dictionaries(st.sampled_from(sorted(linked)), st.sampled_from(WORDS).map(sendable), max_size=3)
    )
    assert client_for(row, house).get(path.partition("?")[0], query).status_code < 500, (path, query)


def test_a_reason_that_no_row_can_hold_is_the_senders_fault(house: House) -> None:
    path = f"/invoices/{house.objects['invoices/<uuid>']}/money"
    with undone():
        answer = house.clients["owner"].post(path, {"do": "void", "reason": "\0", "confirmed": "yes"})
    assert answer.status_code == 400
