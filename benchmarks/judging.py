"""What a condition, a window and signals cost ingestion: at most 1.25 times of an event type without.

Every event of every kind counts, so that all write the same rows, and batches of the kinds take turns, so that what
else the machine does meets all of them alike; a ratio is the median of the rounds' own.
"""

import time
from statistics import median
from typing import Any

from benchmarks.cast import batch, take_in, vendor

BAR = 1.25
ROUNDS = {1_000: 60, 100: 240}
WARM_UP = 3
CONDITION = 'properties.rating >= 4 && properties.channel == "email"'
WINDOW = 72 * 3600
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "condition and window": {"condition": CONDITION, "settlement": {"window_seconds": WINDOW}},
    "condition, window and signals": {
        "condition": CONDITION,
        "settlement": {"window_seconds": WINDOW, "void_on": [{"type": "ticket.reopened", "condition": "true"}]},
    },
}


def run() -> bool:
    """Measure and print; whether every ratio is within the bar."""
    names = {kind.replace(", ", "-").replace(" ", "-"): kind for kind in KINDS}
    tenant_id = vendor({code: KINDS[kind] for code, kind in names.items()})
    print("Ingestion: from the bytes of a batch until it is durable (median; p90)\n")
    ratios = []
    for size, rounds in ROUNDS.items():
        taken: dict[str, list[float]] = {code: [] for code in names}
        codes = list(names)
        for number in range(rounds + WARM_UP):
            for code in codes[number % len(codes) :] + codes[: number % len(codes)]:
                body = batch(code, size)
                began = time.perf_counter()
                take_in(tenant_id, body)
                if number >= WARM_UP:
                    taken[code].append(time.perf_counter() - began)
        for code, kind in names.items():
            ratio = median(own / plain for own, plain in zip(taken[code], taken["plain"], strict=True))
            ratios.append(ratio)
            print(_line(size, kind, taken[code], ratio))
        print()
    print(f"Bar: {BAR} times. Worst: {max(ratios):.2f} times.")
    return max(ratios) <= BAR


def _line(size: int, kind: str, seconds: list[float], ratio: float) -> str:
    middle, slow = median(seconds), sorted(seconds)[int(len(seconds) * 0.9)]
    per_second = size / middle
    return (
        f"  {size:>5} to a batch  {kind:<30} {middle * 1000:7.1f} ms {slow * 1000:7.1f} ms "
        f"{per_second:>8,.0f} events/s  {ratio:.2f}"
    )
