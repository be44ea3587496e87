"""Fixtures for all tests. Servers come from tests/servers.py, a worker from tests/worker.py, the browser and the site
from tests/browser.py."""

from tests.servers import django_db_setup
from tests.worker import worker

__all__ = ["django_db_setup", "worker"]

# Below this line: fixtures of the domain.

import pytest
from hypothesis import settings

settings.register_profile("counterfoil", deadline=None)
settings.load_profile("counterfoil")


@pytest.fixture(autouse=True)
def _database_open(django_db_setup: None, django_db_blocker: object) -> object:
    """Every test may use the database; what it writes is committed, in tenants of its own."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield


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
