"""`manage.py rebuild_usage`: makes Usage the sum of the ledger's entries again, while events come in."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.common.clock import now
from apps.events import checks
from apps.events.compare import Difference
from apps.events.rebuild import rebuild
from apps.events.verify import check
from apps.tenants.management.picking import tenants_by


class Command(BaseCommand):
    help = "Make Usage the sum of the ledger again, while events come in, and print what differed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", metavar="SLUG", help="this tenant only")
        parser.add_argument("--json", action="store_true", help='print {"sums", "differed"} and nothing else')

    def handle(self, *, tenant: str | None, **options: Any) -> None:
        sums = differed = 0
        for one in tenants_by(tenant):
            for portion in rebuild(one.pk, at=now()):
                sums += portion.sums
                differed += len(portion.differences)
                if not options["json"]:
                    for difference in portion.differences:
                        self.stdout.write(f"{one.slug}: {told(difference)}")
            checks.tell(one.pk, check(one.pk, at=now()))
        if options["json"]:
            self.stdout.write(json.dumps({"sums": sums, "differed": differed}))
        else:
            self.stdout.write(f"{sums} sums compared with the ledger, {differed} differed and are right now")


def told(one: Difference) -> str:
    """A difference as a line: "halden, 2026-11-05, resolved_ticket version 1: quantity 7, was 5"."""
    figures = (f"{name} {own}, was {other}" for name, (own, other) in one.wrong.items())
    return f"{one.name}: {'; '.join(figures)}"
