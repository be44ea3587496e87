"""A connection that waits no longer than it may, and goes to the server once for many statements."""

import select
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq import PipelineStatus, TransactionStatus

from config.database.exchange import Asked, Exchange


class Connection(psycopg.Connection[Any]):
    """`patience` are the seconds that a statement may take until the connection is given up; None: any time.

    The server's own statement_timeout comes first where the server lives; this one is for a server that hangs.

    What is asked by `ask` goes out with the next statement whose answer is waited for, or with the commit.
    """

    patience: float | None = None
    made_at: float = 0
    used_at: float = 0

    @cached_property
    def exchange(self) -> Exchange:
        return Exchange(self.pgconn, Transformer(self))

    def ask(self, statement: str, values: Sequence[Any] = ()) -> Asked:
        """Have a statement sent soon, its parameters being `$1`, `$2` …; a transaction begins as psycopg's would.

        Its rows are there after `answer`. An error shows wherever it is sent; what was asked after it is not run.
        """
        idle = self.pgconn.transaction_status == TransactionStatus.IDLE
        if idle and not self.autocommit and not self.exchange.waiting:
            self.exchange.ask("BEGIN")
        return self.exchange.ask(statement, values)

    def answer(self, asked: Asked) -> list[Any]:
        """The rows of what was asked."""
        if asked.rows is None:
            self.exchange.send(self._await)
        if asked.rows is None:
            raise psycopg.ProgrammingError("This statement was not run: one before it failed.")
        return asked.rows

    def commit(self) -> None:
        """As psycopg's; what was asked goes out together with it.

        Of a transaction that has failed PostgreSQL would make a rollback, and call it done: that is an error here.
        """
        if self.pgconn.transaction_status == TransactionStatus.INERROR:
            raise errors.InFailedSqlTransaction("A statement of this transaction failed, so nothing of it is stored")
        if self.exchange.waiting and not self.autocommit:
            self.exchange.ask("COMMIT")
            self.exchange.send(self._await)
        else:
            super().commit()

    def rollback(self) -> None:
        """As psycopg's; what was asked and not sent is forgotten."""
        self.exchange.waiting.clear()
        super().rollback()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, after what was asked, and with our patience unless a timeout is given."""
        if "exchange" in self.__dict__ and self.exchange.waiting:
            self.exchange.send(self._await)
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except errors._WaitTimeout:
            if timeout is not None:
                raise
            raise self._given_up() from None
        except errors.IdleInTransactionSessionTimeout as ended:
            raise psycopg.OperationalError(str(ended)) from None  # the way to the server is gone, as with any other end

    def _await(self, writing: bool) -> None:
        """Return once the socket can be read, or written if that is wanted."""
        watch = select.poll()
        watch.register(self.pgconn.socket, select.POLLIN | (select.POLLOUT if writing else 0))
        if not watch.poll(None if self.patience is None else self.patience * 1000):
            raise self._given_up()

    def _given_up(self) -> psycopg.OperationalError:
        self.pgconn.finish()
        return psycopg.OperationalError(f"The database did not answer within {self.patience} seconds")

    @property
    def lost(self) -> bool:
        """Whether the server has hung up, as seen from this side: an idle server has nothing else to say."""
        if self.closed:
            return True
        watch = select.poll()
        watch.register(self.pgconn.socket, select.POLLIN)
        return bool(watch.poll(0))

    def answers(self, within: float) -> bool:
        """Ask the server for nothing. False, and closed, where it has not answered in so many seconds."""
        usual, self.patience = self.patience, within
        try:
            self.execute("")
        except psycopg.Error:
            self.close()
            return False
        finally:
            self.patience = usual
        return True

    def tidy(self) -> bool:
        """End what a caller left open; whether it can be used again, and then it is as a new one."""
        self.exchange.waiting.clear()
        if self.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            try:
                self.rollback()
            except psycopg.Error:
                return False
        piped = self.pgconn.pipeline_status != PipelineStatus.OFF
        if self.pgconn.transaction_status != TransactionStatus.IDLE or piped:
            return False
        if not self.autocommit:
            self.autocommit = True
        return True
