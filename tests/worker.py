"""Processes beside a test, a real Celery worker among them: started, killed at will, and waited for."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from apps.outbox.heartbeat import client
from dev.home import CLONE
from dev.processes import Child, Command, Family

LONG = 300
"""Seconds that even a busy machine needs for nothing."""
A_WHILE = 5


def named(name: str) -> dict[str, str]:
    """The environment of a process whose sessions in the database have this name."""
    return os.environ | {"PGAPPNAME": name}


def wait_until_gone(name: str) -> None:
    """Return once no session has this name: till then the last that a killed process asked for may still be done."""
    wait_until(lambda: _sessions(name) == 0)


def _sessions(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name])
        count: int = cursor.fetchone()[0]
    return count


class Worker:
    """One process that serves both queues."""

    NAME = "worker of a test"

    def __init__(self, family: Family, log: Path) -> None:
        self.family, self.log = family, log
        self.child: Child | None = None

    def start(self) -> None:
        argv = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency=1", "--loglevel=WARNING"]
        with self.log.open("ab") as output:
            command = Command("worker", [*argv, "--queues=celery,outbox"], CLONE, named(self.NAME))
            self.child = self.family.start(command, output)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill_group()
        self.family.forget(self.child)
        wait_until_gone(self.NAME)

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


def wait_until(done: Callable[[], bool], *, ask: Callable[[], object] | None = None) -> None:
    """Return once it is so. Now and then a worker is asked anew, as by beat: the first time may have been in vain."""
    began = asked = time.monotonic()
    if ask:
        ask()
    while not done():
        now = time.monotonic()
        assert now < began + LONG, "it did not come to pass in time"
        if ask and now > asked + A_WHILE:
            ask()
            asked = now
        time.sleep(0.02)
