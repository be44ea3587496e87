"""`make lint`: every check in turn, all of them even when one fails."""

import os
import subprocess
import sys

from dev.home import CLONE
from manage import NOWHERE

CHECKS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "imports": ["dev.contracts"],
    "templates": ["djlint", "templates", "--lint", "--check", "--quiet"],
    "migrations": ["dev.migrations"],
}


def main() -> int:
    """Run the checks; 0 if all pass."""
    failed = []
    for name, (module, *arguments) in CHECKS.items():
        print(f"── {name}: {module} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", module, *arguments]
        if subprocess.run(command, cwd=CLONE, env=NOWHERE | os.environ, check=False).returncode:
            failed.append(name)
    print(f"Failed: {', '.join(failed)}" if failed else "All checks pass.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
