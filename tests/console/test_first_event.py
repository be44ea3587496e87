"""The event that the console offers to send first: it counts, whatever the outcome asks for."""

import csv
import io
import json
import re
import shlex
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from apps.common.clock import now
from apps.events.models import Outcome
from apps.tenants.models import Role
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of, text_of
from tests.console.test_import import hand_in, work

SEND = {"name": "Production", "scopes": ["events:write"]}
ASKED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a rating": {"condition": "properties.rating >= 4"},
    "two things": {"condition": 'properties.rating > 4 && properties.channel == "it\'s mail"'},
    "one of two": {"condition": 'properties.plan == "pro" || properties.plan == "max"'},
    "not that": {"condition": 'properties.channel != "phone" && properties.escalated == false'},
    "what is there": {"condition": "has(properties.agent)"},
    "what may miss": {"condition": "(!has(properties.rating) || properties.rating >= 4)"},
    "a list": {"condition": 'properties.review.stars in [4, 5] && properties.text.contains("thanks")'},
    "little of it": {"condition": "properties.minutes < 10 && quantity >= 2"},
    "an amount": {"value_from": "properties.amount", "quantity_from": "properties.invoice.lines"},
    "evidence": {"evidence_required": True, "dimension": "properties.channel"},
}


def shown_event(page: str) -> dict[str, Any]:
    """What the curl line on a page sends."""
    found = re.search(r'<pre id="curl"[^>]*>(.*?)</pre>', page, re.S)
    assert found
    event: dict[str, Any] = json.loads(shlex.split(unescape(found[1]))[-1], parse_float=Decimal)
    return event


@pytest.mark.parametrize("asked", ASKED)
def test_what_the_line_of_a_new_key_sends_counts(northwind: Vendor, asked: str) -> None:
    northwind.customer()
    northwind.definition(**ASKED[asked])
    page = client_of(northwind).post("/api-keys", SEND).content.decode()
    [result] = northwind.send(shown_event(page), at=now().isoformat())
    assert (result.status, result.reason) == ("accepted", None)
    assert result.outcome


@pytest.mark.parametrize("asked", ASKED)
def test_so_does_what_the_sample_file_has(northwind: Vendor, asked: str) -> None:
    northwind.customer()
    northwind.definition(**ASKED[asked])
    client = client_of(northwind)
    sample = client.get("/events/import/sample.csv").content
    hand_in(client, "events.csv", sample)
    work(northwind)
    with scope(northwind.tenant.pk):
        assert Outcome.objects.count() == 2, list(csv.reader(io.StringIO(sample.decode())))


def test_the_line_of_the_checklist_is_of_the_same_kind(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(**ASKED["a rating"])
    northwind.plan()
    assert shown_event(client_of(northwind).get("/").content.decode())["properties"] == {"rating": 4}


def test_each_new_key_sends_an_event_of_its_own(northwind: Vendor) -> None:
    client = client_of(northwind)
    ids = {shown_event(client.post("/api-keys", SEND).content.decode())["id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_key_that_may_not_send_is_shown_with_no_line_that_would_fail(northwind: Vendor) -> None:
    page = client_of(northwind).post("/api-keys", SEND | {"scopes": ["read"]}).content.decode()
    assert "Your new key" in page
    assert 'id="curl"' not in page


@pytest.mark.parametrize(("role", "link"), [(Role.OWNER, True), (Role.ADMIN, True), (Role.DEVELOPER, False)])
def test_the_checklist_offers_only_what_a_member_may_do(northwind: Vendor, role: str, link: bool) -> None:
    page = text_of(client_of(northwind, role).get("/"))
    assert ('href="/new-outcome"' in page) == link
    assert ("Ask an owner or an admin." in page) != link
