"""An export as a job: one item for each file and month, written into the job's files in parts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from apps.common import csvs
from apps.common.periods import Period
from apps.invoices.exports import tables
from apps.invoices.exports.journal import JOURNAL
from apps.invoices.exports.period import months
from apps.invoices.exports.postings import Unbalanced
from apps.invoices.exports.tables import TABLES, Row, Table
from apps.outbox import jobs
from apps.outbox.jobs import Failed
from apps.outbox.models import Job, JobFile

FILES: dict[str, Table] = {**TABLES, "journal": JOURNAL}
KIND, WORK = "export", "apps.invoices.exports.run.write"
CHOSEN = "apps.invoices.exports.run.write_chosen"
PART = 1024 * 1024
"""Bytes, about, of a part of a file."""
PARTS = 100_000
"""More parts than a month has: months number theirs from a multiple of it, so that joined they stand in order."""


def start(names: Sequence[str], period: Period, *, by: str, at: datetime) -> Job:
    """Have these of FILES written for the period; its months are done one by one, so the job shows how far it is."""
    items = [
        (f"{name}:{index}", f"{FILES[name].title}, {month.start:%B %Y}")
        for name in names
        for index, month in enumerate(months(period))
    ]
    params = {"start": period.start.isoformat(), "end": period.end.isoformat()}
    return jobs.start(KIND, WORK, items, by=by, at=at, params=params)


def start_chosen(ids: Iterable[UUID], *, by: str, at: datetime) -> Job:
    """Have these invoices and their lines written."""
    params = {"invoices": [str(id) for id in ids]}
    items = [(name, FILES[name].title) for name in ("invoices", "lines")]
    return jobs.start(KIND, CHOSEN, items, by=by, at=at, params=params)


def write(job: Job, ref: str, *, at: datetime) -> str:
    """One month of one file; the first one begins with the columns."""
    name, _, index = ref.partition(":")
    period = Period(date.fromisoformat(job.params["start"]), date.fromisoformat(job.params["end"]))
    month, table = months(period)[int(index)], FILES[name]
    head = [table.columns] if index == "0" else []
    file = f"{name}-{period.start}-{period.last}.csv"
    try:
        return _store(job, file, int(index) * PARTS, head, table.rows(month))
    except Unbalanced as error:
        raise Failed(f"{error} Tell support: a document contradicts itself.") from error


def write_chosen(job: Job, ref: str, *, at: datetime) -> str:
    """The chosen invoices, or their lines."""
    found = tables.chosen(UUID(id) for id in job.params["invoices"])
    rows = tables.invoice_rows(found) if ref == "invoices" else tables.line_rows(found)
    return _store(job, f"{ref}.csv", 0, [FILES[ref].columns], rows)


def _store(job: Job, name: str, first: int, head: Iterable[Row], rows: Iterable[Row]) -> str:
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        yield from head
        for row in rows:
            count += 1
            yield row

    for number, content in enumerate(_parts(csvs.encoded(counted())), first):
        JobFile.objects.create(job=job, name=name, part=number, content=content)
    return f"{count} row{'' if count == 1 else 's'}"


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks joined to parts of about PART bytes."""
    waiting: list[bytes] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(map(len, waiting)) >= PART:
            yield b"".join(waiting)
            waiting = []
    if waiting:
        yield b"".join(waiting)
