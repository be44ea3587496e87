"""What every answer has in common, whatever it is about: who may keep it, and which methods there are.

The routes are those of the table of permissions.
"""

from typing import Any

import pytest
from django.test import Client

from tests.house.people import House, open_house, undone
from tests.house.test_permissions import TABLE, Row, path_of

PRIVATE = [row for row in TABLE if row.method == "GET" and row.place in ("console", "portal", "api")]
PUBLIC = ("api/v1/schema", "api/v1/docs")
LASTING = "/logos/"
"""A picture's address is made of its content, so it may be kept by who has it."""
ODD = ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> House:
    with django_db_blocker.unblock():
        return open_house()


def client_for(row: Row, house: House) -> Client:
    return house.clients[{"console": "owner", "portal": "contact", "api": "key read"}[row.place]]


def ask(row: Row, house: House, method: str) -> Any:
    with undone():
        return client_for(row, house).generic(method, "/" + path_of(row.url, house))


@pytest.mark.parametrize("row", [row for row in PRIVATE if row.url not in PUBLIC], ids=str)
def test_no_cache_keeps_what_is_its_readers_own(house: House, row: Row) -> None:
    kept = ask(row, house, "GET")["Cache-Control"]
    assert kept.startswith("private") if LASTING in f"/{row.url}" else "no-store" in kept


@pytest.mark.parametrize("row", [row for row in PRIVATE if row.place != "api"], ids=str)
def test_a_method_that_no_page_has_is_a_405_that_names_those_that_are(house: House, row: Row) -> None:
    for method in ODD:
        answer = ask(row, house, method)
        assert (answer.status_code, "GET" in answer["Allow"]) == (405, True), method


@pytest.mark.parametrize("row", PRIVATE, ids=str)
def test_a_head_is_answered_as_a_get_without_its_body(house: House, row: Row) -> None:
    shown, asked = ask(row, house, "GET"), ask(row, house, "HEAD")
    assert (asked.status_code, asked["Content-Type"]) == (shown.status_code, shown["Content-Type"])


API = [row for row in TABLE if row.place == "api" and row.url not in PUBLIC]


@pytest.mark.parametrize("row", API, ids=str)
def test_a_parameter_that_is_unknown_is_a_422_that_names_it(house: House, row: Row) -> None:
    with undone():
        client, path = house.clients[f"key {row.audience}"], f"/{path_of(row.url, house)}?custommer=halden"
        answer = client.generic(row.method, path, b"{}", "application/json")
    assert answer.status_code == 422
    assert "custommer" in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1", "/api/v2/events"])
def test_an_address_beside_the_api_is_a_problem_document(house: House, path: str) -> None:
    answer = house.clients["key read"].get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_host_that_is_not_ours_is_a_problem_document_for_a_program(house: House) -> None:
    answer = house.clients["key read"].get("/api/v1/events", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_what_no_row_can_hold_is_a_page_that_says_what_to_do(house: House) -> None:
    answer = house.clients["owner"].get("/events", {"q": "\0"})
    assert answer.status_code == 400
    assert "Nothing was changed" in answer.content.decode()
