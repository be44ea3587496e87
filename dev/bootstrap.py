"""Makes the clone's environment and goes on in it.

`bootstrap.py [--dev] ARGUMENT ...` ends as `.venv/bin/python ARGUMENT ...`. It starts on any Python 3.8 and
with nothing installed, and installs only when the pinned requirements have changed since the last time.
"""

import ctypes
import ctypes.util
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
PYTHON = VENV / "bin/python"
UNFINISHED = VENV / "unfinished"
PR_SET_PDEATHSIG = 1


def fail(line):
    """Say in one line what to do, and end."""
    print(line, file=sys.stderr)
    sys.exit(1)


def end_with_make():
    """Have SIGTERM sent to us when make is killed: it stays set for the program we become."""
    if "MAKELEVEL" in os.environ and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def fingerprint(*files):
    """What an installation depends on: the pins."""
    return hashlib.sha256(b"".join((CLONE / file).read_bytes() for file in files)).hexdigest()


def make_venv():
    """A virtual environment that works: one left half-made by an interrupted run is made anew."""
    sound = PYTHON.exists() and not UNFINISHED.exists()
    if sound and subprocess.run([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0:
        return
    if sys.version_info < (3, 12):
        fail("Counterfoil needs Python 3.12 or newer, this is %d.%d: run make." % sys.version_info[:2])
    if VENV.exists():
        shutil.rmtree(str(VENV))
    print("Making the environment in .venv", flush=True)
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if made.returncode:
        shutil.rmtree(str(VENV), ignore_errors=True)
        package = "python%d.%d-venv" % sys.version_info[:2]
        fail("This Python cannot make virtual environments: install the package %s and try again." % package)


def install(requirements, stamps):
    """Install requirements unless the stamps (text by file name, written when done) say that they are."""
    if all((VENV / name).exists() and (VENV / name).read_text() == value for name, value in stamps.items()):
        return
    print("Installing %s (once, about a minute)" % requirements, flush=True)
    UNFINISHED.touch()
    argv = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--quiet",
        "--no-deps",
    ]
    if subprocess.run([*argv, "--require-hashes", "-r", requirements], cwd=str(CLONE)).returncode:
        fail("The installation failed, as said above: check the network and try again.")
    for name, value in stamps.items():
        (VENV / name).write_text(value)
    UNFINISHED.unlink()


def mention_pango():
    """One line when PDFs will not work; everything else does."""
    for name in ("pango-1.0", "pangoft2-1.0"):
        try:
            ctypes.CDLL("lib%s.so.0" % name if sys.platform == "linux" else ctypes.util.find_library(name) or name)
        except OSError:
            print(
                "Pango is missing, so invoices have no PDF (all else works): apt-get install "
                "libpangoft2-1.0-0 libharfbuzz-subset0, on macOS brew install pango",
                file=sys.stderr,
            )
            return


def main():
    """Environment, requirements, then the program asked for."""
    end_with_make()
    arguments = sys.argv[1:]
    dev = arguments[:1] == ["--dev"]
    (CLONE / "var/locks").mkdir(parents=True, exist_ok=True)
    with open(str(CLONE / "var/locks/environment"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_venv()
        stamps = {"requirements.stamp": fingerprint("requirements.txt")}
        if dev:
            stamps["requirements-dev.stamp"] = fingerprint("requirements.txt", "requirements-dev.txt")
        install("requirements-dev.txt" if dev else "requirements.txt", stamps)
    mention_pango()
    os.chdir(str(CLONE))
    os.execv(str(PYTHON), [str(PYTHON), *arguments[1 if dev else 0 :]])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except PermissionError as error:
        fail(
            "%s is not writable: the clone was used by another user before. Run `make clean` as that user."
            % error.filename
        )
