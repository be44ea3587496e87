"""Statements of our own within Django's transactions."""

from contextlib import suppress

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.common.statements import ask, read, write

NOTE = "CREATE TEMPORARY TABLE note (number int8 PRIMARY KEY) ON COMMIT DROP"


def test_what_was_asked_in_a_savepoint_that_is_undone_is_never_sent() -> None:
    """Nor can its error spoil what the transaction did before."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NOTE)
        write("INSERT INTO note VALUES (%b)", [1])
        with suppress(ZeroDivisionError), transaction.atomic():
            write("INSERT INTO note VALUES (%b)", [1])
            raise ZeroDivisionError
        assert read("SELECT number FROM note") == [(1,)]


def test_errors_are_those_of_django() -> None:
    """By which it is told that the database is away."""
    with transaction.atomic():
        write("SELECT set_config('statement_timeout', '1ms', true)")
        rows = ask("SELECT pg_sleep(10)")
        with pytest.raises(OperationalError):
            rows()
        transaction.set_rollback(True)


def test_outside_a_transaction_what_is_written_is_sent_at_once() -> None:
    write("SELECT set_config('application_name', %b, false)", ["counter"])
    assert connection.connection.exchange.waiting == []
    connection.close()


def test_an_error_shows_at_the_end_of_the_savepoint_in_which_it_was_asked_and_is_undone_with_it() -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NOTE)
        write("INSERT INTO note VALUES (%b)", [1])
        with pytest.raises(IntegrityError), transaction.atomic():
            write("INSERT INTO note VALUES (%b)", [1])
        assert read("SELECT number FROM note") == [(1,)]
