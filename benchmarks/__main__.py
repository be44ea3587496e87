"""Run the benchmarks against servers of their own, in a temporary directory but as durable as in production.

    python -m benchmarks [--full] [PART ...]

A part is a module of this package that has `run` (PARTS below); all of them are run if none is named.
"""

import importlib
import inspect
import os
import sys
import time
import traceback

from dev.servers import passing_servers

MIGRATED = "counterfoil"
PARTS = ("judging", "metering", "fairness", "stored", "bulk", "trial", "pdf", "closing")


def main() -> int:
    """Print what was measured; 0 if every bar is met."""
    named = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if unknown := set(named) - set(PARTS):
        print(f"There is no part {', '.join(sorted(unknown))}: name some of {', '.join(PARTS)}.")
        return 2
    began = time.monotonic()
    with passing_servers(durable=True) as environment:
        os.environ |= environment | {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "0"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", database="owner", verbosity=0)
        met = {part: measure(part, full="--full" in sys.argv) for part in named or PARTS}
    missed = [part for part, within in met.items() if not within]
    verdict = f"A bar is missed in {', '.join(missed)}." if missed else "Every bar is met."
    print(f"\n{time.monotonic() - began:.0f} seconds in all. {verdict}")
    return 1 if missed else 0


def measure(part: str, *, full: bool) -> bool:
    """Run one part in a database of its own, with the sizes that are promised if `full` makes a difference to it.

    An error is printed and counts as a missed bar: the other parts are measured all the same.
    """
    from benchmarks.databases import copied, using

    began = time.monotonic()
    met = False
    try:
        run = importlib.import_module(f"benchmarks.{part}").run
        with using("postgres"), copied(MIGRATED, part), using(part):
            met = run(full=full) if "full" in inspect.signature(run).parameters else run()
    except Exception:
        traceback.print_exc()
    print(f"({part}: {time.monotonic() - began:.0f} seconds, {'every bar met' if met else 'a bar missed'})", flush=True)
    return met


if __name__ == "__main__":
    sys.exit(main())
