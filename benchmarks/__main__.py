"""Run the benchmarks against servers of their own, in a temporary directory but as durable as in production."""

import os
import sys
import time

from dev.servers import passing_servers


def main() -> int:
    """Print what was measured; 0 if every bar is met."""
    began = time.monotonic()
    with passing_servers(durable=True) as environment:
        os.environ |= environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", database="owner", verbosity=0)
        from benchmarks import closing, ingestion, pdf, trial

        met = [ingestion.run(), trial.run(), pdf.run(), closing.run(full="--full" in sys.argv)]
    print(f"\n{time.monotonic() - began:.0f} seconds in all. {'Every bar is met.' if all(met) else 'A bar is missed.'}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
