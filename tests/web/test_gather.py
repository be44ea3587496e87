"""Small requests that meet are answered together by one thread, each with its own answer."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path
from socket import SHUT_RDWR, socket

import pytest

from dev.processes import Family
from tests.web.test_front import MIB, Server, serve
from web import gather, shares

HELD = b"hold"


@pytest.fixture
def server(family: Family, tmp_path: Path) -> Iterator[Server]:
    yield from serve(family, tmp_path)


def post(body: bytes, tenant: str = "northwind", query: str = "", more: str = "", scheme: str = "Bearer") -> bytes:
    head = f"POST /api/gathered{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {scheme} cf_{tenant}_secret\r\n"
    return (head + more).encode() + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def send(server: Server, request: bytes) -> socket:
    one = server.connect()
    one.sendall(request)
    return one


def heard(one: socket) -> tuple[int, int, bytes]:
    """(status, how many were answered together, body)"""
    with closing(one), closing(HTTPResponse(one)) as answer:
        answer.begin()
        return answer.status, int(answer.headers.get("x-together") or 0), answer.read()


def hold(server: Server) -> socket:
    """Northwind's first, who has a thread and keeps it."""
    first = send(server, post(HELD))
    server.await_inside(held=1, gathering=0)
    return first


def test_who_comes_alone_is_answered_alone(server: Server) -> None:
    for number in (b"1", b"2", b"3"):
        assert heard(send(server, post(number))) == (200, 1, number + b"?")


def test_those_who_come_meanwhile_are_answered_together_and_each_with_his_own(server: Server) -> None:
    first = hold(server)
    others = [send(server, post(b"%d" % number, query=f"?n={number}")) for number in range(40)]
    server.await_inside(gathering=40)
    server.gate.touch()
    assert heard(first) == (200, 1, b"hold?")
    assert [heard(one) for one in others] == [(200, 40, b"%d?n=%d" % (number, number)) for number in range(40)]


def test_however_one_writes_bearer_one_is_the_same_asker(server: Server) -> None:
    first = hold(server)
    others = [send(server, post(b"x", scheme=scheme)) for scheme in ("bearer", "BEARER", "Bearer ")]
    server.await_inside(gathering=3)
    server.gate.touch()
    assert heard(first)[0] == 200
    assert [heard(one) for one in others] == [(200, 3, b"x?")] * 3


def test_headers_are_those_that_the_application_would_be_told(server: Server) -> None:
    """Or who asks with two keys would be let in here by the first, and there by neither."""
    one = send(server, post(b"x", more="X-Twice: 1\r\nX_Host: elsewhere\r\nX-Twice: 2\r\n"))
    told = one.recv(MIB)
    one.close()
    assert b"'x-twice': '1,2'" in told
    assert b"elsewhere" not in told


def test_one_asker_s_line_keeps_no_other_waiting(server: Server) -> None:
    first = hold(server)
    assert heard(send(server, post(b"1", tenant="globex"))) == (200, 1, b"1?")
    server.gate.touch()
    assert heard(first)[0] == 200


def test_whoever_hangs_up_spoils_nothing_for_the_others(server: Server) -> None:
    first = hold(server)
    gone = [send(server, post(b"gone")) for _ in range(5)]
    stays = send(server, post(b"stays"))
    server.await_inside(gathering=6)
    for one in gone:
        one.shutdown(SHUT_RDWR)
        one.close()
    server.gate.touch()
    assert heard(first)[0] == 200
    assert heard(stays)[::2] == (200, b"stays?")
    assert heard(send(server, post(b"next"))) == (200, 1, b"next?")


def test_whoever_serves_the_line_and_hangs_up_spoils_nothing_either(server: Server) -> None:
    first = hold(server)
    stays = send(server, post(b"stays"))
    server.await_inside(gathering=1)
    first.shutdown(SHUT_RDWR)
    first.close()
    server.gate.touch()
    assert heard(stays)[::2] == (200, b"stays?")
    assert heard(send(server, post(b"next"))) == (200, 1, b"next?")


@pytest.mark.parametrize("body", [b"fail", b"panic"])
def test_what_fails_is_answered_with_a_500_and_the_line_goes_on(server: Server, body: bytes) -> None:
    assert heard(send(server, post(body)))[0] == 500
    assert heard(send(server, post(b"next"))) == (200, 1, b"next?")


def test_a_go_takes_no_more_bytes_than_its_most(server: Server) -> None:
    size = gather.SMALL
    first = hold(server)
    others = [send(server, post(b"x" * size)) for _ in range(20)]
    server.await_inside(gathering=20)
    server.gate.touch()
    assert heard(first)[0] == 200
    assert sorted(heard(one)[1] for one in others) == [4] * 4 + [16] * 16


def test_a_large_body_and_another_method_are_answered_alone_by_the_application(server: Server) -> None:
    assert server.ask("/api/gathered", "POST", b"x" * (gather.SMALL + 1))[1].startswith(b"REQUEST_METHOD=POST")
    assert server.ask("/api/gathered", "PUT", b"x")[1].startswith(b"REQUEST_METHOD=PUT")


def test_where_all_of_one_s_threads_are_waited_for_by_too_many_a_post_is_told_to_come_again(server: Server) -> None:
    held = b"GET /api/hold HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cf_northwind_secret\r\n\r\n"
    with server.occupied(2 + shares.WAITING, held, held=2, waiting=shares.WAITING):
        assert heard(send(server, post(b"x")))[0] == 429
        server.gate.touch()


def test_what_was_gathered_gives_its_room_back(family: Family, tmp_path: Path) -> None:
    """A hundred of 16 KiB through a server that holds a MiB."""
    for server in serve(family, tmp_path, WEB_ROOM_MB="1"):
        body = b"x" * gather.SMALL
        assert {heard(send(server, post(body)))[0] for _ in range(100)} == {200}


def test_a_line_has_an_end_and_whoever_comes_then_is_told_to_come_again(server: Server) -> None:
    first = hold(server)
    others = [send(server, post(b"x")) for _ in range(gather.WAITING)]
    server.await_inside(gathering=gather.WAITING)
    refused = send(server, post(b"too many"))
    assert b"retry-after: 1" in refused.recv(MIB)
    refused.close()
    server.gate.touch()
    assert heard(first)[0] == 200
    assert {heard(one)[0] for one in others} == {200}
