"""CloudEvents 1.0, made and written by the standard's own Python package and sent over a real socket."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from cloudevents.v1 import conversion
from cloudevents.v1.http import CloudEvent as OlderEvent

from tests.api.answers import failure, statuses, stored
from tests.api.client import Api
from tests.api.conftest import first_of_month
from tests.api.wire import exchange
from tests.cast import ticket

ONE = "application/cloudevents+json"
MANY = "application/cloudevents-batch+json"
DAY = first_of_month(1)
TIME = datetime(DAY.year, DAY.month, 1, 10, 0, 0, 123456, UTC)


def made(id: str, data: Any = None, **attributes: Any) -> CloudEvent:
    """A resolved ticket of Halden's by the package, which dates it now unless told a time."""
    known = {"id": id, "source": "/desk", "type": "ticket.resolved", "customer": "halden", "subject": f"T-{id}"}
    return CloudEvent(known | attributes, data)


def structured(site: str, shop: Api, event: CloudEvent) -> tuple[int, Any]:
    message = to_structured_event(event)
    return exchange(site, shop, "POST", "/events", message.body, headers=message.headers)


def binary(site: str, shop: Api, event: CloudEvent, **headers: str) -> tuple[int, Any]:
    message = to_binary_event(event)
    return exchange(site, shop, "POST", "/events", message.body, headers=message.headers | headers)


def batch(site: str, shop: Api, *events: CloudEvent) -> tuple[int, Any]:
    """The package writes no batches: a batch is its single ones as a list."""
    body = b"[" + b",".join(to_structured_event(event).body for event in events) + b"]"
    return exchange(site, shop, "POST", "/events", body, headers={"Content-Type": MANY})


def cloud(id: str, **fields: Any) -> dict[str, Any]:
    """What the package would not write."""
    event = {"specversion": "1.0", "source": "/desk", "id": id, "type": "ticket.resolved", "customer": "halden"}
    return event | fields


FULL = {"time": TIME, "quantity": "2.5", "value": "120.00", "evidence": "https://desk.example/T-1"}
SAME = ticket(
    "1",
    time=f"{DAY}T10:00:00.123456Z",
    quantity="2.5",
    value="120",
    evidence="https://desk.example/T-1",
    properties={"rating": 5, "channel": "e-mail"},
)


@pytest.mark.parametrize("mode", [structured, binary, batch])
def test_what_the_package_writes_is_the_event_of_the_same_content(site: str, shop: Api, mode: Any) -> None:
    event = made("1", {"rating": 5, "channel": "e-mail"}, datacontenttype="application/json", **FULL)
    status, body = mode(site, shop, event)
    assert (status, body["accepted"], body["results"][0]["id"]) == (200, 1, "1")
    assert statuses(shop.events(SAME)) == ["duplicate"]
    assert mode(site, shop, event)[1]["duplicate"] == 1


@pytest.mark.parametrize("written", [conversion.to_structured, conversion.to_binary])
def test_what_its_older_interface_writes_is_read_too(site: str, shop: Api, written: Any) -> None:
    attributes = {name: SAME[name] for name in ("id", "type", "customer", "subject", "time", "quantity", "value")}
    event = OlderEvent(attributes | {"source": "/desk", "evidence": SAME["evidence"]}, SAME["properties"])
    headers, body = written(event)
    assert exchange(site, shop, "POST", "/events", body, headers=headers)[0] == 200
    assert statuses(shop.events(SAME)) == ["duplicate"]


def test_a_batch_of_the_packages_is_answered_one_by_one(site: str, shop: Api) -> None:
    bad = made("3", time=datetime(2020, 1, 1, tzinfo=UTC))
    status, body = batch(site, shop, made("1"), made("2", {"rating": 4}), bad, made("4", customer="nobody"))
    assert status == 200
    found = [(one["status"], one["reason"]) for one in body["results"]]
    assert found[:3] == [("accepted", None), ("accepted", None), ("rejected", "too_old")]
    assert found[3] == ("quarantined", "unknown_customer")


@pytest.mark.parametrize(
    "time",
    [
        TIME,
        TIME.replace(microsecond=0),
        TIME.astimezone(timezone(timedelta(hours=-3, minutes=-30))),
        TIME.astimezone(timezone(timedelta(hours=14))),
    ],
)
def test_each_form_of_its_times_is_read(site: str, shop: Api, time: datetime) -> None:
    structured(site, shop, made("1", time=time))
    written = shop.get("/events/1").json()["event"]["time"]
    assert datetime.fromisoformat(written) == time


@pytest.mark.parametrize("mode", [structured, binary])
def test_without_data_there_are_no_properties(site: str, shop: Api, mode: Any) -> None:
    mode(site, shop, made("1", time=TIME))
    assert statuses(shop.events(ticket("1", time=TIME.isoformat(), properties={}))) == ["duplicate"]


def test_data_that_is_null_is_none(shop: Api) -> None:
    assert statuses(shop.events([cloud("1", data=None, data_base64=None), cloud("1")], media=MANY)) == [
        "accepted",
        "duplicate",
    ]


def test_whole_numbers_of_its_types_are_numbers(site: str, shop: Api) -> None:
    structured(site, shop, made("1", time=TIME, quantity=3, value=0))
    assert statuses(shop.events(ticket("1", time=TIME.isoformat(), quantity="3", value="0.00"))) == ["duplicate"]


