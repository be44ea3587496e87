"""The connections of one process, kept between requests, and what is known of whether the database lives.

A request gets an idle connection that is sound, or a new one. The rules:

- An idle connection whose server has hung up is dropped and costs nobody a request. One that has lain for a moment is
  asked first whether its server still answers.
- A refused connection is told at once. A server that is silent for `within` seconds, neither letting anybody in nor
  answering anyone, is away as well: all other connections are dropped, since they are its.
- While it is away only one request at a time tries to connect, and none within LATELY seconds of the last failure: all
  others are told at once. So nobody waits for long, and the first success is the recovery.
- Where all connections are in use, a request waits for one: the database lives, it is only busy.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable

import psycopg

from config.database.connection import Connection

LATELY = 0.1
UNASKED = 0.2
BUSY = 10.0
LONGEST_IDLE = 600.0
LONGEST_LIFE = 3600.0


class Attempt(threading.Thread):
    """One try to connect, which can be left alone: what comes of it then is closed."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        super().__init__(name="connect", daemon=True)
        self.connect = connect
        self.ended = threading.Event()
        self.connection: Connection | None = None
        self.error: Exception | None = None
        self._left = False
        self._lock = threading.Lock()
        self.start()

    def run(self) -> None:
        try:
            connection = self.connect()
        except Exception as error:
            self.error = error
        else:
            with self._lock:
                if self._left:
                    connection.close()
                else:
                    self.connection = connection
        self.ended.set()

    def leave(self) -> Connection | None:
        """Wait no longer; the connection if it came at the last moment."""
        with self._lock:
            self._left = True
            return self.connection


class Pool:
    """At most `size` connections in use, each made by `connect`, which may take its time: it is watched from here."""

    close_returns = False  # psycopg asks

    def __init__(self, connect: Callable[[], Connection], *, size: int, within: float) -> None:
        self._connect_one = connect
        self.size = size
        self.within = within
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._free = threading.BoundedSemaphore(self.size)
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._idle: deque[Connection] = deque()
        self._lived_at = 0.0
        self._failure: Exception | None = None
        self._failed_at = 0.0

    def open(self) -> None:
        """Nothing is opened before it is needed. A forked child has none of its parent's connections."""
        if self._process != os.getpid():
            self._begin()

    def close(self) -> None:
        """Close what is idle; what is in use closes when it is put back by a later pool's process."""
        while (connection := self._take_idle()) is not None:
            connection.close()

    def getconn(self) -> Connection:
        """A sound connection. Raises psycopg.OperationalError where the database is away or all are in use."""
        if not self._free.acquire(timeout=BUSY):
            raise psycopg.OperationalError(f"All {self.size} database connections have been in use for {BUSY} seconds")
        try:
            connection = self._sound() or self._connect()
        except BaseException:
            self._free.release()
            raise
        connection._pool = self  # type: ignore[assignment]
        return connection

    def putconn(self, connection: Connection) -> None:
        """Take back what `getconn` gave."""
        connection._pool = None
        now = time.monotonic()
        try:
            if connection.tidy() and now - connection.made_at < LONGEST_LIFE:
                self._lives(now)
                connection.used_at = now
                with self._lock:
                    self._idle.append(connection)
            else:
                connection.close()
            self._drop_long_idle(now)
        finally:
            self._free.release()

    def _take_idle(self) -> Connection | None:
        """The one that was used last."""
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _drop_long_idle(self, now: float) -> None:
        with self._lock:
            oldest = self._idle[0] if self._idle else None
            if oldest is None or now - oldest.used_at < LONGEST_IDLE:
                return
            self._idle.popleft()
        oldest.close()

    def _sound(self) -> Connection | None:
        """An idle connection whose server is there; None if there is none."""
        while (connection := self._take_idle()) is not None:
            began = time.monotonic()
            if connection.lost:
                connection.close()
            elif began - connection.used_at < UNASKED:
                return connection
            elif connection.answers(self.within):
                self._lives(time.monotonic())
                return connection
            elif time.monotonic() - began >= self.within:
                raise self._goes_away(None)
        return None

    def _connect(self) -> Connection:
        if self._failure is None:
            return self._attempt()
        if not self._asking.acquire(timeout=self.within):
            raise self._away()
        try:
            if self._failure is not None:  # still, though another has just asked
                if time.monotonic() - self._failed_at < LATELY:
                    raise self._away()
                return self._attempt()
        finally:
            self._asking.release()
        return self._attempt()

    def _attempt(self) -> Connection:
        began = time.monotonic()
        attempt = Attempt(self._connect_one)
        while not attempt.ended.wait(max(0.01, self._patient_until(began) - time.monotonic())):
            if time.monotonic() >= self._patient_until(began):
                break
        connection = attempt.leave()
        if connection is None:
            raise self._goes_away(attempt.error)
        connection.made_at = connection.used_at = time.monotonic()
        self._lives(connection.made_at)
        return connection

    def _patient_until(self, began: float) -> float:
        """A server that serves others meanwhile is only slow, and is waited for longer."""
        return min(max(began, self._lived_at) + self.within, began + BUSY)

    def _lives(self, now: float) -> None:
        self._lived_at, self._failure = now, None

    def _goes_away(self, error: Exception | None) -> Exception:
        self._failure = error or psycopg.OperationalError(f"The database was silent for {self.within} seconds")
        self._failed_at = time.monotonic()
        self.close()
        return self._away()

    def _away(self) -> Exception:
        return psycopg.OperationalError(str(self._failure))
