"""A connection that does not wait for ever for a server that has stopped answering."""

import select
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import PipelineStatus, TransactionStatus


class Connection(psycopg.Connection[Any]):
    """`patience` are the seconds that a statement may take until the connection is given up; None: any time.

    The server's own statement_timeout comes first where the server lives; this one is for a server that hangs.
    """

    patience: float | None = None
    made_at: float = 0
    used_at: float = 0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """As psycopg's, with our patience unless a timeout is given."""
        if timeout is not None or self.patience is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError(f"The database did not answer within {self.patience} seconds") from None

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
        """End what a caller left open; whether it can be used again."""
        if self.pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            try:
                self.rollback()
            except psycopg.Error:
                return False
        piped = self.pgconn.pipeline_status != PipelineStatus.OFF
        return self.pgconn.transaction_status == TransactionStatus.IDLE and not piped
