"""Whose a request is: what somebody claims to be takes nothing from those who are it."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from dev.processes import Family
from tests.web.test_front import Server, serve, session_of
from tests.web.test_gather import heard, send
from tests.web.test_shares import run, until_idle
from tests.worker import wait_until
from web import gather
from web.askers import ANONYMOUS, NOBODY, WAITING, Askers
from web.shares import Busy
from web.threads import Threads

# Over the wire. The server has eight threads and room for a MiB; of its keys those live whose secret is "secret".


@pytest.fixture
def server(family: Family, tmp_path: Path) -> Iterator[Server]:
    yield from serve(family, tmp_path, WEB_THREADS="8", WEB_ROOM_MB="1", WEB_PATIENCE="300")


def asking(method: str, path: str, secret: str = "secret", body: bytes = b"", tenant: str = "northwind") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cf_{tenant}_{secret}\r\n"
    return head.encode() + (b"Content-Length: %d\r\n\r\n%s" % (len(body), body) if body else b"\r\n")


def post(body: bytes, secret: str = "secret") -> bytes:
    return asking("POST", "/api/gathered", secret, body)


def flood(server: Server, *requests: bytes, **inside: int) -> list[Any]:
    """Send them, each over a connection of its own, and return once it is so `inside`."""
    sockets = [send(server, one) for one in requests]
    server.await_inside(**inside)
    return sockets


def answered(sockets: list[Any]) -> list[Any]:
    return select(sockets, [], [], 0)[0]


def test_held_posts_with_wrong_keys_take_no_place_in_their_tenant_s_line(server: Server) -> None:
    """A hundred guess at Northwind's key, the first of whom is not answered; its own client does not wait for them."""
    assert heard(send(server, post(b"0"))) == (200, 1, b"0?")
    guesses = flood(server, *(post(b"hold", f"guess-{number}") for number in range(100)), held=1, gathering=99)
    for number in (b"1", b"2", b"3"):
        assert heard(send(server, post(number))) == (200, 1, number + b"?")
    assert answered(guesses) == []
    server.gate.touch()
    assert {heard(one)[0] for one in guesses} == {200}


def test_more_wrong_keys_than_may_wait_are_told_to_come_again_and_their_tenant_is_not(server: Server) -> None:
    assert heard(send(server, post(b"0"))) == (200, 1, b"0?")
    guesses = flood(server, post(b"hold", "guess"), held=1)
    guesses += flood(
        server, *(post(b"x", f"guess-{number}") for number in range(gather.WAITING + 5)), gathering=gather.WAITING
    )
    wait_until(lambda: len(answered(guesses)) == 5)
    refused = answered(guesses)
    assert {heard(one)[0] for one in refused} == {429}
    assert heard(send(server, post(b"1"))) == (200, 1, b"1?")
    server.gate.touch()
    assert {heard(one)[0] for one in guesses if one not in refused} == {200}


def test_wrong_keys_of_whatever_tenants_have_two_threads_together(server: Server) -> None:
    """Northwind's client is answered beside them, and one whose live key is new to the process likewise."""
    assert server.ask("/api/", Authorization="Bearer cf_northwind_secret")[0] == 200
    tenants = ("northwind", "globex", "nobody", "none-either")
    guesses = flood(
        server, *(asking("GET", "/api/hold", "guess", tenant=tenants[n % 4]) for n in range(40)), held=2, waiting=38
    )
    assert server.ask("/api/", Authorization="Bearer cf_northwind_secret")[0] == 200
    assert server.ask("/api/", Authorization="Bearer cf_globex_secret")[0] == 200
    server.gate.touch()
    assert {heard(one)[0] for one in guesses} == {200}


def test_keys_that_are_looked_up_keep_no_known_one_waiting(server: Server) -> None:
    assert heard(send(server, post(b"0"))) == (200, 1, b"0?")
    new = flood(server, post(b"new", "slow"), held=1)
    new += flood(server, *(post(b"new", f"guess-{number}") for number in range(20)), unmet=21)
    assert heard(send(server, post(b"1"))) == (200, 1, b"1?")
    assert answered(new) == []
    server.gate.touch()
    assert {heard(one)[::2] for one in new} == {(200, b"new?")}


def test_a_quarter_of_the_room_is_kept_for_known_keys(server: Server) -> None:
    """Guesses at Northwind's key fill the other three; its own client has what they may not touch."""
    assert server.ask("/api/", Authorization="Bearer cf_northwind_secret")[0] == 200
    body = b"x" * 200_000
    announced = asking("POST", "/api/echo", "guess", body)[: -len(body)]
    with server.occupied(3, announced, bytes=600_000):
        assert server.ask("/api/echo", "POST", body, Authorization="Bearer cf_northwind_guess")[0] == 503
        assert server.ask("/api/echo", "POST", body, Authorization="Bearer cf_northwind_secret") == (200, body)


def test_a_tenant_whose_bodies_are_many_leaves_room_for_another(server: Server) -> None:
    """Northwind's fill all but the last eighth, which is Globex's, who has none there yet."""
    for tenant in ("northwind", "globex"):
        assert server.ask("/api/", Authorization=f"Bearer cf_{tenant}_secret")[0] == 200
    body = b"x" * 120_000
    announced = asking("POST", "/api/echo", "secret", body)[: -len(body)]
    with server.occupied(7, announced, bytes=840_000):
        assert server.ask("/api/echo", "POST", body, Authorization="Bearer cf_northwind_secret")[0] == 503
        assert server.ask("/api/echo", "POST", body, Authorization="Bearer cf_globex_secret") == (200, body)
    wait_until(lambda: server.ask("/api/echo", "POST", body, Authorization="Bearer cf_northwind_secret")[0] == 200)


