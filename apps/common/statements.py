"""Statements of our own, for paths where Django's building and planning of each would cost more than it does.

They are prepared, and their parameters (`%b`) are bound by the server, in binary form. In a pipeline
(apps/tenants/scope.py) they go out without waiting; the error of one that answers with nothing shows at the next
answer that is waited for, at the latest at the commit.
"""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from django.db import connection


def read(statement: LiteralString, parameters: Sequence[Any]) -> list[Any]:
    """The rows that the statement answers with."""
    with connection.wrap_database_errors, _sent(statement, parameters) as cursor:
        return cursor.fetchall()


def write(statement: LiteralString, parameters: Sequence[Any]) -> None:
    """Run a statement that answers with nothing."""
    with connection.wrap_database_errors:
        _sent(statement, parameters)


def _sent(statement: LiteralString, parameters: Sequence[Any]) -> psycopg.Cursor[Any]:
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    cursor.execute(statement, parameters, prepare=True)
    return cursor
