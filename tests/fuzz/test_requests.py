"""Every other call of the API, with bodies, queries and paths that nobody should send: never a fault of ours."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api.reference import openapi
from tests.api.client import ROOT, Api, narrow
from tests.cast import Vendor
from tests.fuzz.effort import effort
from tests.fuzz.hostile import WORDS, encode, names, spoilt, texts, values
from tests.fuzz.test_schema import real
from tests.house.people import House, open_house, undone


def bodies() -> dict[str, Any]:
    """The example of every call that takes a JSON body; an empty object where the document has none."""
    found = {}
    for path, operations in openapi()["paths"].items():
        for method in {"post", "patch"} & set(operations):
            content = operations[method].get("requestBody", {}).get("content", {})
            example = content.get("application/json", {}).get("schema", {}).get("example", {})
            found[f"{method} {path.removeprefix(ROOT)}"] = example
    return found


BODIES = bodies()
LISTS = [path.removeprefix(ROOT) for path, operations in openapi()["paths"].items() if "get" in operations]


@pytest.fixture(scope="module")
def house(django_db_setup: None, django_db_blocker: Any) -> House:
    with django_db_blocker.unblock():
        return open_house()


def answered(house: House, method: str, path: str, body: bytes = b"", **options: Any) -> None:
    with undone():
        answer = Api(house.northwind.api_key).send(method, path, body, **options)
    assert answer.status_code < 500, (method, path, body, options, answer.content)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert json.loads(answer.content)["status"] == answer.status_code


def there(label: str, house: House) -> str:
    """The path of "post /plans/{code}" with something that is there."""
    return label.partition(" ")[2].format(**real(label, house))


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """The value with something within it replaced, or a field more."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 5)) == 0:
        return draw(values)
    if isinstance(value, list):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(changed(value[at])), *value[at + 1 :]]
    name = draw(st.one_of(st.sampled_from(sorted(value)), names))
    return value | {name: draw(changed(value.get(name)))}


@pytest.mark.parametrize("label", BODIES)
@effort(5)
@given(data=st.data())
def test_any_body_is_answered_below_500(house: House, label: str, data: st.DataObject) -> None:
    example = BODIES[label]
    once = data.draw(st.one_of(changed(example), values))
    body = encode(data.draw(changed(once)) if data.draw(st.booleans()) else once)
    if data.draw(st.integers(0, 4)) == 0:
        body = data.draw(spoilt(encode(example)))
    answered(house, label.partition(" ")[0], there(label, house), body)


@pytest.mark.parametrize("path", LISTS)
@effort(3)
@given(data=st.data())
def test_any_query_is_answered_below_500(house: House, path: str, data: st.DataObject) -> None:
    named = [
        one["name"] for one in openapi()["paths"][ROOT + path]["get"].get("parameters", []) if one["in"] == "query"
    ]
    sent = data.draw(st.dictionaries(st.sampled_from([*named, "limit", "x"]), texts, max_size=4))
    query = {name: value for name, value in sent.items() if len(value) < 5_000}
    clean = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    answered(house, "get", there(f"get {path}", house), query=clean)


@pytest.mark.parametrize("path", [path for path in LISTS if "{" in path])
@effort(4)
@given(
    word=st.one_of(st.sampled_from(WORDS), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8))
)
def test_any_path_is_answered_below_500(house: House, path: str, word: str) -> None:
    sendable = quote(word.encode("utf-8", "replace")[:200], safe="") or "-"
    answered(house, "get", path.replace("{", "\0").split("\0")[0] + sendable + path.partition("}")[2].split("{")[0])


@effort(40)
@given(key=st.one_of(texts, texts.map(lambda text: f"cf_{text}"), texts.map(lambda text: f"cf_northwind_{text}")))
def test_a_key_is_any_text(key: str) -> None:
    sendable = key.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    assert Api(sendable or "-").get("/events").status_code == 401


@effort(20)
@given(key=texts)
def test_an_idempotency_key_is_any_text(house: House, key: str) -> None:
    sendable = key.encode("ascii", "replace").decode().replace("\r", "").replace("\n", "")
    answered(house, "post", "/customers", b"{}", idempotency_key=sendable)


def test_a_path_of_two_lines_is_an_unknown_one(house: House) -> None:
    answered(house, "get", "/coupons/%0A")


def test_a_slug_may_be_any_text(northwind: Vendor) -> None:
    for key in ("cf_\0_x", f"cf_{northwind.tenant.slug}_\0", "cf_é_x"):
        assert Api(key).get("/events").status_code == 401
    assert narrow(northwind, "read").get("/events").status_code == 200
