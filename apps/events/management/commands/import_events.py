"""`manage.py import_events`: all events of a CSV or NDJSON file, however long; run again, each is counted once."""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.clock import now
from apps.events.importing import report
from apps.events.importing.lines import Unreadable, unzipped
from apps.events.importing.portions import FORMATS, format_of
from apps.events.importing.progress import Progress
from apps.events.importing.run import check_events, import_events
from apps.events.ingest import STATUSES
from apps.tenants.management.picking import tenants_by

STDIN = "-"
PROCESSES = os.cpu_count() or 1


class Command(BaseCommand):
    help = "Import the events of a CSV or NDJSON file; what is in already is counted no second time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV or NDJSON, gzip or plain; - reads standard input")
        parser.add_argument("--tenant", metavar="SLUG", required=True)
        parser.add_argument("--format", choices=list(FORMATS), help="unless the file's name tells it")
        parser.add_argument("--report", type=Path, metavar="PATH", help="where to write what was not accepted, and why")
        parser.add_argument("--processes", type=int, default=PROCESSES, metavar="N", help=f"by default {PROCESSES}")
        parser.add_argument("--after-line", type=int, default=0, metavar="N", help="leave out the first N lines")
        parser.add_argument("--dry-run", action="store_true", help="read all and write nothing but the report")
        parser.add_argument("--json", action="store_true", help="print the counts and nothing else")

    def handle(self, *, file: str, tenant: str, **options: Any) -> None:
        [chosen] = tenants_by(tenant)
        format = options["format"] or format_of(file)
        if format is None:
            raise CommandError("Say --format csv or --format ndjson: the file's name does not tell.")
        place = options["report"] or Path("import_events.report.csv" if file == STDIN else f"{file}.report.csv")
        with opened(file) as raw, _report(place) as out:
            if options["dry_run"]:
                parts = check_events(unzipped(raw), format, now=now)
            else:
                how = {"processes": max(1, options["processes"]), "after": options["after_line"]}
                parts = import_events(unzipped(raw), format, chosen.pk, now=now, **how)
            self._follow(parts, raw, out, place, as_json=options["json"])

    def _follow(self, parts: Iterator[Any], raw: IO[bytes], out: IO[bytes], place: Path, *, as_json: bool) -> None:
        """Write the report and tell the progress as portions are done; at the end, or where it breaks off, the sums."""
        counts, last = Counter[str](dict.fromkeys(STATUSES, 0)), 0
        progress = Progress(sys.stderr, size_of(raw))
        try:
            for part in parts:
                counts, last = counts + part.counts, part.last
                out.write(report.rows(part.not_accepted))
                progress.tell(last, raw.tell() if raw.seekable() else 0)
        except Unreadable as error:
            taken = f"Lines 1 to {last:,} are in; run it again with the whole file." if last else "Nothing of it is in."
            raise CommandError(f"{error} {taken}") from None
        finally:
            took = progress.end(last)
        if as_json:
            self.stdout.write(json.dumps({status: counts[status] for status in STATUSES}))
            return
        self.stdout.write(f"{took}: " + ", ".join(f"{counts[status]:,} {status}" for status in STATUSES))
        self.stdout.write(f"What was not accepted, and why: {place}")


@contextmanager
def opened(file: str) -> Iterator[IO[bytes]]:
    """The file, or standard input for "-". CommandError where it can't be opened."""
    if file == STDIN:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(file).open("rb")  # noqa: SIM115
    except OSError as error:
        raise CommandError(f"{file} can't be read: {error.strerror}.") from None
    with stream:
        yield stream


@contextmanager
def _report(place: Path) -> Iterator[IO[bytes]]:
    try:
        out = report.begin(place)
    except OSError as error:
        raise CommandError(f"The report can't be written: {error.strerror}. Name another --report PATH.") from None
    with out:
        yield out


def size_of(raw: IO[bytes]) -> int | None:
    """Bytes of a file; None of a pipe."""
    return os.fstat(raw.fileno()).st_size or None if raw.seekable() else None
