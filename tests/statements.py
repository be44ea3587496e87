"""What the database is asked: each statement, by way of Django or not, but BEGIN and COMMIT."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg

from config.database.connection import Connection
from config.database.exchange import Exchange


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements that are sent within the block."""
    statements: list[str] = []
    execute, ask = psycopg.Cursor.execute, Connection.ask

    def noting(cursor: Any, statement: Any, *call: Any, **options: Any) -> Any:
        statements.append(str(statement))
        return execute(cursor, statement, *call, **options)

    def noting_too(connection: Connection, statement: str, *call: Any, **options: Any) -> Any:
        statements.append(statement)
        return ask(connection, statement, *call, **options)

    with patch.object(psycopg.Cursor, "execute", noting), patch.object(Connection, "ask", noting_too):
        yield statements


@contextmanager
def ways() -> Iterator[list[list[str]]]:
    """The statements of our own that are sent within the block, those together that go on one way to the server."""
    found: list[list[str]] = []
    send = Exchange.send

    def noting(exchange: Exchange, wait: Any) -> None:
        found.append([one.statement for one in exchange.waiting])
        send(exchange, wait)

    with patch.object(Exchange, "send", noting):
        yield found


def about(statements: list[str], *tables: str) -> list[str]:
    """Those of the statements that name one of the tables."""
    return [one for one in statements if any(table in one for table in tables)]


LEDGER = ("events_event", "events_outcome", "events_resolution")
