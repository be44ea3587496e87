"""Statements that go to the server together: in their order, on one way, with the errors of each."""

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
from psycopg import errors
from psycopg.pq import TransactionStatus

from config.database.connection import Connection
from tests.config.test_pool import Door
from tests.worker import wait_until

STALE = "SELECT pg_terminate_backend(%s, 60000)"


@pytest.fixture
def connection(door: Door) -> Iterator[Connection]:
    """In transactions, as within a scope, with a table that is gone in the end."""
    made = door()
    made.autocommit = False
    made.execute("CREATE TEMPORARY TABLE note (number int8 PRIMARY KEY, text text) ON COMMIT PRESERVE ROWS")
    made.commit()
    yield made
    made.close()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def ways(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went on each way to the server."""
    found: list[int] = []
    send = connection.exchange.send

    def noting(wait: object) -> None:
        found.append(len(connection.exchange.waiting))
        send(wait)  # type: ignore[arg-type]

    monkeypatch.setattr(connection.exchange, "send", noting)
    return found


def notes(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT number FROM note ORDER BY number")]


def write(connection: Connection, number: int) -> None:
    connection.ask("INSERT INTO note VALUES ($1)", [number])


def test_a_transaction_goes_with_its_begin_and_its_commit(connection: Connection, ways: list[int]) -> None:
    write(connection, 1)
    write(connection, 2)
    assert connection.pgconn.transaction_status == TransactionStatus.IDLE
    connection.commit()
    assert ways == [4]
    assert connection.pgconn.transaction_status == TransactionStatus.IDLE
    assert notes(connection) == [1, 2]


@pytest.mark.parametrize("ours", [True, False])
def test_of_a_transaction_that_the_server_has_ended_for_its_silence_the_connection_is_away(
    connection: Connection, ours: bool
) -> None:
    """And its caller is told to come again, as where the server itself had gone."""
    connection.execute("SET idle_in_transaction_session_timeout = '1ms'")
    wait_until(lambda: connection.lost)
    with pytest.raises(psycopg.OperationalError):
        connection.answer(connection.ask("SELECT 1")) if ours else connection.execute("SELECT 1")
    assert connection.closed


def test_an_answer_sends_what_was_asked_before_it_and_sees_it(connection: Connection, ways: list[int]) -> None:
    write(connection, 1)
    count = connection.ask("SELECT count(*), $1::text, $2::numeric FROM note", ["é", Decimal("1.50")])
    later = connection.ask("SELECT 7")
    assert connection.answer(count) == [(1, "é", Decimal("1.50"))]
    assert connection.answer(later) == [(7,)]
    assert ways == [4]


def test_what_is_executed_otherwise_comes_after_what_was_asked(connection: Connection) -> None:
    write(connection, 1)
    assert notes(connection) == [1]
    connection.commit()


def test_what_was_asked_and_is_rolled_back_was_never_sent(connection: Connection, ways: list[int]) -> None:
    write(connection, 1)
    connection.rollback()
    assert ways == []
    connection.commit()
    assert notes(connection) == []


def test_an_error_shows_where_it_is_sent_and_nothing_after_it_is_run(connection: Connection) -> None:
    write(connection, 1)
    write(connection, 1)
    write(connection, 2)
    with pytest.raises(errors.UniqueViolation):
        connection.commit()
    connection.rollback()
    assert notes(connection) == []


def test_whose_statement_was_not_run_has_no_answer(connection: Connection) -> None:
    connection.ask("SELECT 1 / 0")
    after = connection.ask("SELECT 1")
    with pytest.raises(errors.DivisionByZero):
        connection.answer(after)
    with pytest.raises(psycopg.ProgrammingError, match="was not run"):
        connection.answer(after)


def test_after_an_error_the_same_statements_can_be_asked_again(connection: Connection) -> None:
    """What could not be prepared behind the one that failed is prepared then."""
    for divisor, text in ((0, "not yet"), (2, "now")):
        connection.ask("SELECT 10 / $1", [divisor])
        said = connection.ask("SELECT $1::text", [text])
        if divisor:
            assert connection.answer(said) == [("now",)]
        else:
            with pytest.raises(errors.DivisionByZero):
                connection.answer(said)
            connection.rollback()


def test_what_stood_behind_a_statement_that_can_not_be_prepared_is_prepared_later(connection: Connection) -> None:
    connection.ask("SELECT number FROM nowhere")
    said = connection.ask("SELECT $1::text", ["not yet"])
    with pytest.raises(errors.UndefinedTable):
        connection.answer(said)
    connection.rollback()
    assert connection.answer(connection.ask("SELECT $1::text", ["now"])) == [("now",)]


def test_outside_a_transaction_each_way_is_durable_by_itself(connection: Connection) -> None:
    connection.autocommit = True
    connection.answer(connection.ask("INSERT INTO note VALUES ($1)", [1]))
    assert connection.pgconn.transaction_status == TransactionStatus.IDLE
    assert notes(connection) == [1]


def test_a_null_and_a_number_are_different_parameters(connection: Connection) -> None:
    """What was prepared for the one would not take the other: a number of eight bytes is none of two."""
    statement = "SELECT pg_typeof($1)::text"
    for value, kind in ((1, "smallint"), (10**12, "bigint"), ("text", "text")):
        assert connection.answer(connection.ask(statement, [value])) == [(kind,)]


def test_a_transaction_that_has_failed_is_not_committed_in_silence(connection: Connection) -> None:
    """Whoever looks away from an error is told at the commit that nothing is stored."""
    write(connection, 1)
    with pytest.raises(errors.DivisionByZero):
        connection.answer(connection.ask("SELECT 1 / 0"))
    with pytest.raises(errors.InFailedSqlTransaction):
        connection.commit()
    connection.rollback()
    assert notes(connection) == []


def test_a_connection_that_is_older_than_the_tables_is_given_up(connection: Connection) -> None:
    """A migration while we run: the next connection prepares its statements anew."""
    everything = "SELECT * FROM note"
    connection.answer(connection.ask(everything))
    connection.execute("ALTER TABLE note ADD COLUMN by text")
    connection.commit()
    with pytest.raises(psycopg.OperationalError, match="older than the tables"):
        connection.answer(connection.ask(everything))
    assert connection.closed


def test_a_statement_is_prepared_once_for_each_kind_of_parameters(connection: Connection) -> None:
    for value in (1, 2, "three"):
        connection.answer(connection.ask("SELECT $1::text", [str(value)]))
    [(count,)] = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::text'")
    assert count == 1


def test_much_in_both_directions_goes_through(connection: Connection) -> None:
    """More than the buffers of both sides hold, each statement by itself."""
    text = "x" * 20_000_000
    asked = [connection.ask("SELECT $1::text", [text]) for _ in range(2)]
    assert [connection.answer(one) for one in asked] == [[(text,)]] * 2


def test_a_server_that_hangs_is_given_up(connection: Connection) -> None:
    connection.patience = 0.2
    with pytest.raises(psycopg.OperationalError, match=r"within 0\.2 seconds"):
        connection.answer(connection.ask("SELECT pg_sleep(30)"))
    assert connection.closed


def test_a_server_that_has_gone_is_told(door: Door, connection: Connection) -> None:
    with door() as other:
        other.execute(STALE, [connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        connection.answer(connection.ask("SELECT 1"))
    assert connection.closed


def test_a_connection_that_is_put_back_forgets_what_was_not_sent(connection: Connection) -> None:
    write(connection, 1)
    assert connection.tidy()
    assert connection.exchange.waiting == []
