"""Becomes the program it is told to be, bound to the life of the process that started it.

    child.py PARENT_PID SIGNAL USER PROGRAM [ARGUMENT ...]

USER is `uid:gid` or `-` (stay who you are). Standard library only, run with `python -IS`: it starts in
milliseconds. A program of its own rather than subprocess's `preexec_fn`, which is unsafe in a process that
has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int, parent: int) -> None:
    """Have the kernel (Linux) signal this process once `parent` has ended; exit if it has already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main() -> None:
    """Drop privileges first (that clears the death signal), bind to the parent, then become the program."""
    parent, signal_number, user, *argv = sys.argv[1:]
    if user != "-":
        uid, gid = map(int, user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    for inherited in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGPIPE):
        signal.signal(inherited, signal.SIG_DFL)
    die_with_parent(int(signal_number), int(parent))
    os.execvp(argv[0], argv)


if __name__ == "__main__":
    main()
