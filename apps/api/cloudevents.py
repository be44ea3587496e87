"""CloudEvents 1.0 as events: `data` becomes the properties, the rest of our fields are attributes of the same name."""

from datetime import datetime
from typing import Any

from apps.events.message import Message, Rejection, read

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

IGNORED = frozenset({"specversion", "source", "datacontenttype", "dataschema", "data"})
"""Attributes of the standard that say nothing about what is billed; `data` is read apart."""


def read_cloud_event(item: Any, *, at: datetime) -> Message | Rejection:
    """A decoded CloudEvent as a message, or why it is none. Attributes that neither it nor we know reject it."""
    if not isinstance(item, dict):
        return read(item, at=at)
    if item.get("specversion") != "1.0":
        return _rejection(item, "unsupported", "specversion", 'specversion must be "1.0".')
    if "properties" in item:
        return _rejection(item, "unknown_field", "properties", "A CloudEvent's properties are its data.")
    event = {name: value for name, value in item.items() if name not in IGNORED}
    return read(event | {"properties": item.get("data")}, at=at)


def _rejection(item: dict[str, Any], reason: str, field: str, text: str) -> Rejection:
    id = item.get("id")
    return Rejection(reason, field, text, id if isinstance(id, str) else None)
