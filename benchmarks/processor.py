"""Processor time of processes, read from /proc: it tells what work costs, whatever else the machine does."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")


def seconds(processes: Iterable[int]) -> float:
    """Seconds that these processes, those below them and their ended children have used so far."""
    below: dict[int, list[int]] = {}
    used: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            # After the name in parentheses: state, parent, ..., and as 12th to 15th the ticks of it and its ended ones.
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(file.parent.name)
        below.setdefault(int(fields[1]), []).append(process)
        used[process] = sum(int(field) for field in fields[11:15])
    left, ticks = list(processes), 0
    while left:
        process = left.pop()
        ticks += used.get(process, 0)
        left += below.get(process, [])
    return ticks / TICK


def postgres() -> int:
    """The process above all of PostgreSQL's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        fields = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1])
