"""Names of fields to suggest: what recent events of a type really carried, with samples of their values."""

import json
from collections.abc import Iterator
from typing import Any

from apps.events.models import Event
from apps.outcomes.builder import is_field

LOOKED_AT = 500
SEARCHED = 20_000
SAMPLES = 3
LONGEST = 24
OWN = [("quantity", "the event's quantity"), ("value", "the event's value"), ("subject", "what it is about")]


def seen_fields(type: str) -> list[tuple[str, str]]:
    """(path, samples) of the properties of the newest events of the type, then the fields that every event may have."""
    samples: dict[str, list[str]] = {}
    for properties in _newest(type):
        for path, value in _leaves("properties", properties):
            known = samples.setdefault(path, [])
            text = json.dumps(value, ensure_ascii=False)[:LONGEST]
            if text not in known and len(known) < SAMPLES:
                known.append(text)
    return [(path, f"such as {', '.join(known)}") for path, known in sorted(samples.items())] + OWN


def _newest(type: str) -> list[dict[str, Any]]:
    """The properties of the newest of them; a rare type is only looked for among the tenant's newest events."""
    if not type:
        return []
    recent = Event.objects.order_by("-pk").values("pk")[:SEARCHED]
    found = Event.objects.filter(pk__in=recent, type=type).order_by("-pk")
    return list(found.values_list("properties", flat=True)[:LOOKED_AT])


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}", inner)
    elif is_field(path) and not isinstance(value, list):
        yield path, value
