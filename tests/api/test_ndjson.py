"""`POST /events` with newline-delimited JSON: an array, one item to a line, whose bad lines are rejected items."""

import json
from typing import Any

import pytest

from tests.api.answers import NOTHING, lines, reasons, statuses, stored
from tests.api.client import Api
from tests.cast import ticket

NDJSON = "application/x-ndjson"
MARK = b"\xef\xbb\xbf"


def sent(shop: Api, body: bytes, **options: Any) -> Any:
    return shop.events(body, media=NDJSON, **options)


def test_a_bad_line_is_a_rejected_item_at_its_place(shop: Api) -> None:
    answer = sent(shop, lines(ticket("1"), b"{not json", b"\xff", b"[" * 5_000, ticket("2")))
    assert statuses(answer) == ["accepted", "rejected", "rejected", "rejected", "accepted"]
    assert reasons(answer)[1:4] == [("invalid_json", None)] * 3


def test_empty_lines_are_no_items_and_count_for_no_index(shop: Api) -> None:
    assert statuses(sent(shop, lines(b"", ticket("1"), b"", b"  \t", ticket("2"), b"", b""))) == ["accepted"] * 2


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n", b" \n"])
def test_lines_may_end_as_they_do_anywhere(shop: Api, end: bytes) -> None:
    assert statuses(sent(shop, lines(ticket("1"), ticket("2"), b"", end=end))) == ["accepted"] * 2


def test_the_last_line_needs_no_end(shop: Api) -> None:
    assert statuses(sent(shop, lines(ticket("1"), ticket("2")))) == ["accepted"] * 2


def test_two_events_on_one_line_are_a_bad_line(shop: Api) -> None:
    assert reasons(sent(shop, lines(ticket("1"), ticket("2"), end=b" "))) == [("invalid_json", None)]
    assert stored(shop) == set()


def test_a_line_that_is_an_array_is_no_event(shop: Api) -> None:
    assert reasons(sent(shop, json.dumps([ticket("1")]).encode())) == [("not_an_object", None)]


def test_a_byte_order_mark_is_no_part_of_the_first_line(shop: Api) -> None:
    assert statuses(sent(shop, MARK + lines(ticket("1"), ticket("2")))) == ["accepted"] * 2


def test_a_byte_order_mark_is_no_part_of_json_either(shop: Api) -> None:
    assert statuses(shop.events(MARK + json.dumps(ticket("1")).encode())) == ["accepted"]


def test_one_line_is_a_batch_and_never_a_lone_event(shop: Api) -> None:
    sent(shop, lines(ticket("1")))
    assert statuses(sent(shop, lines(ticket("2", quantity=0.5)))) == ["rejected"]
    assert statuses(sent(shop, lines(ticket("1", subject="another")))) == ["conflict"]


def test_without_a_line_all_is_zero(shop: Api) -> None:
    assert sent(shop, b"\n\r\n").json() == NOTHING


def test_an_atomic_one_is_stored_whole_or_not_at_all(shop: Api) -> None:
    answer = sent(shop, lines(ticket("1"), b"{"), query={"atomic": "true"})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["index"], error["field"], error["code"]) == (1, None, "invalid_json")
    assert stored(shop) == set()


def test_a_thousand_lines_are_a_batch_and_one_more_is_too_many(shop: Api) -> None:
    batch = [ticket(str(n), type="ticket.opened") for n in range(1_000)]
    assert sent(shop, lines(*batch, ticket("1000"))).status_code == 413
    assert stored(shop) == set()
    assert sent(shop, lines(*batch, b"", b"")).json()["quarantined"] == 1_000


@pytest.mark.parametrize(
    "media",
    ["application/x-ndjson; charset=utf-8", "application/x-ndjson;q=1", "Application/X-NDJSON", "application/jsonl"],
)
def test_parameters_case_and_the_other_name_of_the_media_type_change_nothing(shop: Api, media: str) -> None:
    assert statuses(shop.events(lines(ticket("1"), ticket("2")), media=media)) == ["accepted"] * 2
