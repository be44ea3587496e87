"""Handlers for the tests, named in entries by their dotted path; each leaves a mark outside of the database."""

import os
import signal
import threading
from datetime import datetime
from pathlib import Path

from django.db import connection

from apps.outbox.outbox import put

done: list[str] = []
"""What was done in this process, in order: keys that the tests make unique."""


def note(key: str, *, at: datetime) -> None:
    done.append(key)


company = threading.Barrier(2)


def note_in_company(key: str, *, at: datetime) -> None:
    """Done only while another worker is at such an entry too."""
    company.wait(timeout=120)
    done.append(f"{key} {threading.current_thread().name}")


def refuse(key: str, *, at: datetime) -> None:
    raise ConnectionError(f"no mail server for {key}")


def refuse_with_a_nul(key: str, *, at: datetime) -> None:
    raise ConnectionError("550 \0")


def note_then_fail(key: str, *, at: datetime) -> None:
    """Its side effect is done, the transaction that would say so is not: the first time."""
    done.append(key)
    if done.count(key) == 1:
        raise ConnectionError("the answer was lost")


def break_the_transaction(key: str, *, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


def note_and_put_another(key: str, *, at: datetime) -> None:
    done.append(key)
    put("tests.outbox.handlers.note", [f"{key}, then"], at=at)


def mark_then_die(path: str, *, at: datetime) -> None:
    """Write a line, then kill the process it runs in, the first time."""
    with Path(path).open("a") as marks:
        marks.write("done\n")
    if Path(path).read_text() == "done\n":
        os.kill(os.getpid(), signal.SIGKILL)
