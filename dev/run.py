"""`make run`: everything Counterfoil is made of, in one process tree that ends as one."""

import contextlib
import http.client
import os
import sys
from collections.abc import Callable
from pathlib import Path

from dev.home import CLONE, clone_home
from dev.processes import Child, Command, Family, port_in_use
from dev.servers import RefusedError, RunRecord, Server, Shared, missing, own_environment
from dev.supervisor import StopRequestedError, Supervisor, describe

LINE = "─" * 72
WEB = ["granian", "--interface", "wsgi", "--workers", "2", "--blocking-threads", "8", "--no-ws"]
WEB += ["--workers-kill-timeout", "3", "--log-level", "error", "config.wsgi:application"]
CELERY = ["celery", "-A", "config", "--quiet"]
WORKER = [*CELERY, "worker", "--queues=celery,outbox", "--concurrency=2", "--loglevel=WARNING"]
BEAT = [*CELERY, "beat", "--scheduler=celery.beat:Scheduler", "--loglevel=WARNING"]


class Run:
    """One `make run` of a clone."""

    def __init__(self, clone: Path, port: int) -> None:
        self.clone = clone
        self.port = port
        self.record = RunRecord(clone)
        self.shared: list[Shared] = []

    def claim(self, wanted: list[str]) -> None:
        """Become the one run of this clone, on a free port. RefusedError says why not."""
        if not self.record.claim():
            raise RefusedError("Counterfoil is already running in this clone: stop that `make run` first.")
        if port_in_use(self.port):
            raise RefusedError(f"Port {self.port} is in use: run `make run PORT={self.port + 1}`")
        home = clone_home(self.clone)
        self.shared = [Shared(name, home, self.clone) for name in wanted]
        self.family = Family(held=[one.leftovers.fd for one in self.shared])
        self.supervisor = Supervisor(self.family)
        self.environment = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
        for name, value in own_environment(home, str(self.port)).items():
            self.environment[name] = os.environ.get(name) or value

    def python(self, name: str, *arguments: str, grace: float = 5) -> Command:
        """A command of the clone's own Python."""
        return Command(name, [sys.executable, *arguments], self.clone, self.environment, grace=grace)

    def start_servers(self) -> None:
        """Start the embedded servers, and let other commands of this clone use them and ours."""
        for one in self.shared:
            self.environment |= one.enter_alone(self._start_server)
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SITE_URL")
        self.record.publish({name: self.environment[name] for name in names})

    def _start_server(self, server: Server) -> Child:
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

    def make_ready(self) -> list[str]:
        """Migrate and make the demo; what the demo has to say."""
        demo = self.supervisor.logs.keep("demo")
        for name, *arguments in (
            ("migrate", "migrate", "--database=owner", "--verbosity=0"),
            ("demo", "seed_demo"),
        ):
            code = self.supervisor.run(self.python(name, "manage.py", *arguments, grace=30))
            if code:
                raise RefusedError(
                    "\n".join([*demo, f"`manage.py {arguments[0]}` failed ({describe(code)}), as said above."])
                )
        return demo

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

    def announce(self, demo: list[str]) -> None:
        """Show where to go and what to type."""
        lines = [f"Counterfoil is running: {self.environment['SITE_URL']}", "", *demo, "", "Ctrl-C stops it."]
        print("\n".join(["", LINE, *(f"  {line}".rstrip() for line in lines), LINE, ""]), flush=True)

    def serve(self) -> None:
        """Start everything in order, then keep it running until the end is asked for."""
        self.start_servers()
        demo = self.make_ready()
        self.start_app()
        self.announce(demo)
        if self.environment.get("LIVE") != "0":
            self.supervisor.watch(self.python("live", "manage.py", "demo_stream"))
        while True:
            self.supervisor.tick()

    def end(self) -> None:
        """End everything: first what uses the servers, then the servers."""
        self.record.path.unlink(missing_ok=True)  # from here on other commands wait for our end
        servers = {one.child.command.name for one in self.shared if one.child}
        self.supervisor.stop({service.command.name for service in self.supervisor.services} - servers)
        self.supervisor.stop(servers)
        for one in self.shared:
            one.withdraw()
        self.record.withdraw()
        self.family.close()


def read_port() -> int:
    """The port asked for. RefusedError if it is none."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise RefusedError(f"PORT is {text!r}: give a number from 1 to 65535, as in `make run PORT=8001`")
    return int(text)


def main() -> int:
    """Run until asked to end; the exit code."""
    run = Run(CLONE, read_port())
    run.claim(missing(os.environ))
    try:
        run.serve()
    except StopRequestedError:
        print("Stopping.", flush=True)
    finally:
        run.end()
    return 0


def reported(main: Callable[[], int]) -> int:
    """Run a main function; what the user can mend is one line, without a traceback."""
    try:
        return main()
    except RefusedError as refused:
        print(refused, file=sys.stderr)
    except (RuntimeError, PermissionError) as error:
        print(f"Counterfoil could not start: {error}", file=sys.stderr)
    except BrokenPipeError:  # nobody reads our log any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


if __name__ == "__main__":
    sys.exit(reported(main))
