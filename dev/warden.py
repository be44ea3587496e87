"""Ends what a killed process left behind.

Reads lines from standard input, whose other end only the watched process holds: `+ PID SIGNAL GRACE` when it
starts a child (the leader of a process group), `- PID` when that has ended. At the end of input whatever is
still listed is told SIGNAL and, after GRACE seconds, its whole group is killed. The kernel's death signal
alone would not reach grandchildren, such as a web server's workers.

Any lock whose file was passed to this process stays held until it is done, so that a new start waits for it.
"""

import contextlib
import os
import signal
import sys
import time


def tell(group: int, signal_number: int) -> bool:
    """Signal a whole process group; False when nobody is left in it."""
    try:
        os.killpg(group, signal_number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so of a group of zombies
        return False
    return True


def end(children: "dict[int, tuple[int, float]]") -> None:
    """Signal the leaders, wait for their groups to go, kill those that stay."""
    for pid, (signal_number, _) in children.items():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
    started = time.monotonic()
    while children:
        waited = time.monotonic() - started
        for pid, (_, grace) in list(children.items()):
            if waited >= grace:
                tell(pid, signal.SIGKILL)
            if not tell(pid, 0):
                del children[pid]
        time.sleep(0.05)


def main() -> None:
    """Keep the list of children until the watched process has gone."""
    for ignored in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    children = {}
    for line in sys.stdin:
        sign, pid, *rest = line.split()
        if sign == "+":
            children[int(pid)] = (int(rest[0]), float(rest[1]))
        else:
            children.pop(int(pid), None)
    end(children)


if __name__ == "__main__":
    main()
