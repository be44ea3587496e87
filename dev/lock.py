"""`make lock`: pins requirements*.in, with hashes, for every platform."""

import subprocess
import sys

from dev.home import CLONE

OPTIONS = [
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "--python-version",
    "3.12",
    "--quiet",
]


def main() -> None:
    """Write the .txt of each .in; extra arguments go to uv, as `--upgrade`."""
    for name in ("requirements", "requirements-dev"):
        argv = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            *OPTIONS,
            *sys.argv[1:],
            f"{name}.in",
            "-o",
            f"{name}.txt",
        ]
        subprocess.run(argv, cwd=CLONE, check=True)


if __name__ == "__main__":
    main()
