"""What the tests of `POST /events` read from its answers."""

import json
from collections import Counter
from typing import Any

from apps.events.models import Event
from apps.tenants.scope import scope
from tests.api.client import Api

NOTHING = {"accepted": 0, "duplicate": 0, "conflict": 0, "quarantined": 0, "rejected": 0, "results": []}


def statuses(answer: Any) -> list[str]:
    """The status of each item; counts and indexes must fit them."""
    assert answer.status_code == 200, answer.content
    body = answer.json()
    found = [one["status"] for one in body["results"]]
    assert [one["index"] for one in body["results"]] == list(range(len(found)))
    counts = Counter(found)
    assert body == {status: counts[status] for status in NOTHING} | {"results": body["results"]}
    return found


def reasons(answer: Any) -> list[tuple[str | None, str | None]]:
    """(reason, field) of each item."""
    assert answer.status_code == 200, answer.content
    return [(one["reason"], one["field"]) for one in answer.json()["results"]]


def failure(answer: Any) -> tuple[int, str | None, str]:
    """(status, field, code) of a problem with one error."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    [error] = answer.json()["errors"]
    return answer.status_code, error["field"], error["code"]


def stored(api: Api) -> set[str]:
    """The ids of all that the vendor's account holds."""
    assert api.vendor
    with scope(api.vendor.tenant.pk):
        return set(Event.objects.values_list("external_id", flat=True))


def lines(*items: Any, end: bytes = b"\n") -> bytes:
    """Items as lines; bytes stand as they are."""
    return end.join(item if isinstance(item, bytes) else json.dumps(item).encode() for item in items)
