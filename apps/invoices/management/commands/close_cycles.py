"""`manage.py close_cycles`: does at once all the closing that is due at an instant, as beat does by and by."""

import argparse
import json
import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.instants import instant_from
from apps.invoices.close import Closed, close_tenant
from apps.tenants.management.picking import tenants_by
from apps.tenants.models import Tenant

log = logging.getLogger(__name__)


def instant(text: str) -> datetime:
    """An instant from RFC 3339; argparse shows the error of any other text."""
    try:
        return instant_from(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an instant: it {error}") from None


class Command(BaseCommand):
    help = "Close and invoice every cycle that is due at an instant; run again, it does nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", required=True, type=instant, metavar="RFC3339")
        parser.add_argument("--tenant", metavar="SLUG", help="this tenant only")
        parser.add_argument(
            "--json", action="store_true", help='print {"closed", "invoices", "failed"} and nothing else'
        )

    def handle(self, *, at: datetime, tenant: str | None, **options: Any) -> None:
        done = sum((self._close(one, at) for one in tenants_by(tenant)), Closed())
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
        else:
            self.stdout.write(f"{done.closed} cycles closed, {done.invoices} invoices issued, {done.failed} failed")
        if done.failed:
            raise CommandError("What failed is told above, and waits for the next run.")

    def _close(self, tenant: Tenant, at: datetime) -> Closed:
        """Close one tenant; one that fails as a whole counts as one failure and keeps nobody else waiting."""
        try:
            return close_tenant(tenant.pk, at=at)
        except Exception:
            log.exception("The cycles of %s could not be closed", tenant.slug)
            return Closed(failed=1)
