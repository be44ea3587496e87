"""Beside django-silver, an open-source billing app for Django: the same customers on the same PostgreSQL server.

It needs an older Django, so it gets an environment of its own under var/, made once. Each of its subscriptions has a
plan with a fee and a metered feature with 100 units included, and a month's usage in one log, which is how it keeps it;
its own generator makes and issues the invoices. Where it can't be installed, this is said and left out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from benchmarks.bills import billed_vendor
from dev.home import CLONE

VERSION = "0.11.1"
PLACE = CLONE / "var/silver"
NEEDS = [f"django-silver=={VERSION}", "psycopg2-binary", "setuptools<66"]
PYTHONS = ("3.9", "3.8", "3.10")
CUSTOMERS = 300
MONTHS = [date(2026, month, 1) for month in range(1, 5)]


def run(bar: float) -> bool:
    """Measure and print; whether closing is at least `bar` times as fast. True where it can't be measured."""
    python = environment()
    if python is None:
        print(f"  django-silver {VERSION} can't be installed here (it needs Python 3.8 to 3.10): not measured.\n")
        return True
    from apps.invoices.close import close_tenant

    tenant_id = billed_vendor(CUSTOMERS, 200, MONTHS[:-1])
    with Silver(python) as other:
        rounds = []
        for month in MONTHS[1:]:
            began = datetime.now(UTC)
            close_tenant(tenant_id, at=datetime(month.year, month.month, 1, tzinfo=UTC))
            own = (datetime.now(UTC) - began).total_seconds()
            rounds.append((own, other.close(month)))
    ratio = median(theirs / own for own, theirs in rounds[1:])
    print(f"  Counterfoil          {CUSTOMERS / median(own for own, _ in rounds[1:]):8,.0f} invoices/s")
    print(f"  django-silver {VERSION} {CUSTOMERS / median(theirs for _, theirs in rounds[1:]):8,.0f} invoices/s")
    print(f"Bar: at least {bar:.0f} times its rate: {ratio:.1f}.\n")
    return ratio >= bar


def environment() -> Path | None:
    """The Python of its environment, made now if it is not there; None where that fails."""
    python = PLACE / "bin/python"
    if (PLACE / "ready").exists():
        return python
    for name in pythons():
        shutil.rmtree(PLACE, ignore_errors=True)
        if not _succeeds(name, "-m", "venv", str(PLACE)):
            continue
        if _succeeds(str(python), "-m", "pip", "install", "--quiet", *NEEDS):
            (PLACE / "ready").touch()
            return python
    return None


def pythons() -> Iterator[str]:
    """Pythons that are old enough, on the path or as pyenv keeps them."""
    for version in PYTHONS:
        yield f"python{version}"
        yield from (str(one) for one in sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Silver:
    """Its process: it migrates a database of its own and then closes a month for each line it is sent."""

    def __init__(self, python: Path) -> None:
        self.python = python

    def __enter__(self) -> "Silver":
        self._database("CREATE")
        owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
        url = owner._replace(path="/silver").geturl()
        settings = {"SILVER_DATABASE": url, "SILVER_CUSTOMERS": str(CUSTOMERS), "SILVER_START": f"{MONTHS[0]}"}
        self.process = subprocess.Popen(
            [self.python, "-I", CLONE / "benchmarks/silver_side.py"],  # else it would find silver.py beside it
            env={"PATH": os.environ["PATH"], **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.say: Any = self.process.stdin
        self.hear: Any = self.process.stdout
        self._answer()
        return self

    def close(self, month: date) -> float:
        """Seconds that it took to bill all that was due on this day."""
        self.say.write(f"{month}\n")
        self.say.flush()
        answer = self._answer()
        if answer["invoices"] != CUSTOMERS:
            raise RuntimeError(f"django-silver made {answer['invoices']} invoices of {CUSTOMERS}")
        return float(answer["seconds"])

    def _answer(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self.hear.readline())
        return found

    def __exit__(self, *error: object) -> None:
        self.say.close()
        self.process.wait(20)
        self._database("DROP")

    def _database(self, verb: str) -> None:
        from django.db import connections

        with connections["owner"].cursor() as cursor:
            cursor.execute(f"{verb} DATABASE silver")
