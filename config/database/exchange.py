"""Several statements on one way to the server and back: libpq's pipeline mode.

psycopg has this too (`Connection.pipeline`), but goes to the socket for each statement, and waits at each end of it;
for a transaction of ten small statements that is more work than the statements are.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from psycopg import errors
from psycopg.abc import Buffer, Transformer
from psycopg.adapt import PyFormat
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGconn, PGresult

type Shape = tuple[str, tuple[int, ...]]
"""A statement and the types of its parameters."""


class Asked:
    """A statement with the values of its parameters `$1`, `$2` … as the server takes them, and its rows once it is
    answered."""

    __slots__ = ("formats", "rows", "statement", "types", "values")

    def __init__(self, statement: str, values: Sequence[Any], transformer: Transformer) -> None:
        self.statement = statement
        self.values: Sequence[Buffer | None] = transformer.dump_sequence(values, [PyFormat.BINARY] * len(values))
        self.types, self.formats = transformer.types or (), transformer.formats or ()
        self.rows: list[Any] | None = None

    @property
    def shape(self) -> Shape:
        return self.statement, self.types


class Exchange:
    """What was asked over one connection and is not sent yet; and the names of what is prepared there."""

    def __init__(self, pgconn: PGconn, transformer: Transformer) -> None:
        self.pgconn, self.transformer = pgconn, transformer
        self.waiting: list[Asked] = []
        self.names: dict[Shape, bytes] = {}

    def ask(self, statement: str, values: Sequence[Any] = ()) -> Asked:
        asked = Asked(statement, values, self.transformer)
        self.waiting.append(asked)
        return asked

    def send(self, wait: Callable[[bool], None]) -> None:
        """Send all that waits, and take in the answers. `wait(writing)` returns when the socket can be read, or written
        to. Raises the error of the first statement that has one; those after it were not run.
        """
        asked, self.waiting = self.waiting, []
        self.pgconn.enter_pipeline_mode()
        new = self._put(asked)
        self.pgconn.pipeline_sync()
        while self.pgconn.flush():
            wait(True)
            self.pgconn.consume_input()
        results = self._results(wait)
        self.pgconn.exit_pipeline_mode()
        prepared = zip(new.items(), results, strict=False)  # these were sent first
        self.names |= {shape: name for (shape, name), result in prepared if result.status == ExecStatus.COMMAND_OK}
        failed = next((one for one in results if one.status == ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            raise self._error(failed)
        for one, result in zip(asked, results[len(new) :], strict=True):
            self.transformer.set_pgresult(result)
            one.rows = self.transformer.load_rows(0, result.ntuples, tuple)

    def _error(self, failed: PGresult) -> Exception:
        """What the server said. Where a table's columns have changed since a statement was prepared, the connection is
        given up: it would say so for ever, and a new one prepares it anew."""
        error = errors.error_from_result(failed)
        if failed.error_field(DiagnosticField.SOURCE_FUNCTION) != b"RevalidateCachedQuery":
            return error
        self.pgconn.finish()
        return errors.OperationalError(f"The connection is older than the tables: {error}")

    def _put(self, asked: Iterable[Asked]) -> dict[Shape, bytes]:
        """Hand the statements to libpq; returns the names of those that are prepared first."""
        new: dict[Shape, bytes] = {}
        for one in asked:
            if one.shape not in self.names and one.shape not in new:
                new[one.shape] = f"cf_{len(self.names) + len(new)}".encode()
                self.pgconn.send_prepare(new[one.shape], one.statement.encode(), one.types)
        for one in asked:
            name = self.names.get(one.shape) or new[one.shape]
            self.pgconn.send_query_prepared(name, one.values, one.formats)
        return new

    def _results(self, wait: Callable[[bool], None]) -> list[PGresult]:
        """One of each command, in order, up to the end of the pipeline."""
        found: list[PGresult] = []
        while True:
            while self.pgconn.is_busy():
                wait(False)
                self.pgconn.consume_input()
            result = self.pgconn.get_result()
            if result is None:  # the end of one command's results, or of everything
                if self.pgconn.status == ConnStatus.BAD:
                    raise errors.OperationalError(self.pgconn.get_error_message())
            elif result.status == ExecStatus.PIPELINE_SYNC:
                return found
            else:
                found.append(result)
