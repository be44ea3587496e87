"""The pool of database connections, on the real server: what is dead is dropped, what is busy is waited for."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import psycopg
import pytest
from django.conf import settings
from psycopg.pq import TransactionStatus

from config.database.connection import Connection
from config.database.pool import LATELY, UNASKED, Pool
from dev.home import CLONE
from dev.processes import free_port


class Door:
    """Makes connections, at first to the test's own database; `port` may be moved to where nobody listens."""

    def __init__(self) -> None:
        own = settings.DATABASES["default"]
        self.parameters = {"dbname": own["NAME"], "user": own["USER"], "password": own["PASSWORD"], "host": own["HOST"]}
        self.home = self.port = own["PORT"]
        self.tried = 0

    def __call__(self) -> Connection:
        self.tried += 1
        return Connection.connect(**self.parameters, port=self.port, autocommit=True)


class Wire:
    """Passes on what a client and the server say to each other, until it is `cut`: then all is lost, in silence."""

    def __init__(self, host: str, port: str) -> None:
        self.server = host, int(port)
        self.cut = False
        self.entrance = socket.create_server(("127.0.0.1", 0))
        self.port = str(self.entrance.getsockname()[1])
        self.start(self.receive)

    def start(self, work: Callable[..., None], *ends: socket.socket) -> None:
        threading.Thread(target=work, args=ends, daemon=True).start()

    def receive(self) -> None:
        with suppress(OSError):
            while True:
                client, server = self.entrance.accept()[0], socket.create_connection(self.server)
                self.start(self.carry, client, server)
                self.start(self.carry, server, client)

    def carry(self, one: socket.socket, other: socket.socket) -> None:
        with one, suppress(OSError):
            while said := one.recv(65_536):
                if not self.cut:
                    other.sendall(said)
            other.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.entrance.shutdown(socket.SHUT_RDWR)
        self.entrance.close()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def wire(door: Door) -> Iterator[Wire]:
    """What lies between the door and its server."""
    with closing(Wire(door.parameters["host"], door.home)) as wire:
        door.port = wire.port
        yield wire


@pytest.fixture
def pool(door: Door) -> object:
    made = Pool(door, size=2, within=60)
    yield made
    made.close()


def backend(connection: Connection) -> int:
    return connection.info.backend_pid


def use(pool: Pool, work: Callable[[Connection], object] = backend) -> object:
    connection = pool.getconn()
    try:
        return work(connection)
    finally:
        pool.putconn(connection)


def test_a_connection_is_used_again(pool: Pool) -> None:
    assert use(pool) == use(pool)


