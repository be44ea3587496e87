"""Servers to measure: granian as `make run` starts it, on a free port, on a database that is named."""

import http.client
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.clients import AGAIN, Answers, Clients
from dev.home import CLONE
from dev.processes import Child, Command, Family, free_port
from dev.stack import WEB


@dataclass(frozen=True, slots=True)
class Served:
    """A running server, and the clients that ask it."""

    port: int
    child: Child
    clients: Clients

    def post(self, path: str, bodies: list[bytes], connections: int, key: str = "-") -> Answers:
        """Send these JSON bodies to the path; all must be answered with 200 in the end."""
        return self.send([request("POST", path, body, Authorization=f"Bearer {key}") for body in bodies], connections)

    def send(self, requests: list[bytes], connections: int, status: int = 200) -> Answers:
        """Send these requests. RuntimeError if one is answered with another status in the end."""
        answers = self.clients.run(self.port, connections, requests)
        if set(answers.statuses) - {status, *AGAIN}:
            raise RuntimeError(f"{requests[0].splitlines()[0]!r} and others were answered with {answers.statuses}")
        return answers


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of a request, its body being JSON."""
    head = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


@contextmanager
def serving(
    family: Family, clients: Clients, settings: str = "config.settings", **environment: str
) -> Iterator[Served]:
    """A server with these settings, ready to answer, for as long as it is needed."""
    port = free_port()
    own = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "LOG_LEVEL": "ERROR"} | environment
    command = Command("web", [sys.executable, "-m", *WEB, "--port", str(port)], CLONE, own)
    child = family.start(command)
    try:
        wait(port, child)
        yield Served(port, child, clients)
    finally:
        family.stop(child)


def wait(port: int, child: Child) -> None:
    """Return once the server answers, whatever it says."""
    end = time.monotonic() + 60
    while child.alive and time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/", headers={"Host": "localhost"})
            connection.getresponse()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError("the server did not start")
