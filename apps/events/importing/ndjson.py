"""NDJSON: one event to a line, as `POST /events` takes it."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from apps.events.importing.lines import LONGEST, Gathering, Portion
from apps.events.ingest import MAX_BATCH
from apps.events.message import Message, Rejection, read_line

TOO_LONG = Rejection("too_long", None, f"This line has more than {LONGEST // 1024} KiB.")


@dataclass(frozen=True, slots=True)
class Ndjson:
    """How such a file is cut and read."""

    def portions(self, lines: Iterator[bytes]) -> Iterator[Portion]:
        gathering = Gathering(1)
        for line in lines:
            gathering.add(line)
            if len(gathering) == MAX_BATCH or gathering.large:
                yield gathering.take()
        if gathering:
            yield gathering.take()

    def items(self, portion: Portion, *, at: datetime) -> Iterator[tuple[int, Message | Rejection]]:
        """Each event with the number of its line; blank lines are passed over."""
        for number, line in enumerate(io.BytesIO(portion.content), portion.first):
            if line.strip():
                yield number, TOO_LONG if len(line) > LONGEST else read_line(line, at=at)
