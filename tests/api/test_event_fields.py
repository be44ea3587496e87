"""Each field of an event: the last that is accepted and the first that is not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.answers import failure, reasons, statuses, stored
from tests.api.client import Api
from tests.cast import ticket


def nested(levels: int) -> Any:
    """An object of so many levels, every other one a list."""
    return {} if levels == 1 else {"in": [] if levels == 2 else [nested(levels - 2)]}


def sized(size: int, letter: str = "x") -> dict[str, str]:
    """Properties of so many bytes of JSON."""
    return {"text": letter * ((size - 11) // len(letter.encode()))}


@pytest.mark.parametrize(
    "change",
    [
        {"id": "x" * 255},
        {"id": "\U0001f3ab" * 255},
        {"id": "a id/with?all \"printable\" 'signs' \\ \u00e9\u3042"},
        {"type": "x" * 128},
        {"type": "Ticket resolved / closed"},
        {"customer": "A-z.0_9:@" + "x" * 119},
        {"subject": "x" * 255},
        {"subject": None, "time": None, "quantity": None, "value": None, "properties": None, "evidence": None},
        {"quantity": "0.000000000001"},
        {"quantity": "9" * 18 + "." + "9" * 12},
        {"quantity": 10**18 - 1},
        {"quantity": "1.50"},
        {"value": "0"},
        {"value": 0},
        {"value": "0.000000000001"},
        {"properties": {}},
        {"properties": {"score": 4.5, "none": None, "list": [1, {"a": True}]}},
        {"properties": sized(16_384)},
        {"properties": sized(16_384, "é")},
        {"properties": nested(8)},
        {"properties": nested(7)},
        {"evidence": "http://desk.example"},
        {"evidence": "HTTPS://desk.example/T-1"},
        {"evidence": "https://desk.example:8443/T-1?a=b#c"},
        {"evidence": "https://desk.example/" + "x" * 2_027},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_the_last_that_is_accepted(desk: Api, change: Any) -> None:
    answer = desk.events([ticket(f"fields {json.dumps(change)[:100]}") | change])
    assert statuses(answer)[0] in ("accepted", "quarantined"), reasons(answer)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"id": None}, "id", "missing"),
        ({"id": ""}, "id", "length"),
        ({"id": "x" * 256}, "id", "length"),
        ({"id": "a\tb"}, "id", "not_printable"),
        ({"id": "a\u2028b"}, "id", "not_printable"),
        ({"id": "a\u00a0b"}, "id", "not_printable"),
        ({"id": 7}, "id", "wrong_type"),
        ({"type": None}, "type", "missing"),
        ({"type": ""}, "type", "length"),
        ({"type": "x" * 129}, "type", "length"),
        ({"type": "a\nb"}, "type", "not_printable"),
        ({"type": ["a"]}, "type", "wrong_type"),
        ({"customer": None}, "customer", "missing"),
        ({"customer": ""}, "customer", "length"),
        ({"customer": "x" * 129}, "customer", "length"),
        ({"customer": "Halden & Co"}, "customer", "invalid"),
        ({"customer": "h\u00e4lden"}, "customer", "invalid"),
        ({"customer": 7}, "customer", "wrong_type"),
        ({"subject": ""}, "subject", "length"),
        ({"subject": "x" * 256}, "subject", "length"),
        ({"subject": "a\0b"}, "subject", "not_printable"),
        ({"subject": 7}, "subject", "wrong_type"),
        ({"time": "2026-11-01"}, "time", "invalid_time"),
        ({"time": "2026-11-01T10:00:00"}, "time", "invalid_time"),
        ({"time": "2026-11-31T10:00:00Z"}, "time", "invalid_time"),
        ({"time": 1_762_000_000}, "time", "invalid_time"),
        ({"time": ""}, "time", "invalid_time"),
        ({"quantity": 1.5}, "quantity", "invalid_number"),
        ({"quantity": 1.0}, "quantity", "invalid_number"),
        ({"quantity": "1e3"}, "quantity", "invalid_number"),
        ({"quantity": " 1"}, "quantity", "invalid_number"),
        ({"quantity": "1."}, "quantity", "invalid_number"),
        ({"quantity": ".5"}, "quantity", "invalid_number"),
        ({"quantity": "1,000"}, "quantity", "invalid_number"),
        ({"quantity": "\uff11"}, "quantity", "invalid_number"),
        ({"quantity": "NaN"}, "quantity", "invalid_number"),
        ({"quantity": ""}, "quantity", "invalid_number"),
        ({"quantity": "1" * 19}, "quantity", "invalid_number"),
        ({"quantity": 10**18}, "quantity", "invalid_number"),
        ({"quantity": 10**400}, "quantity", "invalid_number"),
        ({"quantity": "0." + "1" * 13}, "quantity", "invalid_number"),
        ({"quantity": True}, "quantity", "invalid_number"),
        ({"quantity": "0"}, "quantity", "out_of_range"),
        ({"quantity": "-1"}, "quantity", "out_of_range"),
        ({"value": 120.5}, "value", "invalid_number"),
        ({"value": {}}, "value", "invalid_number"),
        ({"value": "-0.01"}, "value", "out_of_range"),
        ({"properties": []}, "properties", "wrong_type"),
        ({"properties": "{}"}, "properties", "wrong_type"),
        ({"properties": sized(16_385)}, "properties", "too_large"),
        ({"properties": sized(16_386, "é")}, "properties", "too_large"),
        ({"properties": nested(9)}, "properties" + ".in.0" * 4, "too_deep"),
        ({"properties": {"a": {"b": "\0"}}}, "properties.a.b", "nul_character"),
        ({"properties": {"a": [{"\0": 1}]}}, "properties.a.0", "nul_character"),
        ({"properties": {"n": 10**400}}, "properties.n", "number_out_of_range"),
        ({"evidence": "ftp://desk.example/1"}, "evidence", "invalid_url"),
        ({"evidence": "javascript:alert(1)"}, "evidence", "invalid_url"),
        ({"evidence": "https:///T-1"}, "evidence", "invalid_url"),
        ({"evidence": "/T-1"}, "evidence", "invalid_url"),
        ({"evidence": "https://desk.example/a b"}, "evidence", "invalid_url"),
        ({"evidence": "https://desk.example/" + "x" * 2_028}, "evidence", "invalid_url"),
        ({"evidence": 7}, "evidence", "wrong_type"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"Quantity": "2"}, "Quantity", "unknown_field"),
        ({"": 1}, "", "unknown_field"),
        ({"colour": None}, "colour", "unknown_field"),
    ],
)
def test_the_first_that_is_not(desk: Api, change: Any, field: str, code: str) -> None:
    answer = desk.events(ticket("refused") | change)
    assert failure(answer) == (422, field, code)
    assert field in answer.json()["detail"]


def test_nothing_of_what_was_refused_is_kept(desk: Api) -> None:
    assert desk.events(ticket("refused", colour="red")).status_code == 422
    assert "refused" not in stored(desk)


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"1e1000000", b"1e99999999999999999999"])
@pytest.mark.parametrize("field", ["quantity", "value", "properties"])
def test_a_number_that_no_decimal_holds_rejects_its_item_only(desk: Api, field: str, number: bytes) -> None:
    value = b'{"n":' + number + b"}" if field == "properties" else number
    endless = b'{"id":"refused","type":"ticket.resolved","customer":"halden","' + field.encode() + b'":' + value + b"}"
    good = json.dumps(ticket(f"beside {field} {number.decode()}")).encode()
    assert statuses(desk.events(b"[" + endless + b"," + good + b"]")) == ["rejected", "accepted"]


@pytest.mark.parametrize(("ahead", "code"), [(timedelta(minutes=6), "in_future"), (-timedelta(days=366), "too_old")])
def test_a_time_is_at_most_five_minutes_ahead_and_a_year_back(desk: Api, ahead: timedelta, code: str) -> None:
    time = (datetime.now(UTC) + ahead).isoformat()
    assert failure(desk.events(ticket("refused", time=time))) == (422, "time", code)
