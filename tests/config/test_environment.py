"""The database that the environment names: what its URL says of the connection, and whether it may be a standby."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from config import environment as env
from dev.home import passing_home, programs
from dev.postgres import Postgres
from dev.processes import Child, Family
from dev.servers import launch


def connection(url: str, monkeypatch: pytest.MonkeyPatch, **rest: Any) -> Any:
    monkeypatch.setenv("SOME_URL", url)
    return ConnectionHandler({"default": env.database("SOME_URL", **rest)})["default"]


def asked(connection: Any, statement: str) -> Any:
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_what_follows_the_question_mark_is_for_libpq(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded server speaks no TLS: whoever requires it is not let in without."""
    named = connection(f"{os.environ['DATABASE_URL']}?application_name=counter%20one", monkeypatch)
    assert asked(named, "SELECT current_setting('application_name')") == "counter one"
    with pytest.raises(OperationalError, match="SSL"):
        asked(connection(f"{os.environ['DATABASE_URL']}?sslmode=require", monkeypatch), "SELECT 1")


def test_the_limit_of_statements_stands_beside_options_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{os.environ['DATABASE_URL']}?options=-c%20work_mem%3D5MB"
    both = "SELECT current_setting('work_mem') || ' ' || current_setting('statement_timeout')"
    assert asked(connection(url, monkeypatch, statement_ms=7000), both) == "5MB 7s"


@pytest.mark.parametrize(("statement_ms", "silence"), [(7000, "1min"), (0, "0")])
def test_a_transaction_of_a_request_has_a_limit_of_silence_and_one_of_a_worker_has_none(
    monkeypatch: pytest.MonkeyPatch, statement_ms: int, silence: str
) -> None:
    named = connection(os.environ["DATABASE_URL"], monkeypatch, statement_ms=statement_ms)
    assert asked(named, "SELECT current_setting('idle_in_transaction_session_timeout')") == silence


def test_the_server_soon_learns_that_our_machine_has_vanished(monkeypatch: pytest.MonkeyPatch) -> None:
    """By default two hours later, for which the events of a broken transaction could not be sent again."""
    signs = "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"
    told = " || ' ' || ".join(f"current_setting('{sign}')" for sign in signs)
    assert asked(connection(os.environ["DATABASE_URL"], monkeypatch), f"SELECT {told}") == "10 5 3"


@pytest.fixture
def standby(family: Family) -> Iterator[Postgres]:
    """A server of its own that follows nobody."""
    postgres = Postgres(passing_home(), programs(), durable=False)
    child: Child = launch(postgres, family)
    family.stop(child)
    signal = postgres.data / "standby.signal"
    signal.touch()
    postgres.home.give(signal)
    child = family.start(postgres.command())
    postgres.wait(lambda: child.alive)
    yield postgres
    family.stop(child)
    shutil.rmtree(postgres.home.path)


def test_a_standby_is_a_database_that_is_away_until_it_is_promoted(
    standby: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a failover that has not come to its end: told at once, and no connection to it is kept."""
    url = standby.url("postgres")
    with pytest.raises(OperationalError, match="hot standby"):
        asked(connection(url, monkeypatch), "SELECT 1")
    assert asked(connection(f"{url}?target_session_attrs=any", monkeypatch), "SELECT pg_promote()")
    assert asked(connection(url, monkeypatch), "SELECT pg_is_in_recovery()") is False
