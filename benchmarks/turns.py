"""Contestants in turns: what else the machine does meets all of them alike."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

type Contestant = Callable[[], float]
"""One go of it; returns its events (or requests) a second."""


def turns[K](contestants: Mapping[K, Contestant], rounds: int, *, warm_up: int = 1) -> dict[K, list[float]]:
    """The rates of every contestant in each round; each round begins with another one. Warm-ups are not counted."""
    rates: dict[K, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(rounds + warm_up):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            rate = contestants[name]()
            if number >= warm_up:
                rates[name].append(rate)
    return rates


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """How many times the rate of `theirs`: the median of the rounds' own ratios."""
    return median(own / other for own, other in zip(ours, theirs, strict=True))
