"""What a client can do to the web server by being slow, too large, or gone: nothing to the others."""

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from select import select

import pytest

from dev.home import CLONE
from dev.processes import Command, Family, free_port
from dev.stack import WEB
from tests.worker import wait_until
from web.shares import WAITING

MIB = 1024 * 1024
MANY = 50


class Server:
    """The stand-in, served as `make run` serves Counterfoil but by one process of four threads."""

    def __init__(self, port: int, gate: Path) -> None:
        self.port, self.gate = port, gate

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=120)

    def ask(
        self, path: str, method: str = "GET", body: bytes | Iterable[bytes] | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """(status, body) of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, headers, encode_chunked="Transfer-Encoding" in headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def await_inside(self, **expected: int) -> None:
        """Return once the server says this of itself (tests/web/standin.py); of bytes, this many or more."""

        enough = expected.pop("bytes", 0)

        def is_so() -> bool:
            found = json.loads(self.ask("/inside", Cookie=f"sessionid={session_of('watchman')}")[1])
            return found["bytes"] >= enough and found | expected == found

        wait_until(is_so)

    @contextmanager
    def occupied(self, count: int, beginning: bytes, **inside: int) -> Iterator[list[socket.socket]]:
        """So many connections that have sent this much, and then nothing, once it is so `inside`."""
        with ExitStack() as stack:
            sockets = [stack.enter_context(self.connect()) for _ in range(count)]
            for one in sockets:
                one.sendall(beginning)
            self.await_inside(**inside)
            yield sockets


def session_of(name: str) -> str:
    """The name of a session that lives, of whoever has this initial; any number of them."""
    return f"live{name}{next(_number):x}".ljust(32, "x")


_number = count()


def serve(family: Family, folder: Path, **environment: str) -> Iterator[Server]:
    port, gate = free_port(), folder / "gate"
    arguments = [*WEB[:-1], "tests.web.standin:application", "--workers", "1", "--port", str(port)]
    own = {"WEB_THREADS": "4", "STANDIN_GATE": str(gate), "PYTHONPATH": str(CLONE)}
    child = family.start(Command("front", [sys.executable, "-m", *arguments], CLONE, os.environ | own | environment))
    server = Server(port, gate)
    wait_until(lambda: is_up(server))
    yield server
    family.stop(child)


def is_up(server: Server) -> bool:
    try:
        return server.ask("/")[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with patience."""
    yield from serve(family, tmp_path_factory.mktemp("front"), WEB_PATIENCE="300")


@pytest.fixture(scope="module")
def hasty(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that waits for a second."""
    yield from serve(family, tmp_path_factory.mktemp("hasty"), WEB_PATIENCE="1")


POST = b"POST /api/echo HTTP/1.1\r\nHost: localhost\r\n"
SLOW = {
    "a body": POST + b"Content-Length: 1000\r\n\r\nabc",
    "a large body": POST + b"Content-Length: 1000000\r\n\r\nabc",
    "a chunked body": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    "the headers": POST,
    "nothing": b"",
}


@pytest.mark.parametrize("what", SLOW)
def test_slow_clients_hold_nobody_up(server: Server, what: str) -> None:
    with server.occupied(MANY, SLOW[what]) as sockets:
        for number, one in enumerate(sockets):
            if SLOW[what]:
                one.sendall(b"1" if "chunked" in what else b"X" if what == "the headers" else b"z")
            if number % 10 == 0:
                assert server.ask("/")[0] == 200


@pytest.mark.parametrize("path", ["/stream", "/measured"])
def test_slow_readers_hold_nobody_up_and_get_it_all(server: Server, path: str) -> None:
    with server.occupied(
        12, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    ) as sockets:
        assert server.ask("/")[0] == 200
        for one in sockets:
            answer = b"".join(iter(lambda one=one: one.recv(MIB), b""))
            assert answer.startswith(b"HTTP/1.1 200")
            assert len(answer.partition(b"\r\n\r\n")[2]) == 8 * MIB


def test_a_stream_that_fails_is_no_answer(server: Server) -> None:
    assert server.ask("/failing")[0] == 500


def test_a_short_stream_is_sent_from_memory(server: Server) -> None:
    assert server.ask("/short") == (200, b"ab")


def test_a_body_that_does_not_come_is_a_408(hasty: Server) -> None:
    for beginning in (SLOW["a body"], SLOW["a large body"], SLOW["a chunked body"]):
        with hasty.connect() as one:
            one.sendall(beginning)
            answer = one.recv(MIB)
            assert answer.startswith(b"HTTP/1.1 408")
            assert b"connection: close" in answer


def test_a_body_that_comes_slowly_but_comes_is_taken(hasty: Server) -> None:
    """Each 64 KiB earn a second more than the one that it waits."""
    with hasty.connect() as one:
        beginning = POST + b"Content-Length: 2097152\r\n\r\n" + b"x" * 1_572_864
        for part in (beginning, b"x" * 262_144, b"x" * 262_144):
            one.sendall(part)
            time.sleep(0.7)
        assert one.recv(MIB).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("what", ["a body", "a large body", "a chunked body"])
def test_a_body_that_breaks_off_reaches_nobody(server: Server, what: str) -> None:
    with server.connect() as one:
        one.sendall(SLOW[what])
        one.shutdown(socket.SHUT_WR)
        assert not one.recv(MIB).startswith(b"HTTP/1.1 200")


def test_a_chunk_that_is_none_is_a_400(server: Server) -> None:
    with server.connect() as one:
        one.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert one.recv(MIB).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000, 2 * MIB])
def test_a_body_arrives_as_it_was_sent(server: Server, size: int) -> None:
    body = os.urandom(size)
    assert server.ask("/api/echo", "POST", body) == (200, body)
    chunks = (body[start : start + 70_000] for start in range(0, size, 70_000))
    assert server.ask("/api/echo", "POST", chunks, **{"Transfer-Encoding": "chunked"}) == (200, body)


def test_of_a_body_that_is_too_large_no_more_is_kept_than_tells_so(server: Server) -> None:
    status, kept = server.ask("/api/echo", "POST", b"x" * (8 * MIB))
    assert status == 200
    assert 2 * MIB < len(kept) <= 3 * MIB


@pytest.fixture
def cramped(family: Family, tmp_path: Path) -> Iterator[Server]:
    """One that holds a MiB of bodies."""
    yield from serve(family, tmp_path, WEB_ROOM_MB="1", WEB_PATIENCE="300")


def test_no_more_bodies_are_held_than_there_is_room_for(cramped: Server) -> None:
    """Two uploads on their way hold nearly all that is for them; when they have gone, there is room again."""
    size = 450_000
    beginning = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % size
    with cramped.occupied(2, beginning + b"x" * 350_000, bytes=700_000):
        assert cramped.ask("/echo", "POST", b"x" * 1000) == (200, b"x" * 1000)
        status, told = cramped.ask("/echo", "POST", b"x" * size)
        assert (status, json.loads(told)["title"]) == (503, "Too many large bodies are on their way.")
    for _ in range(4):
        wait_until(lambda: cramped.ask("/echo", "POST", b"x" * size) == (200, b"x" * size))


def test_small_bodies_that_do_not_come_take_room_too(cramped: Server) -> None:
    announced = POST + b"Content-Length: 150000\r\n\r\n"
    with cramped.occupied(5, announced, bytes=750_000):
        assert cramped.ask("/echo", "POST", b"x" * 100_000)[0] == 503


def pour(one: socket.socket, mebibytes: int) -> None:
    one.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(mebibytes):
        one.sendall(b"%x\r\n%s\r\n" % (MIB, b"x" * MIB))


def test_of_a_body_without_end_no_more_is_read_than_most_clients_would_send(server: Server) -> None:
    with server.connect() as one, pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
        pour(one, 200)


def test_a_file_may_be_larger_where_pages_are(server: Server) -> None:
    assert len(server.ask("/echo", "POST", b"x" * (8 * MIB))[1]) == 8 * MIB


def test_headers_are_bounded_in_number_and_size(server: Server) -> None:
    many = b"".join(b"X-%d: a\r\n" % number for number in range(200))
    for request, status in (
        (b"GET / HTTP/1.1\r\n" + many + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * MIB + b"\r\n\r\n", b"431"),
        (b"GET /?" + b"a" * MIB + b" HTTP/1.1\r\n\r\n", b"414"),
    ):
        with server.connect() as one:
            try:
                one.sendall(request)
                answer = one.recv(MIB)
            except OSError:
                continue
            assert answer.split(b" ")[1] in (status, b"431", b"400")


def test_what_the_application_is_told(server: Server) -> None:
    with server.connect() as one:
        one.sendall(
            b"PUT /api/caf%C3%A9/%ff?a=%20b HTTP/1.1\r\nHost: localhost\r\nCookie: a=1\r\nCookie: b=2\r\nX-Twice: 1\r\n"
            b"X-Twice: 2\r\nX-Name: caf\xc3\xa9\r\nX_Forwarded_Proto: https\r\n"
            b"Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
        )
        told = one.recv(MIB).decode("latin-1").partition("\r\n\r\n")[2].splitlines()
    assert told[0] == "REQUEST_METHOD=PUT"
    assert told[1].startswith("PATH_INFO=/api/caf\xc3\xa9/")
    assert told[2:] == [
        "QUERY_STRING=a=%20b",
        "REMOTE_ADDR=127.0.0.1",
        "CONTENT_TYPE=text/plain",
        "HTTP_COOKIE=a=1; b=2",
        "HTTP_X_TWICE=1,2",
        "HTTP_X_NAME=\x80",
        "HTTP_X_FORWARDED_PROTO=None",
    ]


def test_one_tenant_can_not_take_all_threads(server: Server) -> None:
    """Thirty requests of Northwind hold half of the four threads; Globex is answered, and Northwind afterwards."""
    held = b"GET /api/hold HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cf_northwind_secret\r\n\r\n"
    with server.occupied(30, held, held=2, waiting=28) as sockets:
        assert server.ask("/api/", Authorization="Bearer cf_globex_secret")[0] == 200
        assert server.ask("/")[0] == 200
        server.gate.touch()
        assert {one.recv(MIB)[:12] for one in sockets} == {b"HTTP/1.1 200"}


def test_who_has_too_many_waiting_is_told_to_come_again(hasty: Server) -> None:
    held = b"GET /api/hold HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cf_northwind_secret\r\n\r\n"
    with hasty.occupied(2 + WAITING + 5, held, held=2, waiting=WAITING) as sockets:
        wait_until(lambda: len(select(sockets, [], [], 1)[0]) == 5)
        refused = select(sockets, [], [], 1)[0]
        for one in refused:
            answer = one.recv(MIB)
            assert answer.startswith(b"HTTP/1.1 429")
            assert b"retry-after: 1" in answer
        hasty.gate.touch()
        assert {one.recv(MIB)[:12] for one in sockets if one not in refused} == {b"HTTP/1.1 200"}


def test_large_posts_to_a_gathered_path_keep_two_threads_of_their_tenant(family: Family, tmp_path: Path) -> None:
    """Of eight threads Northwind may have four; its batches hold two of them, and its page finds another."""
    for server in serve(family, tmp_path, WEB_THREADS="8"):
        head = b"POST /api/gathered HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cf_northwind_secret\r\n"
        batches = head + b"Content-Length: 20000\r\n\r\n" + b"hold" + b"x" * 19_996
        with server.occupied(6, batches, held=2, waiting=4) as sockets:
            assert server.ask("/api/", Authorization="Bearer cf_northwind_secret")[0] == 200
            server.gate.touch()
            assert {one.recv(MIB)[:12] for one in sockets} == {b"HTTP/1.1 200"}
