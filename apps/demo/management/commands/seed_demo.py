"""`manage.py seed_demo`: makes the demo where there is none, and prints how to get in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from apps.common.clock import now
from apps.demo.handout import handout, is_made
from apps.demo.history import EVENTS
from apps.demo.seed import SEED, seed


def commit_without_waiting() -> None:
    """Spare this process a wait for the disk at each of a thousand commits: the next run mends what a crash loses."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")


class Command(BaseCommand):
    help = "Make the demo, if it is not there yet, and print its logins, links and a fresh API key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=SEED, help="another history (default: %(default)s)")
        parser.add_argument("--events", type=int, default=EVENTS, help="about so many (default: %(default)s)")

    def handle(self, **options: Any) -> None:
        at = now()
        if not is_made():
            self.stderr.write("Making the demo: 90 days of a vendor and its eight customers.")
            commit_without_waiting()
            seed(at=at, number=options["seed"], events=options["events"], say=self.stderr.write)
        self.stdout.write(handout(at=at))
