"""A tenant whose outbox is filled and drained at told times."""

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from apps.outbox.models import OutboxEntry
from apps.outbox.outbox import drain, put
from apps.tenants.scope import scope
from dev.home import CLONE
from tests.cast import Vendor, instant
from tests.outbox import handlers

NOON = instant("2026-11-05 12:00")


@dataclass(frozen=True)
class Outbox:
    """One tenant's outbox. Keys get a prefix of this test's own, so that `done` is what this test did."""

    vendor: Vendor
    prefix: str = field(default_factory=lambda: secrets.token_hex(4))

    def put(self, handler: str, *keys: str, at: datetime = NOON) -> None:
        """Put an entry for each key, all in one transaction."""
        with scope(self.vendor.tenant.pk):
            for key in keys:
                put(f"tests.outbox.handlers.{handler}", [f"{self.prefix} {key}"], at=at)

    def drain(self, at: datetime = NOON) -> int:
        return drain(self.vendor.tenant.pk, at=at)

    def entry(self, key: str) -> OutboxEntry:
        with scope(self.vendor.tenant.pk):
            entry: OutboxEntry = OutboxEntry.objects.get(args=[f"{self.prefix} {key}"])
            return entry

    @property
    def done(self) -> list[str]:
        return [one.removeprefix(f"{self.prefix} ") for one in handlers.done if one.startswith(self.prefix)]


@pytest.fixture
def outbox(northwind: Vendor) -> Outbox:
    return Outbox(northwind)


def in_another_process(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python code with Django set up, on this test's database."""
    setup = "import django; django.setup()\n"
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-c", setup + code],
        cwd=CLONE,
        env=os.environ | settings | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
