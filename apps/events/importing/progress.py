"""How far an import is, on one line of a terminal."""

import time
from typing import TextIO

EVERY = 500
"""Milliseconds between two looks."""


class Progress:
    """Tells lines, speed and, of a file whose size is known, the part that is read and the time left."""

    def __init__(self, out: TextIO, size: int | None) -> None:
        self._out, self._size = out, size
        self._began = self._told = _milliseconds()
        self._shown = out.isatty()

    def tell(self, lines: int, read: int) -> None:
        """`lines` are done; `read` bytes of the file were taken."""
        if self._shown and _milliseconds() - self._told >= EVERY:
            self._told = _milliseconds()
            self._out.write(f"\r\033[K{self._line(lines, read)}")
            self._out.flush()

    def _line(self, lines: int, read: int) -> str:
        spent = _milliseconds() - self._began
        told = f"{lines:,} lines, {_speed(lines, spent)}"
        if not self._size or not read:
            return told
        left = spent * (self._size - read) // read
        return f"{told}, {read * 100 // self._size}%, {_duration(left)} left"

    def end(self, lines: int) -> str:
        """Clear the line; returns how many lines in what time."""
        if self._shown:
            self._out.write("\r\033[K")
        spent = _milliseconds() - self._began
        return f"{lines:,} line{'' if lines == 1 else 's'} in {_duration(spent)}, {_speed(lines, spent)}"


def _milliseconds() -> int:
    return time.monotonic_ns() // 1_000_000


def _speed(lines: int, spent: int) -> str:
    return f"{lines * 1000 // max(spent, 1):,} a second"


def _duration(spent: int) -> str:
    seconds = spent // 1000
    return f"{seconds} s" if seconds < 100 else f"{seconds // 60} min"