@pytest.mark.parametrize("data", [b"\x00\x01", b'{"rating": 5}'])
def test_bytes_are_refused_and_the_answer_says_what_to_send(site: str, shop: Api, data: bytes) -> None:
    status, problem = structured(site, shop, made("1", data, datacontenttype="application/octet-stream"))
    [error] = problem["errors"]
    assert (status, error["field"], error["code"]) == (422, "data_base64", "unsupported")
    assert "JSON object" in problem["detail"]


@pytest.mark.parametrize("data", ["<rating>5</rating>", [1], 5, True])
def test_data_must_be_an_object_and_is_called_data(site: str, shop: Api, data: Any) -> None:
    status, problem = structured(site, shop, made("1", data, datacontenttype="application/json"))
    assert (status, problem["errors"]) == (
        422,
        [{"field": "data", "code": "wrong_type", "message": "data must be an object."}],
    )


def test_what_is_wrong_inside_of_data_is_named_there(shop: Api) -> None:
    answer = shop.events(cloud("1", data={"a": {"b": "\0"}}), media=ONE)
    assert failure(answer) == (422, "data.a.b", "nul_character")


@pytest.mark.parametrize(
    "name",
    [
        *("traceparent", "tracestate", "correlationid", "causationid", "partitionkey", "sequence", "sequencetype"),
        *("recordedtime", "authtype", "authid", "severitytext", "dataschema"),
    ],
)
def test_what_the_standard_documents_about_transport_is_ignored(site: str, shop: Api, name: str) -> None:
    assert structured(site, shop, made("1", **{name: "x"}))[0] == 200


@pytest.mark.parametrize("name", ["quantitty", "sampledrate", "dataref", "properties", "colour"])
@pytest.mark.parametrize("mode", [structured, binary])
def test_any_other_attribute_rejects_it_by_name(site: str, shop: Api, mode: Any, name: str) -> None:
    status, problem = mode(site, shop, made("1", **{name: "2"}))
    [error] = problem["errors"]
    assert (status, error["field"], error["code"]) == (422, name, "unknown_field")
    assert stored(shop) == set()


@pytest.mark.parametrize("version", [None, "0.3", "1.1", 1.0, "1"])
def test_another_version_of_the_standard_is_refused(shop: Api, version: Any) -> None:
    answer = shop.events(cloud("1", specversion=version), media=ONE)
    assert failure(answer) == (422, "specversion", "unsupported")
    assert '"1.0"' in answer.json()["detail"]


def test_without_a_customer_it_is_rejected(shop: Api) -> None:
    assert failure(shop.events(cloud("1", customer=None), media=ONE)) == (422, "customer", "missing")


def test_the_id_alone_is_the_key_whatever_the_source(site: str, shop: Api) -> None:
    structured(site, shop, made("1", time=TIME, source="/desk"))
    assert structured(site, shop, made("1", time=TIME, source="/chat"))[1]["duplicate"] == 1


def test_a_batch_must_be_a_list_and_a_single_one_must_not(shop: Api) -> None:
    assert failure(shop.events(cloud("1"), media=MANY)) == (422, "body", "not_a_list")
    assert failure(shop.events([cloud("1")], media=ONE)) == (422, None, "not_an_object")


def test_a_batch_has_at_most_a_thousand(shop: Api) -> None:
    assert shop.events([cloud(str(n)) for n in range(1_001)], media=MANY).status_code == 413


# Binary mode: the attributes are headers, the body is the data.


def test_headers_are_percent_encoded_utf_8(site: str, shop: Api) -> None:
    assert binary(site, shop, made("Größe 100% \U0001f3ab", time=TIME, subject="T-1"))[0] == 200
    assert stored(shop) == {"Größe 100% \U0001f3ab"}


def test_a_header_that_is_not_utf_8_is_a_400_that_names_it(site: str, shop: Api) -> None:
    status, problem = binary(site, shop, made("1"), **{"ce-subject": "%ff"})
    assert status == 400
    assert "ce-subject" in problem["detail"]


def test_a_header_in_raw_utf_8_is_a_400_too_and_not_passed_over(site: str, shop: Api) -> None:
    """Billed without its subject an event could count twice."""
    status, problem = binary(site, shop, made("1"), **{"ce-subject": "Größe".encode().decode("latin-1")})
    assert status == 400
    assert "ce-subject" in problem["detail"]


def test_in_binary_mode_a_missing_version_is_refused_too(site: str, shop: Api) -> None:
    headers = {"ce-id": "1", "ce-type": "ticket.resolved", "ce-customer": "halden", "Content-Type": "application/json"}
    status, problem = exchange(site, shop, "POST", "/events", b"{}", headers=headers)
    assert (status, problem["errors"][0]["field"]) == (422, "specversion")


def test_in_binary_mode_the_body_is_json(site: str, shop: Api) -> None:
    assert binary(site, shop, made("1"), **{"content-type": "text/plain"})[0] == 415
    message = to_binary_event(made("1"))
    headers = message.headers | {"content-type": "application/json"}
    assert exchange(site, shop, "POST", "/events", b"{rating", headers=headers)[0] == 400
