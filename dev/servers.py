"""The embedded servers: started when needed, shared by every command of a clone, ended with the last of them.

    with servers() as environment: ...     # a command: those of the running `make run`, or its own
    with passing_servers() as environment: # a test run: always its own, in a temporary directory

`environment` is what to add to the process's own: DATABASE_URL, DATABASE_OWNER_URL, REDIS_URL and, with them,
SECRET_KEY, DEBUG and SITE_URL.
"""

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dev.home import CLONE, Home, clone_home, passing_home, programs, write_private
from dev.locks import Lock
from dev.postgres import Postgres
from dev.processes import Child, Family
from dev.valkey import Valkey

type Server = Postgres | Valkey
type Start = Callable[[Server], Child]
SERVERS: dict[str, type[Postgres] | type[Valkey]] = {"DATABASE_URL": Postgres, "REDIS_URL": Valkey}


class RefusedError(Exception):
    """Something the user has to do first; its text is one line that says what."""


def missing(environ: Mapping[str, str]) -> list[str]:
    """The URLs that the environment does not give, for each of which a server is to be embedded."""
    if environ.get("DATABASE_URL") and not environ.get("DATABASE_OWNER_URL"):
        raise RefusedError(
            "DATABASE_URL is set without DATABASE_OWNER_URL: set it too, to the role that owns the database, "
            "because the app's own role may not migrate."
        )
    if environ.get("DATABASE_OWNER_URL") and not environ.get("DATABASE_URL"):
        raise RefusedError(
            "DATABASE_OWNER_URL is set without DATABASE_URL: set it too, to the role the app works with, "
            "because row-level security does not hold for an owner."
        )
    return [name for name in SERVERS if not environ.get(name)]


def launch(server: Server, family: Family) -> Child:
    """Start a server and make it ready. RuntimeError with the end of its log if it does not come up."""
    server.prepare()
    log = server.home.path / f"{server.command().name}.log"
    with log.open("wb") as output:
        child = family.start(server.command(), output)
    try:
        server.wait(lambda: child.alive)
        server.settle()
    except BaseException as error:
        family.stop(child)
        if isinstance(error, RuntimeError):
            raise RuntimeError(f"{error}:\n{log.read_text(errors='replace')[-2000:]}") from None
        raise
    return child


class Shared:
    """One server of a clone, used by several commands at once, kept by the one that came first.

    Four locks: `gate` is held while looking or starting or ending; `keeper` by the one whose child the server
    is; `users` by the others, shared; `leftovers` also by the keeper's warden, until a killed keeper's server
    has ended.
    """

    def __init__(self, name: str, home: Home, clone: Path) -> None:
        self.name = name
        self.home = home
        self.clone = clone
        folder = clone / "var/locks"
        self.gate, self.keeper, self.users, self.leftovers = (
            Lock(folder / f"{name}.{lock}") for lock in ("gate", "keeper", "users", "leftovers")
        )
        self.record = clone / f"var/{name}.json"
        self.child: Child | None = None

    def enter(self, start: Start) -> dict[str, str]:
        """Use the server, starting it if nobody has; its part of the environment."""
        self.gate.take()
        try:
            if self.keeper.try_take():
                return self._start(start)
            self.users.take(shared=True)
            known: dict[str, str] = json.loads(self.record.read_text())
            return known
        finally:
            self.gate.release()

    def enter_alone(self, start: Start) -> dict[str, str]:
        """As `enter`, but as the keeper: waits until whoever is has ended."""
        while True:
            self.gate.take()
            try:
                if self.keeper.try_take():
                    return self._start(start)
            finally:
                self.gate.release()
            print(f"Waiting for another command of this clone that uses {self.name}.", file=sys.stderr)
            self.keeper.take()
            self.keeper.release()

    def _start(self, start: Start) -> dict[str, str]:
        """Start the server; we hold the gate and are its keeper."""
        try:
            self.leftovers.take()
            server = SERVERS[self.name](self.home, programs(self.clone), durable=True)
            self.child = start(server)
            write_private(self.record, json.dumps(server.environment()))
        except BaseException:
            self.keeper.release()
            raise
        return server.environment()

    def leave(self) -> None:
        """Stop using somebody else's server."""
        self.users.release()

    def close(self, family: Family) -> None:
        """End our own server once nobody else uses it."""
        if self.child is None:
            return
        try:
            self._await_users()
        finally:
            self.end(family)

    def end(self, family: Family) -> None:
        """End our own server now."""
        if self.child is not None:
            family.stop(self.child)
            self.withdraw()

    def withdraw(self) -> None:
        """Let nobody find our own server, which has ended."""
        self.record.unlink(missing_ok=True)
        self.leftovers.release()
        self.keeper.release()
        self.gate.release()

    def _await_users(self) -> None:
        """Return with the gate held and no user inside."""
        told = False
        while True:
            self.gate.take()
            if self.users.try_take():
                return
            self.gate.release()
            if not told:
                print("Waiting for other commands that use this one's database servers.", file=sys.stderr)
                told = True
            self.users.take()
            self.users.release()


