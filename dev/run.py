"""`make run`: everything Counterfoil is made of, in one process tree that ends as one."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from dev.home import CLONE, clone_home
from dev.processes import Family, port_in_use
from dev.servers import RefusedError, RunRecord, Shared, missing, own_environment
from dev.stack import Stack
from dev.supervisor import StopRequestedError, Supervisor, describe

LINE = "─" * 72


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
        environment = dict(os.environ)
        for name, value in own_environment(home, str(self.port)).items():
            environment[name] = os.environ.get(name) or value
        self.stack = Stack(self.supervisor, environment, self.clone, self.port)

    def start_servers(self) -> None:
        """Start the embedded servers, and let other commands of this clone use them and ours."""
        for one in self.shared:
            self.stack.environment |= one.enter_alone(self.stack.start_server)
        names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "SITE_URL")
        self.record.publish({name: self.stack.environment[name] for name in names})

    def make_ready(self) -> list[str]:
        """Migrate and make the demo; what the demo has to say."""
        demo = self.supervisor.logs.keep("demo")
        for name, run in (("migrate", self.stack.migrate), ("seed_demo", self._seed)):
            if code := run():
                raise RefusedError("\n".join([*demo, f"`manage.py {name}` failed ({describe(code)}), as said above."]))
        return demo

    def _seed(self) -> int:
        return self.supervisor.run(self.stack.python("demo", "manage.py", "seed_demo", grace=30))

    def announce(self, demo: list[str]) -> None:
        """Show where to go and what to type."""
        lines = [f"Counterfoil is running: {self.stack.environment['SITE_URL']}", "", *demo, "", "Ctrl-C stops it."]
        print("\n".join(["", LINE, *(f"  {line}".rstrip() for line in lines), LINE, ""]), flush=True)

    def serve(self) -> None:
        """Start everything in order, then keep it running until the end is asked for."""
        self.start_servers()
        demo = self.make_ready()
        self.stack.start_app()
        self.announce(demo)
        if self.stack.environment.get("LIVE") != "0":
            self.supervisor.watch(self.stack.python("live", "manage.py", "demo_stream"))
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
