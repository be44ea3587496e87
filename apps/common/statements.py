"""Statements of our own, for paths where Django's building and planning of each would cost more than it does.

They are prepared, and their parameters (`%b`) are bound by the server, in binary form. In a pipeline
(apps/tenants/scope.py) they go out without waiting; the error of one that answers with nothing shows at the next
answer that is waited for, at the latest at the commit.
"""

from collections.abc import Callable, Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection

from apps.common.arrays import Array, ArrayDumper


def read(statement: LiteralString, parameters: Sequence[Any] = ()) -> list[Any]:
    """The rows that the statement answers with."""
    return ask(statement, parameters)()


def write(statement: LiteralString, parameters: Sequence[Any] = ()) -> None:
    """Run a statement whose answer is of no interest."""
    ask(statement, parameters)


def ask(statement: LiteralString, parameters: Sequence[Any] = ()) -> Callable[[], list[Any]]:
    """Send the statement, and return what waits for its rows."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection)
        cursor.adapters.register_dumper(Array, ArrayDumper)
        cursor.execute(statement, parameters, prepare=True)

    def rows() -> list[Any]:
        with connection.wrap_database_errors:
            return cursor.fetchall()

    return rows
