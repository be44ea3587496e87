"""Ingestion beside the floor, beside endpoints that other teams would write, and beside a constant: events a second.

All of them write to one PostgreSQL that flushes every commit to the disk, and take turns within each round; a ratio is
the median of the rounds' own ratios. The clients share the processors with what they measure: what they take of them
is told.
"""

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from statistics import median

import msgspec
from django.db import connections

from apps.events.ingest import record
from apps.events.message import decode, read
from apps.tenants.grants import app_role
from apps.tenants.models import Tenant
from apps.tenants.provision import add_key
from apps.tenants.scope import scope
from benchmarks import processor, sharing
from benchmarks.cast import events, take_in, vendor
from benchmarks.clients import Clients
from benchmarks.floor import KIND, Floor
from benchmarks.naive.models import EqualKey, NaiveEvent
from benchmarks.served import Served, serving
from benchmarks.turns import Contestant, ratio, turns
from dev.processes import Family

ROUNDS = 5
CLIENTS = (1, 4, 16)
SENT = {
    "HTTP": {1_000: (5, 12, 24), 100: (30, 60, 80), 1: (80, 200, 400)},
    "naive": {1_000: (3, 8, 16), 100: (20, 48, 48), 1: (80, 200, 400)},
    "equal": {1_000: (2, 4, 8), 100: (10, 24, 32), 1: (60, 120, 240)},
}
"""How many batches of each size are sent to whom in a round, by so many clients."""

PATHS = {"HTTP": "/api/v1/events", "naive": "/events", "equal": "/equal", "constant": "/constant"}
FUNCTION = {1_000: 5, 100: 30, 1: 80}
CONSTANT = 480
FLOORS = {("text", 1_000): 10, ("text", 20_000): 1, ("binary", 1_000): 10, ("binary", 20_000): 1}
"""How many blocks of each form and size are copied in a round."""

BARS = {(1_000, 4): 0.4, (100, 4): 0.3}
AIM = 0.6
SINGLE = 0.3
"""Of a constant's requests a second, by single events of 16 clients."""

OTHERS = {"naive": "the naive endpoint", "equal": "the endpoint that keeps as much"}
AGAINST_OTHERS = 5.0
"""Of their rates, in hundreds and thousands."""

type Key = tuple[str, str | int, int]


def bodies(size: int, count: int) -> list[bytes]:
    """Batches as clients write them: an array of events, a lone one as an object."""
    at = datetime.now(UTC)
    made = [events(KIND, size, time=at) for _ in range(count)]
    return [msgspec.json.encode(batch if size > 1 else batch[0]) for batch in made]


class Field:
    """Everything that is measured beside each other, ready to run."""

    def __init__(self, stack: ExitStack) -> None:
        make_tables()
        clients = stack.enter_context(Clients())
        family = Family()
        stack.callback(family.close)
        self.floor = Floor()
        self.tenant_id = vendor({KIND: {}})
        tenant = Tenant.objects.get(pk=self.tenant_id)
        self.key = add_key(tenant, name="bench", scopes=["events:write", "read", "manage"])
        self.equal_id = vendor({KIND: {}})
        EqualKey.objects.create(secret_hash=EqualKey.hashed(self.key), tenant_id=self.equal_id)
        self.ours = stack.enter_context(serving(family, clients))
        self.others = stack.enter_context(serving(family, clients, "benchmarks.naive.settings"))
        self.used: dict[Key, list[tuple[float, float, float]]] = {}
        self.postgres = processor.postgres()

    def contestants(self) -> dict[Key, Contestant]:
        found: dict[Key, Contestant] = {}
        for (form, size), count in FLOORS.items():
            found["floor", form, size] = self.floor.contestant(form, size, count)
        for size, count in FUNCTION.items():
            found["record", size, 0] = self.function(size, count, read_too=False)
            found["function", size, 0] = self.function(size, count, read_too=True)
        for name, sizes in SENT.items():
            for size, counts in sizes.items():
                for number, count in zip(CLIENTS, counts, strict=True):
                    found[name, size, number] = self.over_http(name, size, number, count)
        found["constant", 1, 16] = self.over_http("constant", 1, 16, CONSTANT)
        return found

    def function(self, size: int, count: int, *, read_too: bool) -> Contestant:
        """Our function without HTTP, each batch until it is durable; from its bytes, or `record` alone."""

        def run() -> float:
            at = datetime.now(UTC)
            batches = [msgspec.json.encode(events(KIND, size, time=at)) for _ in range(count)]
            messages = [[read(one, at=at) for one in decode(batch)] for batch in batches]
            began = time.perf_counter()
            for batch, items in zip(batches, messages, strict=True):
                if read_too:
                    take_in(self.tenant_id, batch, at=at)
                else:
                    with scope(self.tenant_id):
                        record(items, at=at)
            return size * count / (time.perf_counter() - began)

        return run

    def over_http(self, name: str, size: int, number: int, count: int) -> Contestant:
        """So many batches by so many clients."""
        server, path = self.ours if name == "HTTP" else self.others, PATHS[name]

        def run() -> float:
            sent = bodies(size, count)
            before = self._used(server)
            answers = server.post(path, sent, number, self.key)
            if name != "constant" and answers.accepted != size * count:
                raise RuntimeError(f"{name}: {answers.accepted} events of {size * count} were accepted")
            web, postgres = (now - then for now, then in zip(self._used(server), before, strict=True))
            shares = answers.processor, web, postgres
            self.used.setdefault((name, size, number), []).append(
                tuple(share / (size * count) for share in shares)  # type: ignore[arg-type]
            )
            return size * count / answers.seconds

        return run

    def _used(self, server: Served) -> tuple[float, float]:
        return processor.seconds([server.child.process.pid]), processor.seconds([self.postgres])


