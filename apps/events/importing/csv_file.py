"""CSV: a head that names the fields, then one event to a row; a row may have several lines inside quotes."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.events.importing.csv_head import BadCell, Head
from apps.events.importing.lines import LONGEST, Gathering, Portion
from apps.events.importing.ndjson import TOO_LONG
from apps.events.ingest import MAX_BATCH
from apps.events.message import Message, Rejection, read

NOT_UTF8 = Rejection("invalid_encoding", None, "This row is not UTF-8.")


@dataclass(frozen=True, slots=True)
class Csv:
    """How such a file is cut and read, after its head."""

    head: Head

    def portions(self, lines: Iterator[bytes]) -> Iterator[Portion]:
        """`lines` begin with the second one of the file."""
        gathering, rows = Gathering(2), 0
        tap = _Tap(lines, gathering)
        for _ in self._rows(tap):
            rows += 1
            if rows == MAX_BATCH or gathering.large:
                yield gathering.take()
                rows = 0
        if gathering:
            yield gathering.take()

    def items(self, portion: Portion, *, at: datetime) -> Iterator[tuple[int, Message | Rejection]]:
        """Each event with the number of its first line; blank lines are passed over."""
        gathering = Gathering(portion.first)
        tap = _Tap(io.BytesIO(portion.content), gathering)
        for row in self._rows(tap):
            number, flaw = gathering.take().first, tap.flaw()
            if flaw or isinstance(row, Rejection):
                yield number, flaw or row
            elif row:
                yield number, self._item(row, at)

    def _rows(self, tap: "_Tap") -> Iterator[Any]:
        """Rows as lists of cells; one that breaks the rules of quotes as the Rejection that it is."""
        reader = csv.reader(tap, delimiter=self.head.delimiter, strict=True)
        while True:
            before = reader.line_num
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                lines = reader.line_num - before
                where = f" It ends {lines - 1} lines further down." if lines > 1 else ""
                yield Rejection("invalid_csv", None, f"This row's quotes or cells can't be read: {error}.{where}")

    def _item(self, row: list[str], at: datetime) -> Message | Rejection:
        if len(row) != len(self.head.columns):
            text = f"This row has {len(row)} cells, and there are {len(self.head.columns)} columns."
            return Rejection("wrong_number_of_cells", None, text)
        try:
            return read(self.head.event(row), at=at)
        except BadCell as error:
            return Rejection("invalid_json", "properties", str(error))


class _Tap:
    """Hands lines to a csv.reader as text, and keeps them as they were."""

    def __init__(self, lines: Iterator[bytes], gathering: Gathering) -> None:
        self._lines, self._gathering = lines, gathering
        self._flaw: Rejection | None = None

    def __iter__(self) -> "_Tap":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._gathering.add(line)
        if len(line) > LONGEST:
            self._flaw = TOO_LONG
        try:
            return line.decode()
        except UnicodeDecodeError:
            self._flaw = NOT_UTF8
            return line.decode(errors="surrogateescape")

    def flaw(self) -> Rejection | None:
        """What was wrong with a line since this was last asked."""
        flaw, self._flaw = self._flaw, None
        return flaw
