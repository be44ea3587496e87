"""Fixtures for all tests. Servers come from tests/servers.py, a worker from tests/worker.py, the browser and the site
from tests/browser.py."""

from tests.servers import django_db_setup
from tests.worker import worker

__all__ = ["django_db_setup", "worker"]

# Below this line: fixtures of the domain.

import pytest
from hypothesis import HealthCheck, settings

# The same examples each time, however long they take: what is found by chance is found by `make fuzz`.
settings.register_profile(
    "counterfoil", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("counterfoil")


@pytest.fixture(autouse=True)
def _database_open(django_db_setup: None, django_db_blocker: object) -> object:
    """Every test may use the database; what it writes is committed, in tenants of its own."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient(django_test_environment: None) -> None:
    """This process gives up no server of a busy machine; what becomes of silent ones is tested in other processes."""
    from django.db import connections

    from apps.outbox import broker, heartbeat

    broker.WITHIN = heartbeat.WITHIN = 120
    connections["default"].settings_dict["OPTIONS"]["connect_timeout"] = 120


@pytest.fixture
def northwind() -> object:
    """A vendor of the test's own."""
    from tests.cast import new_vendor

    return new_vendor()


@pytest.fixture
def globex() -> object:
    """Another vendor, who must never see anything of Northwind."""
    from tests.cast import new_vendor

    return new_vendor("Globex Assistants")