def make_tables() -> None:
    """The tables of the other endpoints."""
    owner = connections["owner"]
    with owner.schema_editor() as editor, owner.cursor() as cursor:
        for model in (NaiveEvent, EqualKey):
            editor.create_model(model)
            cursor.execute(f'GRANT SELECT, INSERT ON {model._meta.db_table} TO "{app_role()}"')


def run() -> bool:
    """Measure and print; whether every bar is met."""
    print("\nIngestion: events a second, durable, on the same PostgreSQL (medians of rounds)\n")
    with ExitStack() as stack:
        field = Field(stack)
        contestants = field.contestants()
        for form, size in FLOORS:  # fill the tables, so that the plans of their keys are those of a table in use
            contestants["floor", form, size]()
        with connections["owner"].cursor() as cursor:
            cursor.execute("ANALYZE")
        rates = turns(contestants, ROUNDS)
        met = report(rates, field.used)
        shared = [
            sharing.check(field.ours, PATHS["HTTP"], field.key, field.tenant_id, KIND),
            sharing.check(field.others, PATHS["equal"], field.key, field.equal_id, KIND),
        ]
    return all(shared) and met


def report(rates: dict[Key, list[float]], used: dict[Key, list[tuple[float, float, float]]]) -> bool:
    """Print the table and the bars."""
    floor = max((key for key in rates if key[0] == "floor"), key=lambda key: median(rates[key]))
    print(f"  {'':<45} {'times':>9} {'times':>9} {'times':>9}   processor, ms for 1,000 events:")
    print(f"  {'':<34} {'a second':>10} {'floor':>9} {'naive':>9} {'equal':>9}   clients      web       db")
    for key, found in rates.items():
        name, size, number = key
        line = f"  {_title(key):<34} {median(found):>10,.0f}"
        line += f" {ratio(found, rates[floor]):>9.2f}" if name != "constant" else " " * 10
        for other in OTHERS:
            line += f" {ratio(found, rates[other, size, number]):>9.1f}" if name == "HTTP" else " " * 10
        if key in used:
            line += "   " + " ".join(f"{median(share) * 1e6:8.1f}" for share in zip(*used[key], strict=True))
        print(line)
    print()
    return bars(rates, floor)


def _title(key: Key) -> str:
    name, size, number = key
    if name == "floor":
        return f"COPY {size}, blocks of {number:,}"
    if name == "constant":
        return f"a constant, {number} clients"
    batches = f"{size:,} to a batch" if size != 1 else "single events"
    return f"{name}, {batches}" + (f", {number} clients" if number else "")


def bars(rates: dict[Key, list[float]], floor: Key) -> bool:
    """Print each bar beside its figure; whether all are met."""
    met = []
    print(f"The floor is {_title(floor)}.")
    for (size, number), bar in BARS.items():
        share = ratio(rates["HTTP", size, number], rates[floor])
        met.append(share >= bar)
        aim = f" (aim: {AIM})" if size == 1_000 else ""
        print(f"Bar: {size:,} to a batch, {number} clients: at least {bar} of the floor{aim}: {share:.2f}.")
    share = ratio(rates["HTTP", 1, 16], rates["constant", 1, 16])
    met.append(share >= SINGLE)
    print(f"Bar: single events, 16 clients: at least {SINGLE} of a constant's requests: {share:.2f}.")
    for other, title in OTHERS.items():
        times = {
            (size, number): ratio(rates["HTTP", size, number], rates[other, size, number])
            for size in SENT["HTTP"]
            for number in CLIENTS
        }
        many = min(value for (size, _), value in times.items() if size >= 100)
        met += [many >= AGAINST_OTHERS, min(times.values()) > 1]
        print(f"Bar: in hundreds and thousands at least {AGAINST_OTHERS:.0f} times {title}: {many:.1f}.")
        print(f"Bar: faster than it in every row: {min(times.values()):.1f}.")
    return all(met)