def paging(path: str, session: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={session}\r\n\r\n".encode()


def test_made_up_sessions_have_one_share_together(server: Server) -> None:
    """However many a stranger makes up; Ada, who is logged in, is answered beside them, new to the process or not."""
    made_up = flood(server, *(paging("/hold", f"{number:032}") for number in range(40)), held=4, waiting=36)
    for _ in range(2):
        assert server.ask("/", Cookie=f"sessionid={session_of('ada')}")[0] == 200
    assert answered(made_up) == []
    server.gate.touch()
    assert {heard(one)[0] for one in made_up} == {200}


def test_all_sessions_of_one_user_have_one_share_together(server: Server) -> None:
    adas = flood(server, *(paging("/hold", session_of("ada")) for _ in range(10)), held=4, waiting=6)
    assert server.ask("/", Cookie=f"sessionid={session_of('bo')}")[0] == 200
    server.gate.touch()
    assert {heard(one)[0] for one in adas} == {200}


# In one loop.


class Clerk:
    """What begins with "live" lives; he notes what is looked up together, and waits until he may."""

    def __init__(self) -> None:
        self.may = Event()
        self.may.set()
        self.crews: list[set[str]] = []
        self.met: set[str] = set()

    def known(self, key: str) -> str | None:
        return "northwind" if key in self.met else None

    def meet(self, keys: Iterable[str]) -> None:
        self.crews.append(set(keys))
        self.may.wait(30)
        if "broken" in self.crews[-1]:
            raise OSError("a fault of ours")
        self.met |= {one for one in keys if one.startswith("live")}


def request(key: str | None, path: str = "/api/v1/events", **headers: str) -> Any:
    return SimpleNamespace(path=path, headers=headers | ({"authorization": key} if key is not None else {}))


@contextmanager
def desk() -> Iterator[tuple[Clerk, Askers]]:
    clerk, threads = Clerk(), Threads(lambda *asked: [])
    yield clerk, Askers(clerk, clerk, threads)
    threads.close()


def test_a_key_is_looked_up_once_and_those_that_come_meanwhile_next_and_together() -> None:
    async def story() -> None:
        with desk() as (clerk, askers):
            keys = ["live 1", "live 2", "guess", "live 2", "live 3"]
            names = await asyncio.gather(*(askers.who(request(key)) for key in keys))
            assert names == ["northwind", "northwind", NOBODY, "northwind", "northwind"]
            assert clerk.crews == [{"live 1"}, {"live 2", "guess", "live 3"}]
            assert await askers.who(request("live 1")) == "northwind"
            assert len(clerk.crews) == 2

    run(story())


def test_no_more_wait_to_be_looked_up_than_may() -> None:
    async def story() -> None:
        with desk() as (clerk, askers):
            clerk.may.clear()
            waiting = [asyncio.ensure_future(askers.who(request(f"live {number}"))) for number in range(WAITING)]
            await until_idle()
            with pytest.raises(Busy):
                await askers.who(request("live too"))
            clerk.may.set()
            assert set(await asyncio.gather(*waiting)) == {"northwind"}
            assert await askers.who(request("live too")) == "northwind"

    run(story())


def test_a_look_up_that_fails_is_its_own_request_s_fault_and_the_next_goes_on() -> None:
    async def story() -> None:
        with desk() as (_, askers):
            with pytest.raises(OSError, match="a fault of ours"):
                await askers.who(request("broken"))
            assert await askers.who(request("live")) == "northwind"

    run(story())


LIVE, MADE_UP = "live".ljust(32, "x"), "0" * 32


def test_of_what_names_no_key_a_page_goes_by_who_is_logged_in_and_the_api_by_nothing() -> None:
    """So a proxy's own password before the console makes no asker of all its users."""

    async def story() -> None:
        with desk() as (_, askers):
            cookie = f"theme=dark; sessionid={LIVE}"
            assert await askers.who(request("Basic YTpi", "/invoices", cookie=cookie)) == "northwind"
            assert await askers.who(request(None, "/invoices")) == ANONYMOUS
            assert await askers.who(request(None, cookie=cookie)) == ANONYMOUS

    run(story())


def test_whoever_makes_up_a_session_is_one_of_the_anonymous() -> None:
    async def story() -> None:
        with desk() as (clerk, askers):
            for number in range(5):
                assert await askers.who(request(None, "/", cookie=f"sessionid={number:032}")) == ANONYMOUS
            assert len(clerk.crews) == 5

    run(story())


@pytest.mark.parametrize(
    "cookie", ["sessionid=short", f"sessionid={'é' * 32}", f"xsessionid={LIVE}", "sessionid", ";="]
)
def test_what_can_be_no_session_is_not_looked_up(cookie: str) -> None:
    async def story() -> None:
        with desk() as (clerk, askers):
            assert await askers.who(request(None, "/", cookie=cookie)) == ANONYMOUS
            assert clerk.crews == []

    run(story())


def test_of_two_sessions_the_last_counts_as_for_django() -> None:
    async def story() -> None:
        with desk() as (_, askers):
            both = f"sessionid={LIVE}; sessionid={MADE_UP}"
            assert await askers.who(request(None, "/", cookie=both)) == ANONYMOUS

    run(story())
