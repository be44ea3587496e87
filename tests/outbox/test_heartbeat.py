"""The sign of life of beat and a worker, in Valkey."""

import pytest
import redis
from django.test import override_settings

from apps.outbox import heartbeat
from apps.outbox.tasks import beat_seen
from dev.processes import free_port
from tests.cast import instant


@pytest.fixture(autouse=True)
def never_seen() -> None:
    with heartbeat.client() as valkey:
        valkey.delete(heartbeat.KEY)


def test_a_new_installation_has_seen_no_beat() -> None:
    assert heartbeat.last_beat() is None


def test_a_beat_is_remembered_to_the_microsecond() -> None:
    at = instant("2026-11-05 12:00:00.123456")
    heartbeat.beat(at=at)
    assert heartbeat.last_beat() == at


def test_the_newest_beat_counts() -> None:
    heartbeat.beat(at=instant("2026-11-05 12:00"))
    heartbeat.beat(at=instant("2026-11-05 12:01"))
    assert heartbeat.last_beat() == instant("2026-11-05 12:01")


def test_the_task_that_beat_queues_leaves_the_sign() -> None:
    beat_seen()
    assert heartbeat.last_beat() is not None


def test_without_valkey_the_reader_is_told() -> None:
    nobody_listens = override_settings(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    with nobody_listens, pytest.raises(redis.ConnectionError):
        heartbeat.last_beat()
