"""The report of an import: a CSV of the lines that were not accepted, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from apps.common import csvs
from apps.events.importing.portions import REPORT, NotAccepted


def rows(not_accepted: Sequence[NotAccepted]) -> bytes:
    return b"".join(csvs.encoded(not_accepted))


HEAD = b"".join(csvs.encoded([REPORT]))


def begin(path: Path) -> BinaryIO:
    """An empty report at this place. Raises OSError where none can be written."""
    file = path.open("wb")
    file.write(HEAD)
    return file
