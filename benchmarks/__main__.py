"""Run the benchmarks against servers of their own, in a temporary directory but as durable as in production.

    python -m benchmarks [--full] [PART ...]

A part is a module of this package that has `run` (PARTS below); all of them are run if none is named.
"""

import importlib
import inspect
import os
import sys
import time

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
        met = [measure(part, full="--full" in sys.argv) for part in named or PARTS]
    print(f"\n{time.monotonic() - began:.0f} seconds in all. {'Every bar is met.' if all(met) else 'A bar is missed.'}")
    return 0 if all(met) else 1


def measure(part: str, *, full: bool) -> bool:
    """Run one part in a database of its own, with the sizes that are promised if `full` makes a difference to it."""
    from benchmarks.databases import copied, using

    run = importlib.import_module(f"benchmarks.{part}").run
    began = time.monotonic()
    with using("postgres"), copied(MIGRATED, part), using(part):
        met: bool = run(full=full) if "full" in inspect.signature(run).parameters else run()
    print(f"({part}: {time.monotonic() - began:.0f} seconds)")
    return met


if __name__ == "__main__":
    sys.exit(main())
