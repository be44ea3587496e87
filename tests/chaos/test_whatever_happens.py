"""The real system, its servers taken away and its processes killed: what is answered meanwhile, and what is there then.

One file, so that all its tests share one system.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg
import pytest

from chaos.http import Answer, Client
from chaos.system import System
from dev.home import CLONE
from tests.cast import ticket
from tests.worker import wait_until

SERVING = ("web", "worker", "beat")


def command(system: System, *arguments: str) -> Any:
    """What a command prints that runs on the system's servers."""
    argv = [sys.executable, "manage.py", *arguments, "--json"]
    done = subprocess.run(argv, cwd=CLONE, env=os.environ | system.environment, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def northwind(system: System) -> Client:
    """Northwind's program. Halden pays for each ticket since the first of the month before, whose cycle is due."""
    owner = ("--owner", "ada@northwind.example", "--password", "correct horse battery")
    client = Client(system.port, command(system, "create_tenant", "northwind", *owner)["api_key"])
    definition = {"code": "resolved_ticket", "name": "Ticket", "unit": "ticket", "trigger": "ticket.resolved"}
    price = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.99"}
    plan = {"code": "growth", "name": "Growth", "currency": "USD", "interval": "month", "prices": [price]}
    for path, body in (("outcome-definitions", definition), ("plans", plan)):
        made(client, path, body)
    return client


def answered(ask: Callable[[], Answer]) -> Answer:
    """What is answered to one who comes again as he is told, while the database is slower than the web is patient."""
    answers: list[Answer] = []

    def came() -> bool:
        answers.append(ask())
        return answers[-1].status != 503

    wait_until(came)
    return answers[-1]


def made(client: Client, path: str, body: Any) -> None:
    answer = answered(lambda: client.post(f"/api/v1/{path}", body))
    assert answer.status in (200, 201), answer.body


def subscribed(client: Client, name: str) -> None:
    """A customer whose first cycle is due."""
    last_month = datetime.now(UTC).date().replace(day=1) - timedelta(days=1)
    customer = {"external_id": name, "name": name, "email": f"{name}@example.com", "currency": "USD", "country": "US"}
    subscription = {"customer": name, "plan": "growth", "start": last_month.replace(day=1).isoformat()}
    made(client, "customers", customer | {"time_zone": "UTC"})
    made(client, "subscriptions", subscription)


def send(client: Client, id: str) -> Answer:
    return client.post("/api/v1/events", [ticket(id)])


def is_swift(client: Client, id: str, status: int) -> bool:
    """Whether nine events are all answered so, most of them within a second."""
    answers = [send(client, f"{id}-{n}") for n in range(9)]
    return {answer.status for answer in answers} == {status} and median(answer.seconds for answer in answers) < 1


def leaders(system: System) -> list[int]:
    return [system.pids(name)[0] for name in SERVING]


@pytest.fixture
def _nothing_is_restarted(system: System) -> Iterator[None]:
    """Whatever was away: web, worker and beat are the same processes as before."""
    before = leaders(system)
    yield
    assert leaders(system) == before


def outbox_is_done(system: System) -> bool:
    with psycopg.connect(system.superuser) as connection:
        rows = connection.execute("SELECT count(*), count(done_at) FROM outbox_outboxentry").fetchone()
    return rows is not None and rows[0] == rows[1] > 0


def close(system: System) -> Any:
    return command(system, "close_cycles", "--at", datetime.now(UTC).isoformat())


def ready(client: Client) -> tuple[int, list[str]]:
    answer = client.get("/readyz")
    return answer.status, [one for one in answer.json["missing"] if one != "beat"]


@contextlib.contextmanager
def hanging(system: System, name: str) -> Iterator[None]:
    """A server neither dies nor answers."""
    time.sleep(0.3)  # a connection used a moment ago is taken for sound, and its request would wait for longer
    leader = system.pids(name)[0]
    os.kill(leader, signal.SIGSTOP)  # from here on it has no new children
    pids = system.pids(name)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


type Away = Callable[[System, str], contextlib.AbstractContextManager[None]]


@pytest.mark.usefixtures("_nothing_is_restarted")
@pytest.mark.parametrize("away", [System.without, hanging])
def test_without_postgresql_all_is_503_within_a_second_and_returns_with_it(
    system: System, northwind: Client, away: Away
) -> None:
    id = away.__name__
    wait_until(lambda: send(northwind, f"{id}-before").status == 200)
    with away(system, "postgres"):
        wait_until(lambda: ready(northwind) == (503, ["database"]))
        answers = [send(northwind, f"{id}-{n}") for n in range(9)]
        page = Client(system.port).get("/")
        wait_until(lambda: is_swift(northwind, id, 503))
    assert {(answer.status, answer.headers["retry-after"]) for answer in [*answers, page]} == {(503, "1")}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert b"We will be back in a moment" in page.body
    # Each process of the web asks for itself, a tenth of a second after it was last told that the database is away.
    wait_until(lambda: all(send(northwind, f"{id}-{n}").status == 200 for n in range(9)))
    wait_until(lambda: ready(northwind)[1] == [])


@pytest.mark.usefixtures("_nothing_is_restarted")
def test_without_valkey_events_are_taken_in_and_cycles_closed_and_mail_follows(
    system: System, northwind: Client
) -> None:
    with system.without("valkey"):
        subscribed(northwind, "halden")
        wait_until(lambda: ready(northwind) == (503, ["broker"]))
        wait_until(lambda: is_swift(northwind, "unqueued", 200))
        close(system)
        (invoice,) = answered(lambda: northwind.get("/api/v1/invoices?customer=halden")).json["data"]
        made(northwind, f"invoices/{invoice['id']}/void", {"reason": "Never ordered"})
        assert not outbox_is_done(system)
    wait_until(lambda: outbox_is_done(system))
    wait_until(lambda: ready(northwind)[1] == [])


def test_processes_are_killed_under_load_and_every_answer_holds(system: System) -> None:
    """`make chaos` with few rounds: a worker of the web with a backend, all of PostgreSQL with the Celery worker."""
    few = {"KILL": "web worker+backend,postgres+worker", "SEED": "suite", "SYSTEM": json.dumps(system.facts)}
    argv = [sys.executable, "-m", "chaos"]
    done = subprocess.run(argv, cwd=CLONE, env=os.environ | few, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
