"""`manage.py demo_stream`: live events for the demo, until it is told to end."""

import signal
import sys
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import now
from apps.demo import vendor
from apps.demo.handout import fresh_key
from apps.demo.stream import Unwelcome, stream
from apps.tenants.models import Scope, Tenant
from apps.tenants.scope import scope

KEY = "live events of the demo"


def end(signum: int, frame: FrameType | None) -> None:
    """End at once, in the midst of a pause or of a request: an event that was not answered is simply not sent again."""
    sys.exit(0)


class Command(BaseCommand):
    help = "Send the demo's live events to this site until interrupted."

    def handle(self, **options: Any) -> None:
        signal.signal(signal.SIGTERM, end)
        tenant = Tenant.objects.filter(slug=vendor.SLUG).first()
        if tenant is None:
            raise CommandError("There is no demo to send events for; run `manage.py seed_demo` first.")
        with scope(tenant.pk):
            key = fresh_key(tenant, KEY, [Scope.EVENTS_WRITE], keep=1, at=now())
        try:
            stream(f"{settings.SITE_URL}/api/v1/events", key, clock=now, say=self.stdout.write)
        except Unwelcome as refusal:
            raise CommandError(f"The API refuses live events: {refusal}") from None
