"""Statements of our own, for paths where Django's building and planning of each would cost more than it does.

They are prepared, and their parameters (`%b`) are bound by the server, in binary form. Within a transaction they wait
for one another: all that was asked goes to the server at once, when the first answer is needed, Django runs a query of
its own, or the transaction ends. The error of one shows there, and what was asked after it is not run.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from typing import Any, LiteralString

from django.db import connection


def read(statement: LiteralString, parameters: Sequence[Any] = ()) -> list[Any]:
    """The rows that the statement answers with."""
    return ask(statement, parameters)()


def write(statement: LiteralString, parameters: Sequence[Any] = ()) -> None:
    """Have a statement run whose answer is of no interest."""
    rows = ask(statement, parameters)
    if connection.get_autocommit():
        rows()


def ask(statement: LiteralString, parameters: Sequence[Any] = ()) -> Callable[[], list[Any]]:
    """Have the statement sent with the next that waits, and return what waits for its rows."""
    connection.ensure_connection()
    own = connection.connection
    asked = own.ask(_numbered(statement), parameters)

    def rows() -> list[Any]:
        with connection.wrap_database_errors:
            rows: list[Any] = own.answer(asked)
        return rows

    return rows


@cache
def _numbered(statement: LiteralString) -> str:
    """The statement with its parameters as PostgreSQL numbers them."""
    numbers = count(1)
    return re.sub("%[b%]", lambda found: f"${next(numbers)}" if found[0] == "%b" else "%", statement)
