"""POST /events, whatever is sent: never a fault of ours, never half a batch, and the same again is a repeat.

Each example's ids are new, so that it meets nothing of the examples before.
"""

import json
from collections import Counter
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.events.models import Event
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.cast import new_vendor, ticket
from tests.fuzz.effort import effort
from tests.fuzz.hostile import Object, encode, names, nested, spoilt, values

JSON, NDJSON = "application/json", "application/x-ndjson"
CLOUD, CLOUDS = "application/cloudevents+json", "application/cloudevents-batch+json"
_number = count()


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Api:
    with django_db_blocker.unblock():
        vendor = new_vendor()
        vendor.customer()
        vendor.definition(condition="!has(properties.rating) || properties.rating > 3", dimension="properties.channel")
    return Api(vendor.api_key, vendor)


fields = st.sampled_from(["type", "customer", "subject", "time", "quantity", "value", "properties", "evidence"])
properties = st.fixed_dictionaries({"properties": st.dictionaries(names, values, max_size=3)})
changes = st.one_of(
    st.just({}), st.dictionaries(fields, values, max_size=2), st.dictionaries(names, values, max_size=1), properties
)


@st.composite
def item(draw: st.DrawFn) -> Any:
    """An event with a short id: as it should be, or with some fields of it changed, or named twice; else anything."""
    if draw(st.integers(0, 9)) == 0:
        return draw(values)
    event = ticket(draw(st.sampled_from("abcdef"))) | draw(changes)
    if draw(st.integers(0, 9)) == 0:
        return Object([*event.items(), (draw(fields), draw(values))])
    return event


def as_cloud(one: Any) -> Any:
    """The event as CloudEvents have it; what is none stays as it is."""
    if not isinstance(one, dict):
        return one
    event = dict(one)
    data = {"data": event.pop("properties")} if "properties" in event else {}
    return {"specversion": "1.0", "source": "fuzz", **event, **data}


def named(items: Any, prefix: str) -> Any:
    """The same with ids that were never sent before."""
    if isinstance(items, list):
        return [named(one, prefix) for one in items]
    if isinstance(items, dict) and isinstance(items.get("id"), str) and len(items["id"]) == 1:
        return items | {"id": prefix + items["id"]}
    if isinstance(items, Object):
        return Object(
            [
                (name, prefix + value if name == "id" and value in list("abcdef") else value)
                for name, value in items.pairs
            ]
        )
    return items


def stored(api: Api) -> set[str]:
    assert api.vendor
    with scope(api.vendor.tenant.pk):
        return set(Event.objects.values_list("external_id", flat=True))


def check(api: Api, body: bytes, media: str, atomic: bool) -> None:
    """Send it twice, and see that each time is answered and stored by the rules."""
    query = {"atomic": "true"} if atomic else {}
    before = stored(api)
    first = api.events(body, media=media, query=query)
    between = stored(api)
    second = api.events(body, media=media, query=query)
    assert first.status_code < 500, (media, body, first.content)
    assert second.status_code == first.status_code, (media, body, first.content, second.content)
    assert stored(api) == between, (media, body)
    if first.status_code != 200:
        assert first["Content-Type"] == "application/problem+json"
        assert json.loads(first.content)["status"] == first.status_code
        assert between == before, (media, body, first.content)
        return
    told, again = json.loads(first.content), json.loads(second.content)
    new = {one["id"] for one in told["results"] if one["status"] in ("accepted", "quarantined")} - before
    assert between - before == new, (media, body, told)
    statuses = Counter(one["status"] for one in told["results"])
    assert {status: number for status, number in told.items() if status != "results" and number} == statuses
    assert not atomic or not statuses["rejected"] + statuses["conflict"]
    for one, repeat in zip(told["results"], again["results"], strict=True):
        expected = "duplicate" if one["status"] == "accepted" else one["status"]
        assert (repeat["status"], repeat["outcome"]) == (expected, one["outcome"]), (media, body, one, repeat)


@effort(25)
@given(items=st.lists(item(), max_size=6), media=st.sampled_from([JSON, NDJSON, CLOUDS]), atomic=st.booleans())
def test_of_any_batch_exactly_what_was_accepted_is_stored(
    shop: Api, items: list[Any], media: str, atomic: bool
) -> None:
    own = named(items, f"{next(_number)}-")
    if media == NDJSON:
        check(shop, b"\n".join(encode(one).replace(b"\n", b" ") for one in own), media, atomic)
    else:
        check(shop, encode([as_cloud(one) for one in own] if media == CLOUDS else own), media, atomic)


@effort(20)
@given(one=item(), media=st.sampled_from([JSON, CLOUD]))
def test_any_lone_event_is_stored_or_it_is_not(shop: Api, one: Any, media: str) -> None:
    own = named(one, f"{next(_number)}-")
    body = encode(as_cloud(own) if media == CLOUD else own)
    first = shop.events(body, media=media)
    assert first.status_code < 500, (body, first.content)
    again = shop.events(body, media=media)
    assert again.status_code == first.status_code, (body, first.content, again.content)


VALID = encode(
    [ticket("@a", properties={"rating": 5}, quantity="1.5", time=None), ticket("@b", evidence="https://x.example/")]
)


@effort(20)
@given(body=spoilt(VALID), media=st.sampled_from([JSON, NDJSON, CLOUDS, "text/plain", ""]), atomic=st.booleans())
def test_valid_bytes_that_were_damaged_are_no_fault_of_ours(shop: Api, body: bytes, media: str, atomic: bool) -> None:
    check(shop, body.replace(b"@", b"%d-" % next(_number)), media, atomic)


BOMBS = [
    b"",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbf[]",
    b"\xff\xfe[\0]\0",
    b"[]",
    b"{}",
    b"[[]]",
    b"null",
    b"NaN",
    b'"',
    b"[" * 2_000_000,
]
BOMBS += [encode(nested(depth)) for depth in (500, 1_000, 5_000, 1_000_000)]
BOMBS += [
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'"' + b"a" * 2_000_000 + b'"',
    b"9" * 2_000_000,
    b"\n" * 2_000_000,
]
BOMBS += [b"[" + b"{}," * 1_500 + b"{}]", b"{}\n" * 1_001, b"\n".join([b'{"id":"x"'] * 900)]


@pytest.mark.parametrize("number", range(len(BOMBS)))
@pytest.mark.parametrize("media", [JSON, NDJSON, CLOUD, CLOUDS])
def test_bombs_do_not_go_off(shop: Api, number: int, media: str) -> None:
    check(shop, BOMBS[number], media, atomic=False)


@pytest.mark.parametrize("media", [JSON, NDJSON])
def test_of_a_name_that_stands_twice_the_last_counts(shop: Api, media: str) -> None:
    own = f"{next(_number)}-twice"
    body = encode(Object([("id", "other"), *ticket(own, quantity="1").items(), ("quantity", "2")]))
    assert json.loads(shop.events(body, media=media).content)["results"][0]["id"] == own
    assert shop.get(f"/events/{own}").json()["outcome"]["quantity"] == "2"
    assert "other" not in stored(shop)
