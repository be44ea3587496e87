"""What an event takes on the disk: its tables and indexes where many are stored, and the log that it writes."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connections

from benchmarks.cast import events, take_in
from benchmarks.history import HOT, KIND, OTHERS, Vendor

TABLES = ("events_event", "events_outcome", "events_usage")
WARM_UP = 12
SENT = {1_000: 12, 100: 60, 1: 300}
SIZES = "SELECT pg_relation_size(%s::regclass), pg_indexes_size(%s::regclass), pg_total_relation_size(%s::regclass)"


def measure(vendor: Vendor) -> None:
    """Print what an event takes in the database in use."""
    stored = _row("SELECT count(*) FROM events_event")[0]
    print(f"\nBytes for each of {stored:,} stored events, in the tables and in their indexes\n")
    total = 0
    for table in TABLES:
        rows, indexes, whole = _row(SIZES, [table] * 3)
        total += whole
        print(f"  {table:<16} {rows / stored:6.0f} {indexes / stored:6.0f}")
    print(f"  together {total / stored:14.0f}")
    print("\nBytes that an event writes to the log (with its outcome and Usage)\n")
    kinds: dict[str, Callable[[int], dict[str, Any]]] = {
        "one hot customer": lambda number: {"customer": HOT},
        "ten thousand customers": lambda number: {"customer": f"c{1 + number % OTHERS}"},
        "the same, ids at random": lambda number: {"customer": f"c{1 + number % OTHERS}", "id": secrets.token_hex(16)},
    }
    for fields in kinds.values():  # the first change of a page after a checkpoint writes all of it: not counted here
        _logged(vendor, 1_000, WARM_UP, fields)
    for size, count in SENT.items():
        for kind, fields in kinds.items():
            print(f"  {size:>5,} to a batch, {kind:<24} {_logged(vendor, size, count, fields):7,.0f}")


def _logged(vendor: Vendor, size: int, count: int, fields: Callable[[int], dict[str, Any]]) -> float:
    """Bytes of log for each event of so many batches."""
    before, number = _log(), 0
    for _ in range(count):
        at = datetime.now(UTC)
        made = [event | fields(number) for number, event in enumerate(events(KIND, size, time=at), number)]
        number += size
        take_in(vendor.tenant_id, msgspec.json.encode(made), at=at)
    return (_log() - before) / (size * count)


def _log() -> int:
    return int(_row("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')")[0])


def _row(statement: str, values: list[str] | None = None) -> Any:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
