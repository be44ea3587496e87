"""An import that a member started with a file: a job, one item of which is one portion of the file's lines."""

import io
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from apps.events.importing import report
from apps.events.importing.csv_file import Csv
from apps.events.importing.csv_head import Head
from apps.events.importing.lines import Portion, Unreadable, unzipped
from apps.events.importing.ndjson import Ndjson
from apps.events.importing.portions import Format, Taken, portions_of, take_in
from apps.events.ingest import STATUSES
from apps.outbox import jobs
from apps.outbox.models import Job, JobFile, JobItem

KIND, WORK = "import", "apps.events.importing.job.take_portion"
LARGEST = 32 * 1024 * 1024
"""Bytes of a file, packed and unpacked; `manage.py import_events` takes longer ones."""
UPLOAD = "upload"
"""The name under which the job keeps the portions; each has the number of its first line."""
REPORT = "not-accepted.csv"
WORDS = {
    "accepted": "accepted",
    "duplicate": "already in",
    "conflict": "in conflict",
    "quarantined": "in quarantine",
    "rejected": "rejected",
}
"""How a portion's note calls what became of its events."""


def start(stream: Any, format: str, name: str, *, by: str, at: datetime) -> Job:
    """Keep the file in the database, where every worker reaches it, and have it taken in. Raises Unreadable."""
    how, portions = _read(unzipped(io.BufferedReader(stream)), format)
    params = {"name": name[:200], "upload": UPLOAD} | _kept(how)
    items = [(str(one.first), f"Lines {one.first:,} to {one.last:,}") for one in portions]
    sizes = {str(one.first): one.lines for one in portions}
    job = jobs.start(KIND, WORK, items, by=by, at=at, params=params, sizes=sizes)
    for one in portions:
        JobFile.objects.create(job=job, name=UPLOAD, part=one.first, content=one.content)
    return job


def _read(stream: IO[bytes], format: str) -> tuple[Format, list[Portion]]:
    """How the file is read, and all its portions. Raises Unreadable for one that is empty or unpacks to too much."""
    how, found = portions_of(stream, format)
    portions, size = [], 0
    for portion in found:
        size += len(portion.content)
        if size > LARGEST:
            raise Unreadable(f"Unpacked, the file has more than {LARGEST // 1024**2} MB. Split it into several.")
        portions.append(portion)
    if not portions:
        raise Unreadable("There is no event in the file.")
    return how, portions


def _kept(how: Format) -> dict[str, Any]:
    """How the file is read, as the job keeps it."""
    return {"columns": how.head.columns, "delimiter": how.head.delimiter} if isinstance(how, Csv) else {}


def _format(params: dict[str, Any]) -> Format:
    return Csv(Head(tuple(params["columns"]), params["delimiter"])) if "columns" in params else Ndjson()


def take_portion(job: Job, ref: str, *, at: datetime) -> str:
    """Take one portion in, add to the report what was not accepted, and keep the counts with the item."""
    first = int(ref)
    content = bytes(JobFile.objects.get(job=job, name=UPLOAD, part=first).content)
    taken = take_in(_format(job.params), Portion(first, content, content.count(b"\n")), at=at)
    if taken.not_accepted:
        _report(job, first, report.rows(taken.not_accepted))
    JobItem.objects.filter(job=job, ref=ref).update(figures=dict(taken.counts))
    return ", ".join(_told(taken))


def _report(job: Job, first: int, rows: bytes) -> None:
    """Add to the report; the first to have something to say begins it. Several workers may, and one of them does."""
    head = JobFile(job=job, name=REPORT, part=0, content=report.HEAD)
    JobFile.objects.bulk_create([head], ignore_conflicts=True)
    JobFile.objects.create(job=job, name=REPORT, part=first, content=rows)


def _told(taken: Taken) -> Iterable[str]:
    return (f"{taken.counts[status]:,} {WORDS[status]}" for status in STATUSES if taken.counts[status])
