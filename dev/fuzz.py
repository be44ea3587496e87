"""`make fuzz`: what nobody should send, for so many MINUTES, each round by another seed; it stops at the first failure.

A round is tests/fuzz with many times the examples of the suite. What failed is made as small as it can be, and printed.
"""

import os
import secrets
import subprocess
import sys
import time

from dev.home import CLONE

EFFORT = "20"
"""Times as many examples as in the suite."""


def main() -> int:
    """Run rounds until the time is over; 0 if nothing failed."""
    end = time.monotonic() + 60 * float(os.environ.get("MINUTES") or 10)
    rounds = 0
    while time.monotonic() < end:
        seed = secrets.randbelow(2**32)
        print(f"Round {rounds + 1}, seed {seed}", flush=True)
        arguments = ["-q", "-x", "-n", "auto", "--dist", "loadfile", "--tb=short", f"--hypothesis-seed={seed}"]
        command = [sys.executable, "-m", "pytest", *arguments, "tests/fuzz"]
        code = subprocess.run(command, cwd=CLONE, env=os.environ | {"FUZZ": EFFORT}, check=False).returncode
        if code:
            print(f"Failed, as told above. Again: FUZZ={EFFORT} .venv/bin/python {' '.join(command[1:])}")
            return code
        rounds += 1
    print(f"Nothing failed in {rounds} rounds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
