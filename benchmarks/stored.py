"""Ingestion where nothing is stored yet beside where a million (or ten) events are: two databases, a server on each.

Batches are of the hot customer alone, or of a thousand (or a hundred) of the ten thousand others, and come over HTTP.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from random import randrange
from statistics import median

import msgspec

from benchmarks import freshness, reads, sizes, upkeep
from benchmarks.cast import events
from benchmarks.clients import Clients
from benchmarks.databases import copied, current, urls, using
from benchmarks.history import HOT, KIND, OTHERS, Vendor, make_vendor, store
from benchmarks.served import Served, serving
from benchmarks.turns import Contestant, ratio, turns
from dev.processes import Family

QUICK, FULL = 1_000_000, 10_000_000
ROUNDS = 9
COST = 1.2
CLIENTS = 4
BATCHES = {1_000: 12, 100: 60}
HOT_ONE, TEN_THOUSAND = SPREADS = ("one hot customer", "ten thousand customers")


def run(*, full: bool = False) -> bool:
    """Measure and print; whether every bar is met."""
    most = FULL if full else QUICK
    with ExitStack() as stack:
        vendor = make_vendor()
        names = stack.enter_context(filled(vendor, [0, reads.FEW, most]))
        with using(names[most]):
            sizes.measure(vendor)
        servers = stack.enter_context(serving_all(names))
        met = [
            reads.measure(vendor, {count: servers[count] for count in (reads.FEW, most)}, names),
            freshness.measure(vendor, servers[most], lambda: batch(100, TEN_THOUSAND)),
            costs(vendor, {count: servers[count] for count in (0, most)}),
        ]
        with using(names[most]):
            met.append(upkeep.measure(vendor, servers[most], lambda: batch(100, TEN_THOUSAND)))
    return all(met)


def costs(vendor: Vendor, servers: dict[int, Served]) -> bool:
    """Print what an event costs among many beside none; whether that is within the bar."""
    contestants = {
        (size, spread, stored): sending(server, vendor, size, spread)
        for size in BATCHES
        for spread in SPREADS
        for stored, server in servers.items()
    }
    rates = turns(contestants, ROUNDS)
    found = []
    most = max(servers)
    print(f"\nEvents a second with none stored and with {most:,}, over HTTP, {CLIENTS} clients\n")
    for size in BATCHES:
        for spread in SPREADS:
            none, many = rates[size, spread, 0], rates[size, spread, most]
            found.append(ratio(none, many))
            print(
                f"  {size:>5,} to a batch, {spread:<24} {median(none):>9,.0f} {median(many):>9,.0f}"
                f"   an event costs {found[-1]:.2f} times"
            )
    print(f"Bar: an event costs at most {COST} times among {most:,}: {max(found):.2f}.")
    return max(found) <= COST


@contextmanager
def filled(vendor: Vendor, counts: list[int]) -> Iterator[dict[int, str]]:
    """The names of databases with so many stored events: copies of the one in use, which has none."""
    source = current()
    names = {count: f"stored_{count}" for count in counts}
    with ExitStack() as stack:
        for count, name in names.items():
            with using("postgres"):
                stack.enter_context(copied(source, name))
            with using(name):
                store(vendor, name, count)
        yield names


@contextmanager
def serving_all(names: dict[int, str]) -> Iterator[dict[int, Served]]:
    """A server on each of these databases, and one process of clients for all."""
    with ExitStack() as stack:
        clients = stack.enter_context(Clients())
        family = Family()
        stack.callback(family.close)
        yield {count: stack.enter_context(serving(family, clients, **urls(name))) for count, name in names.items()}


def sending(server: Served, vendor: Vendor, size: int, spread: str) -> Contestant:
    """A round of batches over HTTP."""

    def run() -> float:
        sent = [batch(size, spread) for _ in range(BATCHES[size])]
        answers = server.post("/api/v1/events", sent, CLIENTS, vendor.key)
        if answers.accepted != size * len(sent):
            raise RuntimeError(f"{answers.accepted} events of {size * len(sent)} were accepted")
        return size * len(sent) / answers.seconds

    return run


def batch(size: int, spread: str) -> bytes:
    """New events of the hot customer, or each of another one."""
    made = events(KIND, size, time=datetime.now(UTC))
    for number, event in enumerate(made, start=1 + randrange(OTHERS)):
        event["customer"] = HOT if spread == HOT_ONE else f"c{1 + number % OTHERS}"
    return msgspec.json.encode(made)
