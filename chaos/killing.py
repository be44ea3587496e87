"""Who is killed: one process of the system, with a signal that nobody can answer."""

import os
import random
import signal
from contextlib import suppress

from chaos.system import System, command_line

VICTIMS = ("web worker", "web", "worker", "worker child", "beat", "backend", "postgres", "valkey")


def order(chance: random.Random, rounds: int) -> list[tuple[str, ...]]:
    """The victims of each round: every kind in turn, in an order of chance, and in every third round two at once."""
    found: list[tuple[str, ...]] = []
    left: list[str] = []
    while len(found) < rounds:
        if not left:
            left = chance.sample(VICTIMS, len(VICTIMS))
        first = left.pop()
        also = chance.choice([one for one in VICTIMS if one != first])
        found.append((first, also) if chance.random() < 0.3 else (first,))
    return found


def kill(system: System, victim: str, chance: random.Random) -> bool:
    """Kill a process of this kind; False where none is running just then."""
    pids = candidates(system, victim)
    if not pids:
        return False
    with suppress(ProcessLookupError):
        os.kill(chance.choice(pids), signal.SIGKILL)
    return True


def candidates(system: System, victim: str) -> list[int]:
    """The pids of a kind; leaders come first, and what is below them after."""
    if victim == "backend":
        return [pid for pid in system.pids("postgres") if "counterfoil_app" in command_line(pid)]
    service, _, below = victim.partition(" ")
    leader, *others = system.pids(service) or [0]
    if below:
        return others
    return [leader] if leader else []


def whole(system: System) -> bool:
    """Whether every service runs with all its processes."""
    least = {"web": 3, "worker": 3, "beat": 1, "postgres": 2, "valkey": 1}
    return all(len(system.pids(name)) >= count for name, count in least.items())
