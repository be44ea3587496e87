"""Live events: sent to the real site, patient while it is away, and gone at once when told."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from random import Random

import pytest

from apps.demo import stream
from apps.demo.handout import fresh_key
from apps.events.message import Message, read
from apps.tenants.models import Scope, Tenant
from apps.tenants.scope import scope
from dev.home import CLONE
from dev.processes import free_port
from tests.demo.conftest import AT

NOON, NIGHT = (datetime(2026, 11, 24, hour, tzinfo=UTC) for hour in (15, 4))


@pytest.fixture
def key(demo: Tenant) -> str:
    with scope(demo.pk):
        return fresh_key(demo, "stream", [Scope.EVENTS_WRITE], keep=1, at=AT)


def test_events_are_such_as_the_api_takes():
    random = Random(5)
    assert all(isinstance(read(stream.event(random, NOON), at=NOON), Message) for _ in range(200))


def test_a_bank_in_london_is_quiet_at_night():
    random = Random(5)
    day, night = (sum(stream.event(random, at)["customer"] == "kestrel" for _ in range(400)) for at in (NOON, NIGHT))
    assert night * 3 < day


def test_a_few_come_in_ten_seconds():
    random = Random(5)
    pauses = [stream.pause(random, NOON) for _ in range(200)]
    assert 2 < 10 / (sum(pauses) / len(pauses)) < 4


def test_an_event_is_taken_in_and_its_repeat_is_a_duplicate(site, key):
    body = stream.event(Random(5), datetime.now(UTC))
    url = f"{site}/api/v1/events"
    assert stream.send(url, key, body)["status"] == "accepted"
    assert stream.send(url, key, body)["status"] == "duplicate"


def test_a_refused_key_is_said_at_once(site):
    with pytest.raises(stream.Unwelcome, match="401"):
        stream.send(f"{site}/api/v1/events", "cf_nobody_secret", stream.event(Random(5), NOON))


def test_it_waits_for_a_site_that_is_away_and_ends_at_once_when_told(demo):
    """In the midst of a pause that would last for ever."""
    program = (
        "import sys, django; django.setup()\n"
        "from apps.demo import stream, vendor\n"
        "stream.FIRST_WAIT = 10**6\n"
        "vendor.SLUG = sys.argv[1]\n"
        "from django.core.management import call_command\n"
        "call_command('demo_stream')\n"
    )
    nowhere = dict(os.environ) | {"SITE_URL": f"http://127.0.0.1:{free_port()}", "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-c", program, demo.slug]
    with subprocess.Popen(argv, cwd=CLONE, env=nowhere, stdout=subprocess.PIPE, text=True) as child:
        assert "waiting for the site" in child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=120) == 0
