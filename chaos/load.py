"""The clients: they send, repeat, take back and read over real HTTP, and send again what was not answered."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chaos.book import Book
from chaos.http import Answer, Client
from chaos.scene import CUSTOMERS, WINDOW, Vendor

SIZES = [1, 1, 5, 20, 60, 150]
PATIENCE = 90.0
"""Seconds after which something that is tried again and again is a failure."""


class NeverAnswered(Exception):
    """A request found no answer however often it was sent."""


def call(client: Client, method: str, path: str, body: bytes | None, book: Book) -> Answer | None:
    """One try: its answer, or None where none came or it said to come again. A fault of the server is noted."""
    with suppress(OSError, http.client.HTTPException):
        answer = client.call(method, path, body, timeout=20)
        if answer.status not in (429, 503):
            if answer.status >= 500:
                book.finds_wrong(f"{method} {path}: {answer.status} {answer.body[:300]!r}")
            return answer
    return None


def until_answered(one: Callable[[], Answer | None], book: Book) -> Answer:
    """Try until there is an answer of any other kind than "come again". Raises NeverAnswered."""
    end, pause = time.monotonic() + PATIENCE, 0.02
    while time.monotonic() < end:
        if (answer := one()) is not None and answer.status < 500:
            return answer
        book.sends((), again=True)
        time.sleep(pause)
        pause = min(pause * 2, 0.5)
    raise NeverAnswered


class Load:
    """The clients of one round for one vendor: `start`, `stop`, then `settle`."""

    def __init__(self, vendor: Vendor, book: Book, window: int, chance: random.Random) -> None:
        self.vendor, self.book, self.window = vendor, book, window
        self._stopping = threading.Event()
        works = [self._send, self._send, self._clerk, self._read]
        self._threads = [self._thread(work, random.Random(chance.random())) for work in works]

    def _thread(self, work: Callable[[random.Random], None], chance: random.Random) -> threading.Thread:
        def run() -> None:
            try:
                work(chance)
            except Exception as error:
                self.book.finds_wrong(f"{work.__name__} of {self.vendor.slug}: {error!r}")

        return threading.Thread(target=run, daemon=True)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let every client finish what it is at, however often it has to try."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def settle(self) -> None:
        """Send once more what was never acknowledged, until it is."""
        ids = self.book.unacknowledged()
        for start in range(0, len(ids), 500):
            numbers = [int(id.partition("-")[0]) for id in ids[start : start + 500]]
            self._deliver(numbers)

    def _send(self, chance: random.Random) -> None:
        """Batches of any size from this window, at times of the one before; now and then one is given up."""
        while not self._stopping.is_set():
            size = chance.choice(SIZES)
            first = (self.window - (chance.random() < 0.2 and self.window > 0)) * WINDOW
            numbers = [first + chance.randrange(WINDOW) for _ in range(size)]
            self._deliver(numbers, gives_up=chance.random() < 0.1)
            if chance.random() < 0.1:
                self._contradict(chance, numbers)
            self._stopping.wait(chance.random() * 0.06)

    def _deliver(self, numbers: list[int], *, gives_up: bool = False) -> None:
        events = [self.vendor.event(number) for number in numbers]
        lone = len(events) == 1
        body = encode(events[0] if lone else events)
        self.book.sends((event["id"] for event in events), again=False)

        def one() -> Answer | None:
            return call(self.vendor.client, "POST", "/api/v1/events", body, self.book)

        answer = one() if gives_up else until_answered(one, self.book)
        if answer is None:
            return
        if answer.status != 200:
            self.book.finds_wrong(f"events: {answer.status} {answer.body[:300]!r}")
        else:
            self.book.hears(answer.json["results"])

    def _contradict(self, chance: random.Random, numbers: list[int]) -> None:
        """Send an id that is stored with other content."""
        event = self.vendor.other_event(chance.choice(numbers))
        if event["id"] not in self.book.told:
            return
        answer = call(self.vendor.client, "POST", "/api/v1/events", encode([event]), self.book)
        if answer is not None and answer.status == 200:
            self.book.hears(answer.json["results"], frozenset([event["id"]]))

    def _clerk(self, chance: random.Random) -> None:
        """Make the customer that events came too early for, have them replayed, and take outcomes back by word."""
        self._stopping.wait(chance.random())
        name = self.vendor.customer(self.window, CUSTOMERS - 1)
        self._until("/api/v1/customers", self.vendor.customer_body(name), (201, 409))
        self._until("/api/v1/subscriptions", self.vendor.subscription_body(name, 1), (201, 409))
        while not self._stopping.is_set():
            self._until("/api/v1/quarantine/replay", {"reason": "unknown_customer"}, (200,))
            for outcome in chance.sample(known := self.book.some_outcomes(), min(2, len(known))):
                answer = self._until(f"/api/v1/outcomes/{outcome}/void", {"reason": "A mistake"}, (200, 409))
                if answer.status == 200:
                    self.book.voids(outcome)
            self._stopping.wait(0.1 + chance.random() * 0.2)
        self._until("/api/v1/quarantine/replay", {"reason": "unknown_customer"}, (200,))

    def _until(self, path: str, body: Any, expected: tuple[int, ...]) -> Answer:
        sent = encode(body)
        answer = until_answered(lambda: call(self.vendor.client, "POST", path, sent, self.book), self.book)
        if answer.status not in expected:
            self.book.finds_wrong(f"POST {path}: {answer.status} {answer.body[:300]!r}")
        return answer

    def _read(self, chance: random.Random) -> None:
        """Look at usage and invoices, as pages and programs do."""
        while not self._stopping.is_set():
            name = self.vendor.customer(self.window, chance.randrange(CUSTOMERS - 1))
            for path in (f"/api/v1/customers/{name}/usage", f"/api/v1/invoices?customer={name}"):
                answer = call(self.vendor.client, "GET", path, None, self.book)
                if answer is not None and answer.status != 200:
                    self.book.finds_wrong(f"GET {path}: {answer.status} {answer.body[:300]!r}")
            self._stopping.wait(0.1)


def encode(value: Any) -> bytes:
    return json.dumps(value).encode()
