"""CloudEvents 1.0 as events: `data` becomes the properties, the rest of our fields are attributes of the same name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from apps.api.problems import HttpProblem
from apps.events.message import Message, Rejection, read

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
PREFIX = "ce-"
"""Of the headers of HTTP's binary mode."""

IGNORED = frozenset(
    {
        *("specversion", "source", "datacontenttype", "dataschema", "data"),
        *("traceparent", "tracestate", "correlationid", "causationid"),
        *("partitionkey", "sequence", "sequencetype", "recordedtime"),
        *("authtype", "authid", "authclaims", "severitytext", "severitynumber"),
    }
)
"""Attributes and documented extensions of the standard that say nothing about what is billed; `data` is read apart."""


def read_cloud_event(item: Any, *, at: datetime) -> Message | Rejection:
    """A decoded CloudEvent as a message, or why it is none. Attributes that neither it nor we know reject it."""
    if not isinstance(item, dict):
        return read(item, at=at)
    if item.get("specversion") != "1.0":
        return _rejection(item, "unsupported", "specversion", 'specversion must be "1.0".')
    if "properties" in item:
        return _rejection(item, "unknown_field", "properties", "A CloudEvent's properties are its data.")
    if item.get("data_base64") is not None:
        return _rejection(item, "unsupported", "data_base64", "Send data as a JSON object; data_base64 is bytes.")
    event = {name: value for name, value in item.items() if name not in IGNORED and name != "data_base64"}
    return _named_data(read(event | {"properties": item.get("data")}, at=at))


def attributes_in(headers: Mapping[str, str]) -> dict[str, str] | None:
    """The attributes of a CloudEvent in HTTP's binary mode, by its headers; None where it is no such request.

    400 for a header that is not percent-encoded UTF-8.
    """
    if headers.get("ce-specversion") is None and headers.get("ce-id") is None:
        return None
    found: dict[str, str] = {}
    for name, value in headers.items():
        if name.lower().startswith(PREFIX):
            attribute = name[len(PREFIX) :].lower()
            found[attribute] = f"{found[attribute]},{value}" if attribute in found else value
    return {name: _decoded(name, value) for name, value in found.items()}


def _decoded(name: str, value: str) -> str:
    try:
        return unquote_to_bytes(value.encode("latin-1")).decode()
    except UnicodeError:
        raise HttpProblem(400, f"The header {PREFIX}{name} is not percent-encoded UTF-8.") from None


def _named_data(found: Message | Rejection) -> Message | Rejection:
    """A rejection of the properties speaks of `data`, as whoever sent a CloudEvent calls them."""
    if not (isinstance(found, Rejection) and (found.field or "").partition(".")[0] == "properties"):
        return found
    field, text = (said.replace("properties", "data", 1) for said in (found.field or "", found.text))
    return Rejection(found.reason, field, text, found.external_id)


def _rejection(item: dict[str, Any], reason: str, field: str, text: str) -> Rejection:
    id = item.get("id")
    return Rejection(reason, field, text, id if isinstance(id, str) else None)
