"""From a file to the ledger: a portion of its lines is a batch, read, judged and booked as those of the API."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, NamedTuple

from apps.events.importing.csv_file import Csv
from apps.events.importing.csv_head import first_record, read_head
from apps.events.importing.lines import Portion, lines_of
from apps.events.importing.ndjson import Ndjson
from apps.events.ingest import Result, record
from apps.events.message import Message, Rejection

type Format = Ndjson | Csv

FORMATS = {"ndjson": (".ndjson", ".jsonl"), "csv": (".csv",)}
"""What a file can be, and how the names of such files end."""


class NotAccepted(NamedTuple):
    """A line of the report: what is in the file at this line, and what became of it."""

    line: int
    id: str | None
    status: str
    reason: str | None
    field: str | None
    message: str


REPORT = NotAccepted._fields


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a portion: how many of each status, and those that are neither accepted nor duplicates."""

    last: int
    counts: Counter[str]
    not_accepted: Sequence[NotAccepted]


def format_of(name: str) -> str | None:
    """What a file of this name is: "csv", "ndjson", or nothing that we know. `.gz` at its end says nothing of that."""
    plain = name.lower().removesuffix(".gz")
    return next((format for format, endings in FORMATS.items() if plain.endswith(endings)), None)


def portions_of(stream: IO[bytes], format: str) -> tuple[Format, Iterator[Portion]]:
    """How the file is to be read, and its portions. Raises Unreadable where its beginning shows that it can't be."""
    lines = lines_of(stream)
    found: Format = Csv(read_head(first_record(lines))) if format == "csv" else Ndjson()
    return found, found.portions(lines)


def take_in(format: Format, portion: Portion, *, at: datetime) -> Taken:
    """Record the portion's events. Needs a scope; what it wrote is durable when that commits."""
    items = list(format.items(portion, at=at))
    return _told(portion, items, record([item for _, item in items], at=at))


def look_at(format: Format, portion: Portion, *, at: datetime) -> Taken:
    """What of the portion is no event at all; nothing is asked of the database. The others count as "readable"."""
    items = list(format.items(portion, at=at))
    results = [_looked(index, item) for index, (_, item) in enumerate(items)]
    return _told(portion, items, results)


def _looked(index: int, item: Message | Rejection) -> Result:
    if isinstance(item, Rejection):
        return Result(index, item.external_id, "rejected", reason=item.reason, field=item.field, text=item.text)
    return Result(index, item.external_id, "accepted")


def _told(portion: Portion, items: Sequence[tuple[int, Message | Rejection]], results: Sequence[Result]) -> Taken:
    counts = Counter[str](one.status for one in results)
    others = [
        NotAccepted(line, one.external_id, one.status, one.reason, one.field, one.text or WAITS)
        for (line, _), one in zip(items, results, strict=True)
        if one.status not in ("accepted", "duplicate")
    ]
    return Taken(portion.last, counts, others)


WAITS = "It is kept in quarantine, and counts once the cause is mended and it is replayed."
