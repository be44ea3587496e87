"""How long until what was answered is seen: from the answer to an event until its customer's usage shows it.

Under load: four clients send batches of a hundred as fast as they are answered, and keep both processors busy. They
send for other customers, so that one more is the event that was waited for.
"""

import http.client
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from benchmarks.cast import events
from benchmarks.clients import Clients
from benchmarks.history import HOT, KIND, Vendor
from benchmarks.served import Served, request

BAR = 0.1
LOAD = 4
BATCHES = 400
SAMPLES = 200
PATIENCE = 100
"""How often is asked for an event before it counts as lost."""


def measure(vendor: Vendor, server: Served, batch: Callable[[], bytes]) -> bool:
    """Measure and print; whether the 99th percentile is within the bar. `batch` makes a body of the load."""
    asker = Asker(server.port, vendor.key)
    waits: list[float] = []
    with Clients() as load:
        while len(waits) < SAMPLES:
            bodies = [batch() for _ in range(BATCHES)]
            key = f"Bearer {vendor.key}"
            load.start(server.port, LOAD, [request("POST", "/api/v1/events", one, Authorization=key) for one in bodies])
            while load.busy:
                waits.append(asker.wait())
            load.answers()
    waits.sort()
    worst = waits[int(len(waits) * 0.99)]
    print("\nFrom the answer to an event until usage shows it, while four clients send hundreds as fast as they can")
    print(f"  {len(waits)} events: median {median(waits) * 1000:.0f} ms")
    print(f"Bar: the 99th percentile under {BAR * 1000:.0f} ms: {worst * 1000:.0f} ms.")
    return worst < BAR


class Asker:
    """A client that sends an event and asks for its customer's usage until it is there."""

    def __init__(self, port: int, key: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.headers = {"Host": "localhost", "Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def wait(self) -> float:
        """Seconds from the answer to an event until its customer's usage is read with it."""
        expected = self._settled() + 1
        [event] = events(KIND, 1, customer=HOT, time=datetime.now(UTC).isoformat())
        self._ask("POST", "/api/v1/events", json.dumps(event))
        began = time.perf_counter()
        for _ in range(PATIENCE):
            if self._settled() == expected:
                return time.perf_counter() - began
        raise RuntimeError(f"an event that was answered with 200 is not in the usage of {HOT}")

    def _settled(self) -> Decimal:
        [outcome] = self._ask("GET", f"/api/v1/customers/{HOT}/usage")["outcomes"]
        return Decimal(outcome["settled"])

    def _ask(self, method: str, path: str, body: str | None = None) -> Any:
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}: {told}")
        return told
