"""Probes, and what happens while the database is away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from apps.events.tasks import watch_arrivals
from apps.outbox import figures, heartbeat
from tests.api.client import Api
from tests.cast import Vendor, ticket


def ready() -> tuple[int, list[str]]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["missing"]


def test_healthz_asks_nobody() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_readyz_is_ready_with_database_broker_and_beat() -> None:
    heartbeat.beat(at=datetime.now(UTC))
    assert ready() == (200, [])


def test_a_beat_that_was_last_seen_over_a_minute_ago_is_missing() -> None:
    heartbeat.beat(at=datetime.now(UTC) - timedelta(seconds=61))
    assert ready() == (503, ["beat"])


def test_a_broker_that_does_not_answer_is_missing(settings: pytest.FixtureRequest) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    assert ready() == (503, ["broker", "beat"])


@pytest.fixture
def without_database() -> Iterator[None]:
    """Connections to the database are refused; the pool that the process holds is put aside."""
    connection.close()
    connection.close_pool()
    known = dict(connection.settings_dict)
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
    yield
    connection.close()
    connection.close_pool()
    connection.settings_dict.clear()
    connection.settings_dict.update(known)


def test_without_database_an_event_is_a_503_that_says_when_to_come_again(shop: Api, without_database: None) -> None:
    answer = shop.events(ticket("1"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), [("get", "/customers"), ("post", "/customers"), ("get", "/events/1")])
def test_without_database_so_is_everything_else(shop: Api, without_database: None, method: str, path: str) -> None:
    answer = shop.send(method, path, {})
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer["Content-Type"] == "application/problem+json"


def test_without_database_readyz_names_it(without_database: None) -> None:
    heartbeat.beat(at=datetime.now(UTC))
    assert ready() == (503, ["database"])


def test_metrics_count_requests_and_events(shop: Api) -> None:
    shop.events(ticket("1"))
    text = Client().get("/metrics").content.decode()
    assert 'counterfoil_api_requests_total{method="POST",status="200"}' in text
    assert 'counterfoil_events_total{status="accepted"}' in text
    assert 'counterfoil_ready{part="database"} 1.0' in text
    assert "halden" not in text


def test_metrics_have_the_silences_that_the_workers_noted(northwind: Vendor) -> None:
    watch_arrivals(str(northwind.tenant.pk))
    before = figures.total("silences")
    figures.note("silences", northwind.tenant.pk, 3)
    assert figures.total("silences") == before + 3
    assert f"\ncounterfoil_silences {before + 3}.0\n" in Client().get("/metrics").content.decode()
    watch_arrivals(str(northwind.tenant.pk))
    assert figures.total("silences") == before
