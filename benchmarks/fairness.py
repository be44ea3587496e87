"""A small tenant beside a huge one: what its single events take alone, and while the other sends thousands at a time.

The huge one has sixteen clients that never pause. What both share are two web processes, PostgreSQL and the processors;
what keeps them apart is that one tenant has half of a process's threads at most (web/shares.py). The bar is loose: with
all processors busy the small one's request takes its turn on them. Without shares it waits in line behind the other's.
"""

import time
from contextlib import ExitStack
from statistics import median

import msgspec

from apps.tenants.models import Tenant
from apps.tenants.provision import add_key
from benchmarks.cast import batch, events, vendor
from benchmarks.clients import Answers, Clients
from benchmarks.served import request, serving
from dev.processes import Family

KIND = "counted"
PATH = "/api/v1/events"
BATCHES, CLIENTS = 192, 16
SINGLES = 20
"""So few that the other is still sending when the last of them is answered."""
ROUNDS = 3
BAR = 20


def run() -> bool:
    """Measure and print; whether the bar is met."""
    print("\nFairness: single events of a small tenant, one after the other (median; p90)\n")
    with ExitStack() as stack:
        family = Family()
        stack.callback(family.close)
        small, huge = stack.enter_context(Clients()), stack.enter_context(Clients())
        port = stack.enter_context(serving(family, small)).port
        keys = {name: key() for name in ("small", "huge")}
        small.run(port, 1, singles(keys["small"]))  # the first are slower
        ratios = []
        for _ in range(ROUNDS):
            alone = small.run(port, 1, singles(keys["small"]))
            huge.start(port, CLIENTS, thousands(keys["huge"]))
            time.sleep(1)
            beside = small.run(port, 1, singles(keys["small"]))
            load = huge.answers()
            ratios.append(median(beside.took) / median(alone.took))
            print(line("alone", alone))
            print(line("beside the huge one", beside) + f"   {ratios[-1]:.1f} times")
            print(f"  the huge one: {load.accepted / load.seconds:,.0f} events a second, answers {load.statuses}\n")
    print(f"Bar: at most {BAR} times as long: {median(ratios):.1f}.")
    return median(ratios) <= BAR


def key() -> str:
    """A key of a new tenant."""
    return add_key(Tenant.objects.get(pk=vendor({KIND: {}})), name="bench", scopes=["events:write"])


def singles(key: str) -> list[bytes]:
    return [sending(key, msgspec.json.encode(one)) for one in events(KIND, SINGLES)]


def thousands(key: str) -> list[bytes]:
    return [sending(key, batch(KIND, 1_000)) for _ in range(BATCHES)]


def sending(key: str, body: bytes) -> bytes:
    return request("POST", PATH, body, Authorization=f"Bearer {key}")


def line(name: str, answers: Answers) -> str:
    took = sorted(answers.took)
    return f"  {name:<22} {median(took) * 1000:7.1f} ms {took[int(len(took) * 0.9)] * 1000:7.1f} ms"
