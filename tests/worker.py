"""A real Celery worker on a test's servers, started and killed at will."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apps.outbox.heartbeat import client
from dev.home import CLONE
from dev.processes import Child, Command, Family


class Worker:
    """One process that serves both queues."""

    def __init__(self, family: Family, log: Path) -> None:
        self.family, self.log = family, log
        self.child: Child | None = None

    def start(self) -> None:
        argv = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=1", "--loglevel=WARNING"]
        with self.log.open("ab") as output:
            command = Command("worker", [*argv, "--queues=celery,outbox"], CLONE, dict(os.environ))
            self.child = self.family.start(command, output)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill_group()
        self.child.process.wait(10)
        self.family.forget(self.child)

    def stop(self) -> None:
        if self.child is not None and self.child.alive:
            self.family.stop(self.child)


@pytest.fixture
def worker(family: Family, tmp_path: Path) -> Iterator[Worker]:
    """Its queues are empty: what other tests asked for is none of its work."""
    with client() as valkey:
        valkey.delete("celery", "outbox")
    worker = Worker(family, tmp_path / "worker.log")
    yield worker
    worker.stop()


def wait_until(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.02)
