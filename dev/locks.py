"""File locks: they belong to an open file, so the kernel gives them back however their holder ends."""

import fcntl
import os
from pathlib import Path


class Lock:
    """An advisory lock on a file, exclusive or shared."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, *, shared: bool = False) -> None:
        """Wait for the lock and take it."""
        fcntl.flock(self.fd, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def try_take(self, *, shared: bool = False) -> bool:
        """Take the lock if it is free at this moment."""
        try:
            fcntl.flock(self.fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Give the lock back; it may be taken again."""
        fcntl.flock(self.fd, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the lock back for good."""
        os.close(self.fd)