def test_one_that_the_server_has_ended_costs_nobody_a_request(pool: Pool, door: Door) -> None:
    first, second = pool.getconn(), pool.getconn()
    ended = {backend(first), backend(second)}
    pool.putconn(first)
    pool.putconn(second)
    with door() as other:
        for pid in ended:
            other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
    assert use(pool, lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    assert use(pool) not in ended


def test_what_a_caller_left_open_is_rolled_back(pool: Pool) -> None:
    def leave_open(connection: Connection) -> None:
        connection.execute("BEGIN")
        connection.execute("SELECT set_config('app.tenant', 'somebody', true)")

    use(pool, leave_open)
    setting = "SELECT COALESCE(current_setting('app.tenant', true), '')"
    assert use(pool, lambda connection: connection.execute(setting).fetchone()) == ("",)


def test_one_that_was_put_back_within_a_transaction_is_as_a_new_one(pool: Pool) -> None:
    """It lies for a moment, so that it is asked whether it lives; that must not begin a transaction."""

    def leave_open(connection: Connection) -> int:
        connection.autocommit = False
        connection.execute("SELECT 1")
        return backend(connection)

    def state(connection: Connection) -> tuple[int, bool, TransactionStatus]:
        return backend(connection), connection.autocommit, connection.pgconn.transaction_status

    left = use(pool, leave_open)
    time.sleep(2 * UNASKED)
    assert use(pool, state) == (left, True, TransactionStatus.IDLE)


def test_one_whose_transaction_has_failed_is_rolled_back_and_kept(pool: Pool) -> None:
    def fail(connection: Connection) -> int:
        connection.execute("BEGIN")
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        return backend(connection)

    assert use(pool, fail) == use(pool)


def test_being_asked_whether_it_lives_leaves_a_connection_its_patience(pool: Pool) -> None:
    def settle(connection: Connection) -> None:
        connection.patience = 7

    use(pool, settle)
    time.sleep(2 * UNASKED)
    assert use(pool, lambda connection: connection.patience) == 7


def test_one_that_is_old_or_has_lain_long_is_ended(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = use(pool)
    monkeypatch.setattr("config.database.pool.LONGEST_LIFE", 0)
    assert use(pool) == first
    assert use(pool) != first
    monkeypatch.undo()
    second, third = pool.getconn(), pool.getconn()
    pool.putconn(second)
    monkeypatch.setattr("config.database.pool.LONGEST_IDLE", 0)
    pool.putconn(third)
    assert second.closed


def test_a_broken_one_is_not_kept(pool: Pool) -> None:
    before = use(pool, lambda connection: (backend(connection), connection.pgconn.finish())[0])
    assert use(pool) != before


def test_one_that_was_left_in_a_pipeline_is_not_kept(pool: Pool) -> None:
    before = use(pool, lambda connection: (backend(connection), connection.pgconn.enter_pipeline_mode())[0])
    assert use(pool) != before


def test_a_busy_pool_is_waited_for(pool: Pool) -> None:
    taken = [pool.getconn(), pool.getconn()]
    given = threading.Event()

    def give_back() -> None:
        given.set()
        pool.putconn(taken.pop())

    timer = threading.Timer(0.2, give_back)
    timer.start()
    use(pool)
    assert given.is_set()
    pool.putconn(taken.pop())


def test_a_refusal_is_told_and_the_next_request_after_the_return_succeeds(pool: Pool, door: Door) -> None:
    door.port = str(free_port())
    with pytest.raises(psycopg.OperationalError, match="refused"):
        use(pool)
    door.port = door.home
    time.sleep(0.2)
    assert use(pool) == use(pool)


def test_while_it_is_away_few_try_to_connect(pool: Pool, door: Door) -> None:
    door.port = str(free_port())
    began = time.monotonic()
    for _ in range(200):
        with pytest.raises(psycopg.OperationalError):
            use(pool)
    assert door.tried <= 2 + (time.monotonic() - began) / LATELY


def test_a_request_that_was_refused_gives_its_place_back(pool: Pool, door: Door) -> None:
    door.port = str(free_port())
    for _ in range(3):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            use(pool)
    door.port = door.home
    time.sleep(0.2)
    use(pool)


def test_a_silent_server_is_away_and_what_comes_late_is_closed(door: Door) -> None:
    late: list[Connection] = []
    answer = threading.Event()

    def slow() -> Connection:
        answer.wait(30)
        late.append(door())
        return late[0]

    pool = Pool(slow, size=2, within=0.2)
    with pytest.raises(psycopg.OperationalError, match="silent"):
        use(pool)
    answer.set()
    while not (late and late[0].closed):
        time.sleep(0.01)
    assert late[0].closed


def test_a_silent_server_is_noticed_by_the_first_idle_connection_and_the_others_are_dropped_with_it(
    door: Door, wire: Wire
) -> None:
    pool = Pool(door, size=2, within=0.3)
    idle = [pool.getconn(), pool.getconn()]
    for one in idle:
        pool.putconn(one)
    wire.cut = True
    time.sleep(2 * UNASKED)
    with pytest.raises(psycopg.OperationalError, match="silent"):
        use(pool)
    assert [one.closed for one in idle] == [True, True]
    assert door.tried == 2  # it did not knock anew where nobody had answered
    wire.cut = False
    time.sleep(2 * LATELY)
    assert use(pool, lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    pool.close()


class Slow:
    """Lets the first in at once. While the second waits, for `seconds`, the first goes on using the pool."""

    def __init__(self, door: Door, seconds: float) -> None:
        self.pool = Pool(self.connect, size=2, within=0.5)
        self.seconds, self.door = seconds, door
        self.first = self.pool.getconn()

    def connect(self) -> Connection:
        return self.wait() if self.door.tried else self.door()

    def wait(self) -> Connection:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and self.pool._failure is None:
            self.pool.putconn(self.first)
            self.first = self.pool.getconn()
            time.sleep(0.01)
        return self.door()


def test_a_server_that_serves_others_meanwhile_is_slow_and_not_away(door: Door) -> None:
    slow = Slow(door, seconds=1.2)
    assert use(slow.pool) != backend(slow.first)
    slow.pool.putconn(slow.first)
    slow.pool.close()


def test_nor_is_it_waited_for_without_end(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.database.pool.BUSY", 0.8)
    slow = Slow(door, seconds=30)
    with pytest.raises(psycopg.OperationalError, match="silent"):
        use(slow.pool)
    slow.first.close()


FORKED = """
import json, os, sys
from config.database.connection import Connection
from config.database.pool import Pool

def pids(connections):
    return [connection.execute("SELECT pg_backend_pid()").fetchone()[0] for connection in connections]

parameters = json.load(sys.stdin)
pool = Pool(lambda: Connection.connect(**parameters, autocommit=True), size=2, within=5)
parents = [pool.getconn(), pool.getconn()]
print(json.dumps(pids(parents)), flush=True)
pool.putconn(parents[1])
if child := os.fork():
    os.waitpid(child, 0)
    pool.open()
    print(json.dumps(pids([parents[0], pool.getconn()])))
else:
    pool.open()
    print(json.dumps(pids([pool.getconn(), pool.getconn()])), flush=True)
    os._exit(0)
"""


def test_a_forked_child_has_none_of_its_parents_connections_and_leaves_them_whole(door: Door) -> None:
    """Of the parent's two places one is taken and one lies idle; its child has two of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", FORKED],
        cwd=CLONE,
        input=json.dumps(door.parameters | {"port": door.port}),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=60,
    )
    before, child, after = (json.loads(line) for line in ran.stdout.splitlines())
    assert after == before
    assert len({*before, *child}) == 4


def test_a_statement_that_takes_longer_than_its_patience_gives_the_connection_up(door: Door) -> None:
    with door() as connection:
        connection.patience = 0.2
        with pytest.raises(psycopg.OperationalError, match="did not answer"):
            connection.execute("SELECT pg_sleep(20)")
        assert connection.closed
