"""What only a real socket shows: bodies in chunks, and ids in paths as a client writes them."""

import gzip
import json
from urllib.parse import quote

import pytest

from tests.api.client import Api
from tests.api.wire import exchange
from tests.cast import ticket

JSON = {"Content-Type": "application/json"}
TWO_MEBIBYTES = 2 * 1024 * 1024
LONGEST = "\U0001f3ab" * 255


def test_a_chunked_body_is_read_though_it_names_no_length(site: str, shop: Api) -> None:
    text = json.dumps([ticket("1")]).encode()
    chunks = iter([text[:20], text[20:40], text[40:]])
    status, body = exchange(site, shop, "POST", "/events", chunks, headers=JSON)
    assert (status, body["accepted"]) == (200, 1)


def test_a_chunked_body_is_counted_as_it_comes_and_too_large_beyond_two_mebibytes(site: str, desk: Api) -> None:
    text = json.dumps([ticket("large")]).encode()
    for size, expected in ((TWO_MEBIBYTES, 200), (TWO_MEBIBYTES + 1, 413)):
        padded = text.ljust(size)
        chunks = iter([padded[:1_000_000], padded[1_000_000:]])
        assert exchange(site, desk, "POST", "/events", chunks, headers=JSON)[0] == expected


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson"])
def test_a_packed_body_is_a_415_and_no_line_that_is_rejected(site: str, shop: Api, media: str) -> None:
    packed = gzip.compress(json.dumps(ticket("1")).encode())
    status, problem = exchange(
        site, shop, "POST", "/events", packed, headers={"Content-Type": media, "Content-Encoding": "gzip"}
    )
    assert status == 415
    assert "gzip" in problem["detail"]


def test_a_packed_body_is_a_415_wherever_one_is_sent(site: str, shop: Api) -> None:
    packed = gzip.compress(b"{}")
    assert exchange(site, shop, "POST", "/customers", packed, headers=JSON | {"Content-Encoding": "gzip"})[0] == 415


def test_who_says_that_his_body_is_not_packed_is_heard(site: str, shop: Api) -> None:
    said = JSON | {"Content-Encoding": "Identity"}
    assert exchange(site, shop, "POST", "/events", json.dumps(ticket("1")), headers=said)[0] == 200


def test_an_idempotency_key_that_is_not_ascii_is_refused_and_not_passed_over(site: str, shop: Api) -> None:
    """Passed over, a second try would do the same again."""
    told = JSON | {"Idempotency-Key": "ключ".encode().decode("latin-1")}
    status, problem = exchange(site, shop, "POST", "/customers", json.dumps({}), headers=told)
    assert (status, problem["errors"][0]["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    "id",
    [
        *("a/b", "/a", "a/", "//", "/", "a//b"),
        *(".", "..", "../customers", "a/../b", "./a", "%2e%2e"),
        *("?", "a?b=c", "#a", "%", "%2F", "100%", "a%00"),
        *("a b", " ", " a ", "a+b", ";a", "a;b=c", "a&b", "'\"<>\\", "~"),
        *("Ä", "e\u0301", "ticket \U0001f3ab", "العربية", LONGEST, "x" * 255),
        *("reconcile", "replay", "quarantine"),
    ],
)
def test_every_id_that_may_be_sent_can_be_asked_for(site: str, desk: Api, id: str) -> None:
    assert desk.events(ticket(id, subject="T-1")).json()["accepted"] == 1
    status, body = exchange(site, desk, "GET", f"/events/{quote(id, safe='')}")
    assert (status, body.get("event", {}).get("id")) == (200, id)
