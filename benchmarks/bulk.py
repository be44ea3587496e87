"""A file of 100,000 events taken in by `import_events`, with all its processes, beside COPY in large blocks."""

import io
import os
from collections import Counter
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from uuid import UUID

import msgspec

from apps.common.clock import now
from apps.events.importing.run import import_events
from benchmarks.cast import events, vendor
from benchmarks.floor import KIND, Floor
from benchmarks.turns import Contestant, ratio, turns

LINES = 100_000
BLOCK = 20_000
ROUNDS = 3
BAR = 0.5


def run() -> bool:
    """Measure and print; whether the import is fast enough."""
    print(
        f"\nBulk import: a file of {LINES:,} lines of NDJSON beside COPY in blocks of {BLOCK:,} (medians of rounds)\n"
    )
    floor, tenant_id = Floor(), vendor({KIND: {}})
    contestants = {form: floor.contestant(form, BLOCK, 2) for form in ("text", "binary")}
    rates = turns(contestants | {"import_events": importing(tenant_id)}, ROUNDS)
    for name, found in rates.items():
        print(f"  {name:<16} {median(found):>10,.0f} events/s")
    fastest = max(contestants, key=lambda form: median(rates[form]))
    share = ratio(rates["import_events"], rates[fastest])
    print(f"Bar: at least {BAR} of COPY ({fastest}): {share:.2f}.")
    return share >= BAR


def importing(tenant_id: UUID) -> Contestant:
    """Import a new file, from its first byte until its last line is durable."""

    def measure() -> float:
        made = events(KIND, LINES, time=datetime.now(UTC))
        file = io.BytesIO(msgspec.json.Encoder().encode_lines(made))
        began = perf_counter()
        counts = Counter[str]()
        for part in import_events(file, "ndjson", tenant_id, now=now, processes=os.cpu_count() or 1):
            counts += part.counts
        seconds = perf_counter() - began
        if counts["accepted"] != LINES:
            raise RuntimeError(f"of {LINES:,} lines {dict(counts)}")
        return LINES / seconds

    return measure
