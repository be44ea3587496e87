"""The floor: what PostgreSQL itself takes to store the same rows, by psycopg's COPY, from one connection.

The same tables with all their keys, indexes and foreign keys: each event, its outcome, and a row of Usage where one
arises, which is with the first block. The rows are ready before the clock starts; what counts is COPY's own writing of
them, PostgreSQL's work, and the commit to the disk. Row-level security refuses COPY to the app's role, so this is the
owner's, whom it lets by.
"""

import os
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from apps.outcomes.models import DefinitionVersion
from apps.tenants.base import new_id
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from benchmarks.cast import events, vendor
from benchmarks.turns import Contestant

KIND = "resolved_ticket"
TABLES = {
    "events_event": {
        "tenant_id": "uuid",
        "id": "uuid",
        "external_id": "text",
        "type": "text",
        "customer": "text",
        "subject": "text",
        "time": "timestamptz",
        "quantity": "numeric",
        "properties": "jsonb",
        "received_at": "timestamptz",
        "status": "text",
        "version_id": "uuid",
    },
    "events_outcome": {
        "tenant_id": "uuid",
        "id": "uuid",
        "customer_id": "uuid",
        "version_id": "uuid",
        "subject": "text",
        "dimension": "text",
        "occurred_at": "timestamptz",
        "settles_at": "timestamptz",
        "awaits_confirmation": "bool",
        "heeds_signals": "bool",
        "booked_day": "date",
        "late": "bool",
        "pending_summed": "bool",
        "quantity": "numeric",
        "value": "numeric",
        "items": "int8",
    },
    "events_usage": {
        "tenant_id": "uuid",
        "id": "uuid",
        "customer_id": "uuid",
        "version_id": "uuid",
        "dimension": "text",
        "day": "date",
        "slot": "int2",
        **dict.fromkeys(("quantity", "value", "late", "held", "voided"), "numeric"),
        **dict.fromkeys(("items", "entries"), "int8"),
    },
}
type Block = dict[str, list[tuple[Any, ...]]]
"""The rows of each table."""


class Ready(bytes):
    """JSON that is written already."""


class ReadyText(Dumper):
    oid = psycopg.adapters.types["jsonb"].oid

    def dump(self, obj: Ready) -> bytes:
        return obj


class ReadyBinary(ReadyText):
    format = Format.BINARY

    def dump(self, obj: Ready) -> bytes:
        return b"\x01" + obj


class Floor:
    """A vendor of its own, and one connection of the owner's."""

    def __init__(self) -> None:
        self.tenant_id = vendor({KIND: {}})
        with scope(self.tenant_id):
            self.version_id: UUID = DefinitionVersion.objects.get().pk
            self.customers: dict[str, UUID] = dict(Customer.objects.values_list("external_id", "pk"))
        self.booked: set[tuple[UUID, date]] = set()
        self.connection = psycopg.connect(os.environ["DATABASE_OWNER_URL"])
        for dumper in (ReadyText, ReadyBinary):
            self.connection.adapters.register_dumper(Ready, dumper)

    def contestant(self, form: str, size: int, count: int) -> Contestant:
        """Copy so many blocks of this size, a transaction each, in PostgreSQL's "text" or "binary" form."""

        def run() -> float:
            blocks = [self.block(size) for _ in range(count)]
            began = time.perf_counter()
            for block in blocks:
                for table, rows in block.items():
                    self._copy(table, rows, form)
                self.connection.commit()
            return size * count / (time.perf_counter() - began)

        return run

    def block(self, size: int) -> Block:
        """What ingestion would store for so many events."""
        at = datetime.now(UTC)
        found: Block = {table: [] for table in TABLES}
        for event in events(KIND, size, time=at):
            name, subject = event["customer"], event["subject"]
            id, customer_id = new_id(), self.customers[name]
            sent = (KIND, name, subject, at, Decimal(1), Ready(msgspec.json.encode(event["properties"])), at)
            found["events_event"].append((self.tenant_id, id, event["id"], *sent, "accepted", self.version_id))
            counted = ("", at, at, False, False, at.date(), False, None, Decimal(1), Decimal(0), 1)
            found["events_outcome"].append((self.tenant_id, id, customer_id, self.version_id, subject, *counted))
            if (customer_id, at.date()) not in self.booked:
                self.booked.add((customer_id, at.date()))
                figures = (*[Decimal(0)] * 5, 1, 1)
                key = (self.tenant_id, new_id(), customer_id, self.version_id, "", at.date(), 0)
                found["events_usage"].append((*key, *figures))
        return found

    def _copy(self, table: str, rows: Sequence[tuple[Any, ...]], form: str) -> None:
        if not rows:
            return
        columns = TABLES[table]
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT {form})"
        with self.connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            copy.set_types(list(columns.values()))
            for row in rows:
                copy.write_row(row)
