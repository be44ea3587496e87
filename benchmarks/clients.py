"""Clients: any number of connections that are kept, each sending its next request once the last one is answered.

What is answered with 503, or not at all, is sent again, as a client does.

All of them live in one process with one loop over its sockets, which sends bytes that were made before: so they take as
little as they can of the processors that they share with what is measured; what they took is reported.
"""

import contextlib
import pickle
import re
import select
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

AGAIN = (0, 503)
ACCEPTED = re.compile(rb'"accepted": ?(\d+)')
EMPTY = b"204"
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Answers:
    """What came back: seconds from the first byte sent to the last answer, of which `processor` were spent here; how
    many answers had which status (0 for none), the sum of what they said was accepted, and how long each took."""

    seconds: float
    processor: float
    statuses: dict[int, int]
    accepted: int
    took: list[float]


class Connection:
    """One connection, with the request it is sending and the answer it is reading."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.request = b""
        self.heard = bytearray()
        self.open()

    def open(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def ask(self, request: bytes) -> None:
        self.request, self.left, self.began = request, memoryview(request), time.perf_counter()
        self.heard.clear()
        self.whole: int | None = None
        self.send()

    def wants(self) -> int:
        """What to watch its socket for."""
        return selectors.EVENT_READ | (selectors.EVENT_WRITE if self.left else 0)

    def ask_again(self) -> None:
        """Send the same on a new connection."""
        self.socket.close()
        self.open()
        self.ask(self.request)

    def send(self) -> None:
        """Send what the other side takes now. That it has gone is told by `hear`."""
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while self.left:
                self.left = self.left[self.socket.send(self.left) :]

    def hear(self) -> int | None:
        """Read what is there; the status, once the answer is whole."""
        some = self.socket.recv(1 << 20)
        if not some:
            raise ConnectionError("the server closed a connection")
        self.heard += some
        if self.whole is None and (end := self.heard.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self.heard, 0, end)
            if length is None and self.heard[9:12] != EMPTY:
                raise ConnectionError(f"an answer of no stated length: {bytes(self.heard[:200])!r}")
            self.whole = end + 4 + (int(length[1]) if length else 0)
        return int(self.heard[9:12]) if self.whole is not None and len(self.heard) >= self.whole else None


class Run:
    """All requests over so many connections."""

    def __init__(self, port: int, count: int, requests: Sequence[bytes]) -> None:
        self.waiting = iter(requests)
        self.patience = 2 * len(requests) + 100
        self.connections = [Connection(port) for _ in range(min(count, len(requests)))]
        self.watch = selectors.DefaultSelector()
        self.answers = Answers(0, 0, {}, 0, [])

    def run(self) -> Answers:
        processor, began = time.process_time(), time.perf_counter()
        for one in self.connections:
            one.ask(next(self.waiting))
            self.watch.register(one.socket, one.wants(), one)
        while self.watch.get_map():
            for key, ready in self.watch.select():
                if self._serve(key.data, ready) and key.data.wants() != key.events:
                    self.watch.modify(key.data.socket, key.data.wants(), key.data)
        self.answers.seconds = time.perf_counter() - began
        self.answers.processor = time.process_time() - processor
        return self.answers

    def _serve(self, one: Connection, ready: int) -> bool:
        """Go on with a connection that is ready; False once it has nothing more to do."""
        if ready & selectors.EVENT_WRITE:
            one.send()
        try:
            status = one.hear() if ready & selectors.EVENT_READ else None
        except ConnectionError:
            status = 0
        if status is None:
            return True
        self._count(one, status)
        if status in AGAIN:
            self.watch.unregister(one.socket)
            one.ask_again()
            self.watch.register(one.socket, one.wants(), one)
            return True
        following = next(self.waiting, None)
        if following is None:
            self.watch.unregister(one.socket)
            one.socket.close()
            return False
        one.ask(following)
        return True

    def _count(self, one: Connection, status: int) -> None:
        self.answers.statuses[status] = self.answers.statuses.get(status, 0) + 1
        if sum(self.answers.statuses.values()) > self.patience:
            raise ConnectionError(f"too many requests had to be sent again: {self.answers.statuses}")
        if status not in AGAIN:
            self.answers.took.append(time.perf_counter() - one.began)
            accepted = ACCEPTED.search(one.heard)
            self.answers.accepted += int(accepted[1]) if accepted else 0


class Clients:
    """The process of the clients, beside this one."""

    def __init__(self) -> None:
        command = [sys.executable, "-IS", __file__]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.say: Any = self.process.stdin
        self.hear: Any = self.process.stdout

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *error: object) -> None:
        self.say.close()
        self.process.wait(20)

    def start(self, port: int, count: int, requests: Sequence[bytes]) -> None:
        """Let them begin; `answers` waits for their end."""
        pickle.dump((port, count, list(requests)), self.say)
        self.say.flush()

    @property
    def busy(self) -> bool:
        """Whether what was begun has not ended yet."""
        return not select.select([self.hear], [], [], 0)[0]

    def answers(self) -> Answers:
        found: dict[str, Any] = pickle.load(self.hear)  # noqa: S301 - our own process wrote it
        return Answers(**found)

    def run(self, port: int, count: int, requests: Sequence[bytes]) -> Answers:
        """Send all requests over so many connections and wait for the answers."""
        self.start(port, count, requests)
        return self.answers()


def main() -> None:
    """Do what comes in, until the other side ends."""
    while True:
        try:
            port, count, requests = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
        except EOFError:
            return
        done = Run(port, count, requests).run()
        pickle.dump({name: getattr(done, name) for name in Answers.__slots__}, sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
