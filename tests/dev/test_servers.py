"""The embedded servers: shared by a clone's commands, ended with the last, sound after every kind of end."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from dev.servers import RunRecord
from tests.dev.standin import Clone, wait_until

USE = """
import json, sys
from dev.servers import servers
with servers() as environment:
    print(json.dumps(environment), flush=True)
    sys.stdin.read()
"""


def use(clone: Clone) -> subprocess.Popen[str]:
    """A command of this clone that uses the servers until its input is closed."""
    command = subprocess.Popen(
        [clone.python, "-c", USE],
        cwd=clone.path,
        env=clone.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    clone.commands.append(command)
    return command


def urls(command: subprocess.Popen[str]) -> dict[str, str]:
    """The environment that a command was given."""
    assert command.stdout is not None
    return dict(json.loads(command.stdout.readline()))


def finish(command: subprocess.Popen[str]) -> None:
    """Let a command come to its end."""
    command.communicate(timeout=180)
    assert command.returncode == 0


def test_two_commands_share_and_the_first_waits_for_the_second(clone: Clone) -> None:
    first = use(clone)
    shared = urls(first)
    second = use(clone)
    assert urls(second) == shared
    assert first.stdin is not None
    first.stdin.close()
    first.stdin = None
    with psycopg.connect(shared["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert first.poll() is None
    finish(second)
    finish(first)
    assert clone.processes() == []


def test_commands_use_the_servers_of_the_running_make_run(clone: Clone) -> None:
    with clone.running():
        (before,) = clone.postmasters()
        command = use(clone)
        environment = urls(command)
        assert environment["SITE_URL"] == f"http://localhost:{clone.port}"
        assert clone.postmasters() == [before]
        finish(command)
        assert clone.postmasters() == [before]


def test_a_command_that_looks_for_make_run_is_not_taken_for_one(tmp_path: Path) -> None:
    """However long the machine lets it look."""
    looks, run = RunRecord(tmp_path), RunRecord(tmp_path)
    assert looks.lock.try_take(shared=True)
    with ThreadPoolExecutor(1) as thread:
        claimed = thread.submit(run.claim)
        time.sleep(1)
        looks.lock.release()
        assert claimed.result(60)
    assert not looks.claim()


def test_the_app_role_owns_nothing_and_is_held_by_row_security(clone: Clone) -> None:
    command = use(clone)
    with psycopg.connect(urls(command)["DATABASE_URL"]) as connection:
        columns = "rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
        rights = f"SELECT {columns} FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(rights).fetchone() == (False, False, False, False)
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert connection.execute(owner).fetchone() == ("counterfoil_owner",)
    finish(command)


def test_a_stale_pid_file_of_another_program_does_not_block_a_start(clone: Clone) -> None:
    """As after a power cut, when the number by now is somebody else's."""
    finish(use(clone))
    identity = clone.path / "var/id"
    home = Path(f"/var/lib/counterfoil-{identity.read_text()}") if identity.exists() else clone.path / "var"
    (home / "postgres/postmaster.pid").write_text(f"{os.getpid()}\n{home}/postgres\n")
    command = use(clone)
    assert urls(command)
    finish(command)


def test_after_a_kill_the_next_start_waits_for_the_old_servers_and_has_their_data(clone: Clone) -> None:
    command = use(clone)
    with psycopg.connect(urls(command)["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    command.kill()
    command.communicate()
    command = use(clone)
    with psycopg.connect(urls(command)["DATABASE_OWNER_URL"]) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)
    finish(command)


def test_a_terminated_command_leaves_nothing_running(clone: Clone) -> None:
    command = use(clone)
    urls(command)
    command.send_signal(signal.SIGTERM)
    command.communicate()
    wait_until(lambda: not clone.processes(), "its servers have gone")


def test_secrets_are_for_their_owner_only(clone: Clone) -> None:
    command = use(clone)
    urls(command)
    for record in [*(clone.path / "var").glob("*.json"), *(clone.path / "var").glob("id")]:
        assert record.stat().st_mode & 0o077 == 0
    finish(command)


@pytest.mark.parametrize("arguments", [[], ["help"], ["migrate", "--help"], ["--version"], ["check"]])
def test_a_command_that_explains_itself_needs_no_servers(arguments: list[str]) -> None:
    from manage import needs_servers

    assert not needs_servers(["manage.py", *arguments])


def test_any_other_command_does() -> None:
    from manage import needs_servers

    assert needs_servers(["manage.py", "create_tenant", "acme", "--json"])


def test_an_ordinary_user_needs_no_more_than_the_clone() -> None:
    """Under a home directory that nobody else can read, with everything in var/."""
    home = Path(tempfile.mkdtemp())
    (home / "clone").mkdir()
    clone = Clone(home / "clone")
    become: list[str] = []
    if os.geteuid() == 0:
        # The one privilege left is to read the Python of this test run, which may be in root's own home.
        become = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        become += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        clone.own_programs()
        subprocess.run(["chown", "-hR", "nobody", home], check=True)
    with clone.running(*become, clone.python, "-m", "dev.run", HOME=str(home)):
        (server,) = clone.postmasters()
        assert Path(f"/proc/{server}").stat().st_uid == home.stat().st_uid
        assert (clone.path / "var/postgres/PG_VERSION").exists()
    assert clone.processes() == []
    shutil.rmtree(home)
