"""A WSGI application of a few lines behind the real front: it says what it was asked, or holds its thread."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from web.front import ROOM, Front
from web.gather import Answered, Asked

CHUNK = b"x" * 65_536
type Start = Callable[[str, list[tuple[str, str]]], Any]


def failing() -> Iterator[bytes]:
    yield from [CHUNK] * 20
    raise OSError("the database has gone")


STREAMS: dict[str, Callable[[], Iterable[bytes]]] = {
    "/stream": lambda: iter([CHUNK] * 128),
    "/short": lambda: iter([b"a", b"b"]),
    "/failing": failing,
}


held: list[None] = []


class Keys:
    """Whose secret is "secret", that key lives; "slow" too, but to look it up takes until the gate is open."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def known(self, authorization: str) -> str | None:
        words = authorization.lower().split()
        return words[1].split("_")[1] if " ".join(words) in self.met else None

    def meet(self, authorizations: Iterable[str]) -> None:
        if any(one.endswith("_slow") for one in authorizations):
            hold()
        named = (" ".join(one.lower().split()) for one in authorizations)
        self.met |= {one for one in named if one.endswith(("_secret", "_slow"))}


class Sessions:
    """Of a session that begins with "live" the next letter says who is logged in."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def known(self, session: str) -> str | None:
        return session[4] if session in self.met else None

    def meet(self, sessions: Iterable[str]) -> None:
        self.met |= {one for one in sessions if one.startswith("live")}


def hold() -> None:
    """Keep this thread until the gate is open."""
    held.append(None)
    while not Path(os.environ["STANDIN_GATE"]).exists():
        time.sleep(0.01)
    held.pop()


def inside() -> dict[str, int]:
    """How many hold a thread, wait for one, to be gathered or to be looked up; and the bytes that bodies hold."""
    shares = (application.shares, application.batches, application.strangers)
    gatherings = application.gatherings.values()
    return {
        "held": len(held),
        "waiting": sum(len(line) for one in shares for line in one.lines.values()),
        "gathering": sum(len(line) for one in gatherings for line in one.lines.values()),
        "unmet": application.askers.keys.waiting + application.askers.sessions.waiting,
        "bytes": ROOM - application.room.left,
    }


def wsgi(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """/echo: the body; /hold: until the file of STANDIN_GATE is there; /inside: who is, and waits; /measured: much;
    streams; else the environ."""
    path = environ["PATH_INFO"].removeprefix("/api")
    if path in STREAMS:
        start("200 OK", [])
        return STREAMS[path]()
    if path == "/measured":
        start("200 OK", [("Content-Length", str(128 * len(CHUNK)))])
        return [CHUNK] * 128
    if path == "/hold" or (path == "/gathered" and environ["wsgi.input"].read(4) == b"hold"):
        hold()
    names = (
        "REQUEST_METHOD",
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "CONTENT_TYPE",
        "HTTP_COOKIE",
        "HTTP_X_TWICE",
        "HTTP_X_NAME",
    )
    told = "\n".join(f"{name}={environ.get(name)}" for name in (*names, "HTTP_X_FORWARDED_PROTO"))
    body = environ["wsgi.input"].read() if path == "/echo" else told.encode("latin-1")
    if path == "/inside":
        body = json.dumps(inside()).encode()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]


class Panic(BaseException):
    """As what a library in Rust raises where it panics: no Exception."""


def gathered(asked: Sequence[Asked]) -> list[Answered]:
    """Says to each how many were answered together, what he sent and with which headers; "hold" waits for the gate."""
    bodies = [one.body for one in asked]
    if b"hold" in bodies:
        hold()
    if b"fail" in bodies:
        raise OSError("the database has gone")
    if b"panic" in bodies:
        raise Panic
    return [
        (200, [("X-Together", str(len(asked))), ("X-Was", f"{one.headers}")], b"%s?%s" % (one.body, one.query.encode()))
        for one in asked
    ]


application = Front(wsgi, Keys(), Sessions(), {"/api/gathered": gathered})
