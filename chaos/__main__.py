"""`make chaos ROUNDS=50 SEED=1`: prints a line for each round and the totals; exits with 1 when a check fails.

KILL="web worker,postgres" names the victims of the rounds instead, SYSTEM a system that runs already (System.facts).
"""

import contextlib
import json
import os
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from chaos.killing import order
from chaos.system import System


def run(system: System, victims: list[tuple[str, ...]], seed: str, evidence: Path) -> bool:
    """Whether all held; what did not leaves its evidence."""
    os.environ |= system.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    import django

    django.setup()
    from chaos.rounds import Failed, Rounds

    play = Rounds(system, seed, victims)
    try:
        play.run()
    except Failed:
        told = {slug: {id: repr(one) for id, one in book.told.items()} for slug, book in play.books.items()}
        (evidence / "told.json").write_text(json.dumps(told, indent=1))
        system.dump(evidence / "database.sql")
        print(f"What the processes said, the database and what clients were told: {evidence}", flush=True)
        return False
    return True


@contextlib.contextmanager
def found(log: Path) -> Iterator[System]:
    """The system that the environment names, else one of our own."""
    if facts := os.environ.get("SYSTEM"):
        yield System(json.loads(facts))
        return
    with System.running(log) as system:
        yield system


def main() -> int:
    """Run what the environment asks for."""
    seed = os.environ.get("SEED") or secrets.token_hex(3)
    if named := os.environ.get("KILL"):
        victims = [tuple(one.split("+")) for one in named.split(",")]
    else:
        victims = order(random.Random(seed), int(os.environ.get("ROUNDS") or 50))
    evidence = Path(tempfile.mkdtemp(prefix="counterfoil-chaos-"))
    print(f"{len(victims)} rounds, SEED={seed}", flush=True)
    began = time.monotonic()
    with found(evidence / "log") as system:
        sound = run(system, victims, seed, evidence)
    print(f"{time.monotonic() - began:.0f} seconds in all.")
    if sound:
        shutil.rmtree(evidence)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
