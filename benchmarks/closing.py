"""Closing and issuing: invoices a second, as the number of subscriptions and of outcomes grows, and beside others.

Everything up to the invoice, its lines and the outbox being durable; PDFs and mails come after it. Each round closes
the next month of the same tenants, in turns, so that what else the machine does meets all of them alike.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from uuid import UUID

from apps.invoices.close import close_tenant
from benchmarks import silver, workers
from benchmarks.bills import billed_vendor
from config.garbage import pass_over_what_is_here

LEAST = 300.0
GROWTH = 1.2
SHARED = 1.7
AGAINST_SILVER = 10.0
ROUNDS = 3
WARM_UP = 1
MONTHS = [date(2026, month, 1) for month in range(1, 2 + ROUNDS + WARM_UP)]
"""The first of each month whose close is measured, and one more."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured. `usual` subscriptions have 200 outcomes a month; `few` and `many`, with FEW_OUTCOMES each,
    are compared; so are `side` subscriptions with 200 and with `heavy` outcomes; `shared` is for one or two workers."""

    usual: int
    few: int
    many: int
    side: int
    heavy: int
    shared: int


QUICK = Sizes(usual=300, few=500, many=3_000, side=100, heavy=1_000, shared=6_000)
FULL = Sizes(usual=1_000, few=1_000, many=10_000, side=50, heavy=20_000, shared=6_000)
OUTCOMES = 200
FEW_OUTCOMES = 5


def run(*, full: bool = False) -> bool:
    """Measure and print; whether every bar is met. `full` takes the sizes that are promised, and some minutes."""
    print("\nClosing and issuing, before PDF and mail (medians of rounds)\n")
    sizes = FULL if full else QUICK
    pass_over_what_is_here()  # as a worker does
    met = [rate(sizes), growth(sizes), outcomes(sizes), workers.run(SHARED, sizes.shared), silver.run(AGAINST_SILVER)]
    return all(met)


def rate(sizes: Sizes) -> bool:
    """Invoices a second with 200 outcomes each."""
    [rounds] = interleaved({OUTCOMES: billed_vendor(sizes.usual, OUTCOMES, MONTHS[:-1])}).values()
    invoices = sizes.usual / median(rounds)
    print(f"  {sizes.usual:>6,} subscriptions with {OUTCOMES:>6,} outcomes each {invoices:8,.0f} invoices/s")
    print(f"Bar: at least {LEAST:.0f} a second: {invoices:,.0f}.\n")
    return invoices >= LEAST


def growth(sizes: Sizes) -> bool:
    """Whether an invoice of many subscriptions costs as much as one of a few."""
    few, many = sizes.few, sizes.many
    taken = interleaved({size: billed_vendor(size, FEW_OUTCOMES, MONTHS[:-1]) for size in (few, many)})
    each = {size: [seconds / size for seconds in rounds] for size, rounds in taken.items()}
    for size, rounds in each.items():
        print(f"  {size:>6,} subscriptions with {FEW_OUTCOMES:>6,} outcomes each {1 / median(rounds):8,.0f} invoices/s")
    ratio = median(b / a for a, b in zip(each[few], each[many], strict=True))
    print(f"Bar: an invoice of {many:,} costs at most {GROWTH} times of one of {few:,}: {ratio:.2f}.\n")
    return ratio <= GROWTH


def outcomes(sizes: Sizes) -> bool:
    """Whether a subscription with many outcomes costs as much as one with 200."""
    heavy, size = sizes.heavy, sizes.side
    taken = interleaved({count: billed_vendor(size, count, MONTHS[:-1]) for count in (OUTCOMES, heavy)})
    for count, rounds in taken.items():
        print(f"  {size:>6,} subscriptions with {count:>6,} outcomes each {size / median(rounds):8,.0f} invoices/s")
    ratio = median(b / a for a, b in zip(taken[OUTCOMES], taken[heavy], strict=True))
    print(f"Bar: {heavy:,} outcomes cost at most {GROWTH} times of {OUTCOMES}: {ratio:.2f}.\n")
    return ratio <= GROWTH


def interleaved[K](tenants: dict[K, UUID]) -> dict[K, list[float]]:
    """Seconds that the close of each month took, the tenants in turns; the first month warms up and is not counted."""
    taken: dict[K, list[float]] = {name: [] for name in tenants}
    names = list(tenants)
    for number, month in enumerate(MONTHS[1:]):
        at = datetime(month.year, month.month, 1, tzinfo=UTC)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            began = time.perf_counter()
            done = close_tenant(tenants[name], at=at)
            seconds = time.perf_counter() - began
            if done.failed or not done.invoices:
                raise RuntimeError(f"{done} in {month:%B}")
            if number >= WARM_UP:
                taken[name].append(seconds)
    return taken
