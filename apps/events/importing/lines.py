"""A file as portions of whole lines: however long it is, no more than a portion of it is held."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, cast

LONGEST = 256 * 1024
"""Bytes of a line. An event that can be stored has far fewer."""
LARGEST = 4 * 1024 * 1024
"""Bytes, about, of a portion of long lines; one of others ends with the thousandth event."""
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):
    """The file as a whole can't be read; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Whole lines as they stand in the file, at most a batch of events. `first` is the number of the first, from 1."""

    first: int
    content: bytes
    lines: int

    @property
    def last(self) -> int:
        return self.first + self.lines - 1


class Gathering:
    """Lines on their way to become portions."""

    def __init__(self, first: int) -> None:
        self._first, self._held, self._size = first, list[bytes](), 0

    def add(self, line: bytes) -> None:
        self._held.append(line)
        self._size += len(line)

    @property
    def large(self) -> bool:
        return self._size >= LARGEST

    def __len__(self) -> int:
        return len(self._held)

    def take(self) -> Portion:
        """What has gathered; what comes next begins a new portion."""
        portion = Portion(self._first, b"".join(self._held), len(self._held))
        self._first, self._held, self._size = portion.last + 1, [], 0
        return portion


def unzipped(stream: Any) -> IO[bytes]:
    """The stream itself, or what is in it where it is gzip, by its first two bytes."""
    return cast("IO[bytes]", gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == GZIP else stream)


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines with their ends, without a byte order mark. One that is too long is cut, to be refused by its length.

    Raises Unreadable for UTF-16, and for a compressed file that ends too early.
    """
    first = True
    try:
        while line := stream.readline(LONGEST + 1):
            if first:
                line, first = _without_mark(line), False
            if len(line) > LONGEST and not line.endswith(b"\n"):
                _skip_line(stream)
                line += b"\n"
            yield line
    except (EOFError, gzip.BadGzipFile) as error:
        raise Unreadable(f"The compressed file is damaged or ends too early: {error}") from None


def _without_mark(line: bytes) -> bytes:
    if line.startswith(UTF16):
        raise Unreadable("The file is UTF-16. Save it as UTF-8 and try again.")
    return line.removeprefix(BOM)


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
        pass
