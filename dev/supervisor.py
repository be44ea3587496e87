"""Keeps processes running: starts them, prints what they say, starts again those that die, ends them all."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from dev.logs import Logs
from dev.processes import Child, Command, Family

TICK = 0.1
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY = 30.0


class StopRequestedError(Exception):
    """Somebody asked for the end: Ctrl-C, SIGTERM or the terminal went away."""


def _nothing() -> None:
    """Nothing to prepare."""


@dataclass
class Service:
    """A process that is to run always, made ready by `prepare` before each start. Times are monotonic."""

    command: Command
    child: Child | None = None
    prepare: Callable[[], None] = _nothing
    started_at: float = 0
    start_at: float = 0
    pause: float = FIRST_PAUSE


class Supervisor:
    """One per process; it takes over the signals that end it. Single-threaded: all happens in `tick`.

    A service that has run for `steady` seconds is started again at once when it dies.
    """

    def __init__(self, family: Family, steady: float = STEADY) -> None:
        self.family = family
        self.steady = steady
        self.logs = Logs()
        self.services: list[Service] = []
        self.requests = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._request)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            signal.signal(signal.SIGHUP, self._request)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requests += 1

    def check(self) -> None:
        """Raise StopRequestedError if the end was asked for."""
        if self.requests:
            raise StopRequestedError

    def start(self, command: Command) -> Child:
        """Start a command that is not watched over, its output in the log."""
        child = self.family.start(command, subprocess.PIPE)
        assert child.process.stdout is not None
        self.logs.follow(command.name, child.process.stdout, command.hush)
        return child

    def run(self, command: Command) -> int:
        """Run a command to its end; its exit code."""
        child = self.start(command)
        try:
            while child.alive:
                self.tick()
        except StopRequestedError:
            child.ask_to_stop()
            raise
        finally:
            self._finish(child)
        return int(child.process.returncode)

    def watch(self, command: Command, *, child: Child | None = None, prepare: Callable[[], None] = _nothing) -> None:
        """Have a command always running from now on. `child` if it is running already."""
        service = Service(command, child, prepare, started_at=time.monotonic())
        self.services.append(service)
        if child is None:
            self._start(service)

    def tick(self) -> None:
        """Print what was said and start again what has died. Raises StopRequestedError."""
        self.check()
        self.logs.pump(TICK)
        for service in self.services:
            if service.child is None:
                if time.monotonic() >= service.start_at:
                    self._start(service)
            elif not service.child.alive:
                self._bury(service, service.child)

    def _start(self, service: Service) -> None:
        service.prepare()
        service.child = self.start(service.command)
        service.started_at = time.monotonic()

    def _bury(self, service: Service, child: Child) -> None:
        """Clear up after a service that died; set its next start, later each time it dies young."""
        now = time.monotonic()
        if now - service.started_at > self.steady:
            service.pause = FIRST_PAUSE
        self._finish(child)
        ending = describe(child.process.returncode)
        self.logs.say(service.command.name, f"ended ({ending}), starts again in {service.pause:.1f} s")
        service.child, service.start_at = None, now + service.pause
        service.pause = min(service.pause * 2, LONGEST_PAUSE)

    def _finish(self, child: Child) -> None:
        if child.alive:
            self._await_end([child])
        child.kill_group()
        child.process.wait()
        assert child.process.stdout is not None
        self.logs.drop(child.process.stdout)
        self.family.forget(child)

    def _await_end(self, children: list[Child]) -> None:
        """Print on until all have ended, their grace is over or the end was asked for twice."""
        deadline = time.monotonic() + max((child.command.grace for child in children), default=0)
        while any(child.alive for child in children) and time.monotonic() < deadline and self.requests < 2:
            self.logs.pump(TICK)
        for child in children:
            child.kill_group()
            child.process.wait()

    def stop(self, names: set[str]) -> None:
        """End these services, those started last first."""
        children = []
        for service in reversed(self.services):
            if service.command.name in names and service.child is not None:
                service.child.ask_to_stop()
                children.append(service.child)
        self._await_end(children)
        for child in children:
            self._finish(child)
        self.services = [service for service in self.services if service.command.name not in names]


def describe(code: int) -> str:
    """An exit code in words."""
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name
