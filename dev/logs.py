"""The one stream of log lines of several processes, each line with the name of its process before it."""

import os
import selectors
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

COLOURS = (36, 33, 35, 32, 34, 31)
WIDTH = 8


class Logs:
    """Reads the output of children and prints it line by line; coloured on a terminal only."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._partial: dict[int, bytes] = {}
        self._kept: dict[str, list[str]] = {}
        self._colours: dict[str, int] = {}
        self._hush: dict[str, str | None] = {}
        self._colourful = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def say(self, name: str, line: str) -> None:
        """Print one line of a process."""
        prefix = f"{name:<{WIDTH}} |"
        if self._colourful:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
        print(f"{prefix} {line}".rstrip(), flush=True)

    def follow(self, name: str, stream: IO[bytes], hush: str | None = None) -> None:
        """Print what comes from this stream until it ends, but for empty lines and those that hold `hush`."""
        os.set_blocking(stream.fileno(), False)
        self._hush[name] = hush
        self._selector.register(stream, selectors.EVENT_READ, name)

    def keep(self, name: str) -> list[str]:
        """Collect the coming lines of a process in the list returned instead of printing them."""
        return self._kept.setdefault(name, [])

    def pump(self, timeout: float) -> None:
        """Print what has come, waiting at most `timeout` seconds for something."""
        for key, _ in self._selector.select(timeout):
            self._read(key.fd, key.fileobj, key.data)

    def _read(self, descriptor: int, stream: "FileDescriptorLike", name: str) -> None:
        try:
            chunk = os.read(descriptor, 65536)
        except BlockingIOError:
            return
        *lines, rest = (self._partial.pop(descriptor, b"") + chunk).split(b"\n")
        if chunk:
            self._partial[descriptor] = rest
        else:
            self._selector.unregister(stream)
            lines += [rest] if rest else []
        for line in lines:
            self._take(name, line.decode(errors="replace").rstrip())

    def _take(self, name: str, line: str) -> None:
        hush = self._hush.get(name)
        if name in self._kept:
            self._kept[name].append(line)
        elif line and not (hush and hush in line):
            self.say(name, line)

    def drop(self, stream: IO[bytes]) -> None:
        """Print what is left in a stream whose process has ended, and forget it."""
        while stream.fileno() in self._selector.get_map():
            before = self._partial.get(stream.fileno())
            self._read(stream.fileno(), stream, self._selector.get_key(stream).data)
            if stream.fileno() in self._selector.get_map() and self._partial.get(stream.fileno()) == before:
                self._selector.unregister(stream)
                self._partial.pop(stream.fileno(), None)
