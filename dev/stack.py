"""What Counterfoil is made of, as processes under one supervisor: its servers, then web, worker and beat."""

import contextlib
import http.client
import sys
from collections.abc import Mapping
from pathlib import Path

from dev.processes import Child, Command
from dev.servers import Server
from dev.supervisor import Supervisor

# HTTP/1 only: with HTTP/2 on offer a connection that never says anything is kept for ever.
WEB = ["granian", "--interface", "rsgi", "--http", "1", "--no-ws", "--workers", "2"]
WEB += ["--http1-header-read-timeout", "30000", "--http1-buffer-size", "65536"]
WEB += ["--respawn-failed-workers", "--respawn-interval", "0.5"]
WEB += ["--workers-kill-timeout", "3", "--log-level", "error", "config.rsgi:application"]
CELERY = ["celery", "-A", "config", "--quiet"]
WORKER = [*CELERY, "worker", "--queues=celery,outbox", "--concurrency=2", "--loglevel=WARNING"]
BEAT = [*CELERY, "beat", "--scheduler=celery.beat:Scheduler", "--loglevel=WARNING"]


class Stack:
    """The processes of one clone; `environment` is what they are started with, and grows with each server."""

    def __init__(self, supervisor: Supervisor, environment: Mapping[str, str], clone: Path, port: int) -> None:
        self.supervisor = supervisor
        self.environment = dict(environment) | {"PYTHONUNBUFFERED": "1"}
        self.clone = clone
        self.port = port

    def python(self, name: str, *arguments: str, grace: float = 5) -> Command:
        """A command of the clone's own Python."""
        return Command(name, [sys.executable, *arguments], self.clone, self.environment, grace=grace)

    def start_server(self, server: Server) -> Child:
        """Start a server, make it ready and keep it running."""
        server.prepare()
        command = server.command()
        child = self.supervisor.start(command)

        def alive() -> bool:
            self.supervisor.tick()
            return child.alive

        server.wait(alive)
        server.settle()
        self.supervisor.watch(command, child=child, prepare=server.prepare)
        return child

    def migrate(self) -> int:
        """Bring the database up to date; the exit code."""
        arguments = ("manage.py", "migrate", "--database=owner", "--verbosity=0")
        return self.supervisor.run(self.python("migrate", *arguments, grace=30))

    def start_app(self) -> None:
        """Start web, worker and beat, and wait for the first answer."""
        watch = self.supervisor.watch
        watch(self.python("web", "-m", *WEB, "--port", str(self.port)))
        watch(self.python("worker", "-W", "ignore:You're running the worker", "-m", *WORKER, grace=10))
        watch(self.python("beat", "-m", *BEAT))
        while not self._answers():
            self.supervisor.tick()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status < 500
        return False