@contextlib.contextmanager
def servers(clone: Path = CLONE) -> Iterator[dict[str, str]]:
    """The environment of a running `make run`, else of embedded servers for what the environment lacks."""
    wanted = missing(os.environ)
    if not wanted:
        yield {}
        return
    home = clone_home(clone)
    run = RunRecord(clone)
    if (published := run.published()) is not None:
        yield published
        return
    shared = [Shared(name, home, clone) for name in wanted]
    family = Family(held=[one.leftovers.fd for one in shared])
    environment = own_environment(home)
    try:
        for one in shared:
            environment |= one.enter(lambda server: launch(server, family))
        yield environment
    finally:
        for one in shared:  # first all that are others', lest two keepers wait for each other
            if one.child is None:
                one.leave()
        for one in shared:
            one.close(family)
        family.close()


def own_environment(home: Home, port: str = "8000") -> dict[str, str]:
    """What Counterfoil needs to know besides its servers, for use on this machine."""
    return {"SECRET_KEY": home.secret("django"), "DEBUG": "1", "SITE_URL": f"http://localhost:{port}"}


class RunRecord:
    """What the one `make run` of a clone tells other commands: `lock` is held for as long as it runs."""

    def __init__(self, clone: Path = CLONE) -> None:
        self.lock = Lock(clone / "var/locks/run")
        self.path = clone / "var/run.json"

    def claim(self) -> bool:
        """Become the one; False if another is."""
        while not self.lock.try_take():
            if not self.lock.try_take(shared=True):
                return False
            self.lock.release()  # a command that looks for us shares the lock for an instant
            time.sleep(0.05)
        self.path.unlink(missing_ok=True)
        return True

    def publish(self, environment: Mapping[str, str]) -> None:
        """Let other commands use these servers."""
        write_private(self.path, json.dumps(dict(environment)))

    def withdraw(self) -> None:
        """Let nobody find our servers any more."""
        self.path.unlink(missing_ok=True)
        self.lock.release()

    def published(self) -> dict[str, str] | None:
        """The environment of the running `make run`, waiting while it is starting; None if there is none."""
        while not self.lock.try_take(shared=True):
            with contextlib.suppress(FileNotFoundError):
                known: dict[str, str] = json.loads(self.path.read_text())
                return known
            time.sleep(0.1)
        self.lock.release()
        return None


@contextlib.contextmanager
def passing_servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """The environment of servers of one's own in a temporary directory; fast and forgetful, unless durable."""
    home = passing_home()
    family = Family()
    children = []
    environment = own_environment(home) | {"COUNTERFOIL_TEST_HOME": str(home.path)}
    try:
        for kind in SERVERS.values():
            server = kind(home, programs(), durable=durable)
            children.append(launch(server, family))
            environment |= server.environment()
        yield environment
    finally:
        for child in children:
            family.stop(child)
        family.close()
        shutil.rmtree(home.path, ignore_errors=True)
