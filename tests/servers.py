"""Gives a test run its own servers, and each worker a migrated database and a Valkey database of its own.

The controlling process starts the servers, whatever the environment names, before Django's settings are read.
The first worker that needs it migrates a template; every worker's database is a copy of that. Tests commit
for real and clean nothing up: each makes tenants of its own.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from dev.locks import Lock
from dev.servers import passing_servers

TEMPLATE = "counterfoil_template"
DRAFT = "counterfoil_draft"
PATIENT = {"DATABASE_CONNECT_MS": "120000"}
"""A machine may be busy with other things: no test of another matter shall fail of that."""
_running: list[AbstractContextManager[dict[str, str]]] = []


def worker() -> str:
    """The name of this test process: gw0, gw1 and so on; `gw0` too when there is only one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start the servers, once, and point this process at what is its own on them."""
    options = early_config.known_args_namespace
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if options.help or options.version:
            return
        running = passing_servers()
        os.environ |= running.__enter__() | {"DEBUG": "0", "DATABASE_POOL_SIZE": "32"} | PATIENT
        _running.append(running)
    if "PYTEST_XDIST_WORKER" in os.environ or not options.numprocesses:
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
            os.environ[name] = named(os.environ[name], f"counterfoil_{worker()}")
        os.environ["REDIS_URL"] = named(os.environ["REDIS_URL"], str(int(worker()[2:]) + 1))


def pytest_unconfigure() -> None:
    """End the servers."""
    while _running:
        _running.pop().__exit__(None, None, None)


def named(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A migrated database for this process, open to all tests from here on."""
    from django.db import connections

    owner = os.environ["DATABASE_OWNER_URL"]
    with django_db_blocker.unblock():
        with psycopg.connect(named(owner, "counterfoil"), autocommit=True) as maintenance:
            _make_template(maintenance)
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            maintenance.execute(create.format(sql.Identifier(f"counterfoil_{worker()}"), sql.Identifier(TEMPLATE)))
        yield
        for connection in connections.all():
            connection.close()
            connection.close_pool()


def _make_template(maintenance: psycopg.Connection) -> None:
    """Migrate a draft and name it the template when it is whole; whoever comes second finds it made."""
    lock = Lock(Path(os.environ["COUNTERFOIL_TEST_HOME"]) / "template.lock")
    lock.take()
    try:
        if maintenance.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        draft = sql.Identifier(DRAFT)
        maintenance.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
        maintenance.execute(sql.SQL("CREATE DATABASE {}").format(draft))
        _migrate(DRAFT)
        maintenance.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, sql.Identifier(TEMPLATE)))
    finally:
        lock.close()


def _migrate(database: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    owner = connections["owner"]
    own = owner.settings_dict["NAME"]
    owner.settings_dict["NAME"] = database
    try:
        call_command("migrate", database="owner", verbosity=0)
    finally:
        owner.close()
        owner.settings_dict["NAME"] = own
