"""A clone with the real `dev` in it and a small stand-in for the app, to run as `make run` does."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dev import bootstrap
from dev.home import CLONE, WHEELS
from dev.processes import free_port

RSGI = """
from config.wsgi import application as wsgi
from web.front import Front

class Nobody:
    def known(self, shown):
        return None
    def meet(self, shown):
        pass

application = Front(wsgi, Nobody(), Nobody())
"""

MANAGE = """
import os, sys, time, psycopg
command = sys.argv[1]
with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
    if command == "migrate":
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("GRANT ALL ON note TO counterfoil_app")
    if command == "seed_demo":
        if not connection.execute("SELECT 1 FROM note").fetchone():
            connection.execute("INSERT INTO note VALUES ('made once')")
        print("Notes:", connection.execute("SELECT count(*) FROM note").fetchone()[0])
while command == "demo_stream":
    time.sleep(1)
"""
WSGI = """
import os, psycopg
def application(environ, start_response):
    try:
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            text = connection.execute("SELECT text FROM note").fetchone()[0]
    except psycopg.OperationalError as error:
        start_response("503 Service Unavailable", [])
        return [str(error).encode()]
    start_response("200 OK", [])
    return [text.encode()]
"""
CELERY = """
import os
from celery import Celery
app = Celery("standin", broker=os.environ["REDIS_URL"])
"""


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 180) -> None:
    """Return once a condition holds; AssertionError naming it if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def processes(mark: str) -> dict[int, str]:
    """The living processes whose environment or command line holds a text: pid to command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if command and mark.encode() in command + (entry / "environ").read_bytes():
                found[int(entry.name)] = command.replace(b"\0", b" ").decode()
    return found


def parent(pid: int) -> int | None:
    """The pid of a process's parent, None where the process has gone."""
    with contextlib.suppress(OSError):
        return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    return None


class Clone:
    """A stand-in clone in a directory of its own; every process started from it carries `mark`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mark = f"counterfoil-standin-{path.name}-{os.getpid()}"
        shutil.copytree(CLONE / "dev", path / "dev", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("Makefile", "requirements.txt", "requirements-dev.txt", ".python-version"):
            shutil.copy(CLONE / name, path / name)
        (path / "manage.py").write_text(MANAGE)
        (path / "config").mkdir()
        (path / "config/__init__.py").write_text("from config.celery import app as celery\n")
        (path / "config/wsgi.py").write_text(WSGI)
        shutil.copytree(CLONE / "web", path / "web", ignore=shutil.ignore_patterns("__pycache__"))
        (path / "config/rsgi.py").write_text(RSGI)
        shutil.copy(CLONE / "config/environment.py", path / "config/environment.py")
        (path / "config/celery.py").write_text(CELERY)
        self.port = free_port()
        self.python = str(path / ".venv/bin/python")
        self.log = path / "run.log"
        self.commands: list[subprocess.Popen[str]] = []
        self._lend_environment()

    def _lend_environment(self) -> None:
        """An environment as `make` would install it, the packages being those of this test run."""
        venv = self.path / ".venv"
        (venv / "bin").mkdir(parents=True)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
        (venv / "bin/python").symlink_to(Path(sys.executable).resolve())
        (venv / "lib").symlink_to(Path(sys.prefix) / "lib")
        (venv / "requirements.stamp").write_text(bootstrap.fingerprint("requirements.txt"))

    def own_programs(self) -> None:
        """Have the servers' programs in the clone itself, for a user who can reach no other place."""
        lent = Path(sysconfig.get_path("platlib"))
        lib = self.path / ".venv/lib"
        lib.unlink()
        packages = lib / lent.parent.name / "site-packages"
        packages.mkdir(parents=True)
        for package in lent.iterdir():
            if package.name in WHEELS:
                shutil.copytree(package, packages / package.name, symlinks=True)
            else:
                (packages / package.name).symlink_to(package)

    def environment(self, **more: str) -> dict[str, str]:
        """A newcomer's environment: nothing of this test run's own servers."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return kept | {"PORT": str(self.port), "STANDIN": self.mark, "NO_PROXY": "*"} | more

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the clone's Python to its end."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.path,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )

    def processes(self, *parts: str) -> list[int]:
        """The pids of this clone's processes whose command line holds all these texts."""
        identity = self.path / "var/id"
        home = f"counterfoil-{identity.read_text()}" if identity.exists() else str(self.path)
        marked = processes(self.mark) | processes(str(self.path)) | processes(home)
        return sorted(pid for pid, command in marked.items() if all(part in command for part in parts))

    def postmasters(self) -> list[int]:
        """The pids of its PostgreSQL servers, without a fork that has a server's command line for an instant."""
        found = self.processes("postgres -D")
        return [pid for pid in found if parent(pid) not in (None, *found)]

    @contextlib.contextmanager
    def running(self, *program: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
        """`make run` of this clone, or `program` in its place, from the moment it says that it is running."""
        with self.log.open("wb") as log:
            run = subprocess.Popen(
                program or [self.python, "-m", "dev.run"],
                cwd=self.path,
                env=self.environment(**more),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: run.poll() is not None or "Ctrl-C stops it" in self.text(), "make run is up")
            assert run.poll() is None, self.text()
            yield run
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(180)

    def text(self) -> str:
        """What the run has said so far."""
        return self.log.read_text()

    def remove(self) -> None:
        """`make clean`, which knows what lies outside the clone as well, once no command is left that a test began."""
        for command in self.commands:
            command.kill()
            command.communicate()
        subprocess.run(["sh", "dev/clean.sh"], cwd=self.path, check=True, timeout=180)
