"""Child processes that never outlive the process that started them, however that one ends."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HERE = Path(__file__).resolve().parent
BARE_PYTHON = [sys.executable, "-IS"]


@dataclass(frozen=True)
class Command:
    """A program to run: how it is started and how it is ended.

    `user` is who it runs as (None: who we are), `stop` the signal that ends it in order, `grace` the seconds
    it is given for that, `orphan_grace` those after we were killed: what works for us has lost its servers
    then, and only they have something to save. Lines of its output that hold `hush` are not shown.
    """

    name: str
    argv: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str] | None = None
    user: pwd.struct_passwd | None = None
    stop: signal.Signals = signal.SIGTERM
    grace: float = 5
    orphan_grace: float = 1
    hush: str | None = None


class Child:
    """A started command: the leader of a session and process group of its own."""

    def __init__(self, command: Command, process: subprocess.Popen[bytes]) -> None:
        self.command = command
        self.process = process

    @property
    def alive(self) -> bool:
        """Whether the leader still runs."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the leader the signal that ends it in order."""
        if self.alive:
            self.process.send_signal(self.command.stop)

    def kill_group(self) -> None:
        """Kill the leader and whatever of its group is left."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


class Family:
    """Starts children and keeps a warden informed, which ends them should this process be killed.

    Use it from the main thread: the kernel's death signal belongs to the thread that started the child.
    `held` are open lock files that the warden keeps open beyond our death, until nothing is left of us.
    """

    def __init__(self, held: Sequence[int] = ()) -> None:
        self._warden = subprocess.Popen(
            [*BARE_PYTHON, HERE / "warden.py"],
            stdin=subprocess.PIPE,
            pass_fds=held,
            start_new_session=True,
            cwd="/",
        )

    def _tell_warden(self, line: str) -> None:
        assert self._warden.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._warden.stdin.write(f"{line}\n".encode())
            self._warden.stdin.flush()

    def start(self, command: Command, output: int | IO[bytes] = subprocess.DEVNULL) -> Child:
        """Start a command, its standard output and error going to `output`."""
        user = f"{command.user.pw_uid}:{command.user.pw_gid}" if command.user else "-"
        process = subprocess.Popen(
            [*BARE_PYTHON, HERE / "child.py", str(os.getpid()), str(int(command.stop)), user, *command.argv],
            cwd=command.cwd,
            env=command.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._tell_warden(f"+ {process.pid} {int(command.stop)} {command.orphan_grace}")
        return Child(command, process)

    def forget(self, child: Child) -> None:
        """Clear up after a child that has ended: nothing of its group stays behind."""
        child.kill_group()
        child.process.wait()
        if child.process.stdout:
            child.process.stdout.close()
        self._tell_warden(f"- {child.process.pid}")

    def stop(self, child: Child) -> None:
        """End a child in order, by force after its grace."""
        child.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(child.command.grace)
        self.forget(child)

    def close(self) -> None:
        """Dismiss the warden, which ends whatever was not stopped."""
        assert self._warden.stdin is not None
        self._warden.stdin.close()
        self._warden.wait()


def run_as(
    user: pwd.struct_passwd | None,
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end as a user (None: ourselves). OSError when it can't be started."""
    uid, gid = (user.pw_uid, user.pw_gid) if user else (None, None)
    groups: list[int] | None = [] if user else None
    return subprocess.run(
        argv,
        user=uid,
        group=gid,
        extra_groups=groups,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on, and that nobody else is given for a minute.

    A connection that we make to it and end first keeps the kernel from giving it to another process; a server, which
    allows the reuse of addresses, may have it all the same.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        port = int(listener.getsockname()[1])
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()
        return port


def port_in_use(port: int) -> bool:
    """Whether somebody already listens on this port of the machine."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
