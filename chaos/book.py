"""What the clients were told: every id that was sent, every answer to it, and what contradicts."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

STORED = ("accepted", "duplicate")


@dataclass
class Told:
    """What was acknowledged of one id: its outcomes by the answers that it was stored, and whether it waited."""

    accepted: int = 0
    outcomes: set[str | None] = field(default_factory=set)
    quarantined: bool = False

    @property
    def stored(self) -> bool:
        return bool(self.outcomes)


class Book:
    """Of one vendor. `wrong` is what can't be, in words."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.sent: set[str] = set()
        self.told: dict[str, Told] = {}
        self.voided: set[str] = set()
        self.wrong: list[str] = []
        self.retries = 0

    def sends(self, ids: Iterable[str], *, again: bool) -> None:
        with self._lock:
            self.sent.update(ids)
            self.retries += again

    def hears(self, results: Iterable[dict[str, Any]], conflicting: frozenset[str] = frozenset()) -> None:
        """Note the answers to a batch; those in `conflicting` were sent with other content than is stored."""
        with self._lock:
            for result in results:
                self._hear(result, conflicting=result["id"] in conflicting)

    def _hear(self, result: dict[str, Any], *, conflicting: bool) -> None:
        id, status = result["id"], result["status"]
        if conflicting:
            if status != "conflict":
                self.wrong.append(f"{id}: other content was answered {status}")
            return
        told = self.told.setdefault(id, Told())
        if status == "quarantined":
            told.quarantined = True
        elif status in STORED:
            told.accepted += status == "accepted"
            told.outcomes.add(result["outcome"])
            if told.accepted > 1 or len(told.outcomes) > 1:
                self.wrong.append(f"{id}: told {status} with outcome {result['outcome']}, before that {told}")
        else:
            self.wrong.append(f"{id}: answered {status}, {result['reason']}")

    def finds_wrong(self, what: str) -> None:
        with self._lock:
            self.wrong.append(what)

    def voids(self, outcome: str) -> None:
        with self._lock:
            self.voided.add(outcome)

    def some_outcomes(self) -> list[str]:
        """Outcomes that were acknowledged and not taken back by word."""
        with self._lock:
            known = [next(iter(told.outcomes)) for told in self.told.values() if told.outcomes]
        return [one for one in known if one and one not in self.voided]

    def unacknowledged(self) -> list[str]:
        with self._lock:
            return sorted(self.sent - self.told.keys())

    def acknowledged(self) -> int:
        with self._lock:
            return len(self.told)
