"""`make run`: one tree of processes that starts as one, mends itself and ends as one."""

import os
import signal
import socket
import urllib.request
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.dev.standin import Clone, parent, wait_until


def answer(clone: Clone) -> str:
    """What the web server says, or why it says nothing."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{clone.port}/", timeout=60) as response:
            return str(response.read().decode())
    except OSError as error:
        return str(error)


def test_it_starts_everything_and_says_where_to_go(clone: Clone) -> None:
    with clone.running():
        assert answer(clone) == "made once"
        assert f"Counterfoil is running: http://localhost:{clone.port}" in clone.text()
        assert "Notes: 1" in clone.text()
        wait_until(lambda: bool(clone.processes("demo_stream")), "the stream of live events runs")


def test_live_0_starts_no_stream_of_events(clone: Clone) -> None:
    with clone.running(LIVE="0"):
        assert clone.processes("beat")
        assert not clone.processes("demo_stream")


def test_ctrl_c_ends_all_of_it_in_order(clone: Clone) -> None:
    with clone.running() as run:
        os.killpg(run.pid, signal.SIGINT)
        assert run.wait(180) == 0
    assert clone.processes() == []
    assert "Traceback" not in clone.text()


def test_killing_it_leaves_nothing_running_and_loses_nothing(clone: Clone) -> None:
    with clone.running() as run:
        run.kill()
        wait_until(lambda: not clone.processes(), "every process has gone")
    with clone.running():
        assert answer(clone) == "made once"
        assert "Notes: 1" in clone.text()


def test_killing_make_ends_what_it_started(clone: Clone) -> None:
    with clone.running("make", "run") as make:
        make.kill()
        wait_until(lambda: not clone.processes(), "every process has gone")


def test_a_killed_postgres_returns_on_its_port_and_the_web_recovers(clone: Clone) -> None:
    with clone.running():
        (first,) = clone.postmasters()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: clone.postmasters() not in ([], [first]), "there is a new one")
        wait_until(lambda: answer(clone) == "made once", "the web has its database again")
        assert "postgres | ended (SIGKILL)" in clone.text()


def test_a_killed_web_server_returns_without_its_orphans(clone: Clone) -> None:
    with clone.running():
        before = set(clone.processes("granian"))
        (leader,) = (pid for pid in before if parent(pid) not in before)
        os.kill(leader, signal.SIGKILL)
        wait_until(lambda: not before & set(clone.processes()), "the old one has gone with its workers")
        wait_until(lambda: answer(clone) == "made once", "it serves again")


def test_a_busy_port_is_one_line_that_says_what_to_do(clone: Clone) -> None:
    with socket.create_server(("127.0.0.1", clone.port)):
        done = clone.command("-m", "dev.run")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Port {clone.port} is in use: run `make run PORT={clone.port + 1}`\n"


def test_a_port_that_is_none_is_one_line(clone: Clone) -> None:
    done = clone.command("-m", "dev.run", PORT="eight")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "PORT is 'eight'" in done.stderr


def test_a_second_run_in_the_clone_is_refused(clone: Clone) -> None:
    with clone.running():
        done = clone.command("-m", "dev.run", PORT="1")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "already running" in done.stderr


def test_a_database_without_its_owner_is_one_line(clone: Clone) -> None:
    done = clone.command("-m", "dev.run", DATABASE_URL="postgresql://app@db.example/counterfoil")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "DATABASE_OWNER_URL" in done.stderr


def test_servers_named_by_the_environment_are_used_and_none_embedded(clone: Clone) -> None:
    name = f"standin_{os.getpid()}"
    urls = {key: urlsplit(os.environ[key]) for key in ("DATABASE_URL", "DATABASE_OWNER_URL")}
    with psycopg.connect(urls["DATABASE_OWNER_URL"]._replace(path="/counterfoil").geturl(), autocommit=True) as any_:
        any_.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    named = {key: url._replace(path=f"/{name}").geturl() for key, url in urls.items()}
    with clone.running(**named, REDIS_URL=os.environ["REDIS_URL"]):
        assert answer(clone) == "made once"
        assert clone.postmasters() == []
        assert clone.processes("valkey-server") == []
