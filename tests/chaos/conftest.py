"""The whole system for tests: servers, web, worker and beat, one for the tests of a file."""

import os
from collections.abc import Iterator

import pytest

from chaos.system import System
from tests.servers import PATIENT, TEMPLATE, named


@pytest.fixture(scope="module")
def system(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Its web has the usual patience with the database, whose limits are looked at here."""
    log = tmp_path_factory.mktemp("system") / "log"
    with pytest.MonkeyPatch.context() as usual:
        for name in PATIENT:
            usual.delenv(name)
        with System.running(log, like=named(os.environ["DATABASE_OWNER_URL"], TEMPLATE)) as system:
            yield system
