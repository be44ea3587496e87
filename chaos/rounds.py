"""The rounds: under load one or two processes are killed, and then everything has to be as the clients were told."""

import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

import psycopg
from django.db import connection

from apps.invoices.subscribe import subscribe
from apps.plans.models import PlanVersion
from apps.tenants.customers import create_customer
from apps.tenants.scope import scope
from chaos import bills, checks
from chaos.book import Book
from chaos.killing import kill, whole
from chaos.load import Load, call
from chaos.scene import new_vendor
from chaos.system import System

RECOVERY = 60.0
CLOSING = 90.0
DELIVERY = 240.0


class Failed(Exception):
    """A check found something wrong; it was printed."""


class Rounds:
    """All rounds on one system."""

    def __init__(self, system: System, seed: str, victims: Sequence[tuple[str, ...]]) -> None:
        self.system = system
        self.chance = random.Random(seed)
        self.victims = victims
        self.vendors = [new_vendor(f"{name}-{seed}", system.port, seed) for name in ("northwind", "globex")]
        self.books = {vendor.slug: Book() for vendor in self.vendors}
        self.killed: Counter[str] = Counter()
        self.recoveries: list[float] = []

    def run(self) -> None:
        """Every round in turn, then the thorough look. Raises Failed."""
        for number, victims in enumerate(self.victims):
            self._round(number, victims)
        self._deliveries()
        print(self._totals())

    def _round(self, number: int, victims: tuple[str, ...]) -> None:
        before = self._acknowledged(), self._retries()
        connection.close()  # as after each request: the pool gives one that is sound
        loads = [Load(vendor, self.books[vendor.slug], number, self.chance) for vendor in self.vendors]
        self._make_customers(number)
        for load in loads:
            load.start()
        recovery = self._kill(victims)
        time.sleep(0.3 + self.chance.random() * 0.4)
        for load in loads:
            load.stop()
        for load in loads:
            load.settle()
        self._check()
        self.recoveries.append(recovery)
        acknowledged, retries = self._acknowledged() - before[0], self._retries() - before[1]
        print(
            f"{number + 1:3}  {' and '.join(victims):<27} {acknowledged:6,} new ids acknowledged  "
            f"{retries:4} retries  whole again after {recovery:4.1f} s",
            flush=True,
        )

    def _make_customers(self, number: int) -> None:
        """Two whose cycles are due, one or two of them; the third comes later (chaos/load.py)."""
        for vendor in self.vendors:
            with scope(vendor.tenant_id):
                plan = PlanVersion.objects.select_related("plan").get()
                for which in (0, 1):
                    name = vendor.customer(number, which)
                    start = date.fromisoformat(vendor.subscription_body(name, which + 1)["start"])
                    customer = create_customer(**vendor.customer_body(name))
                    subscribe(customer, plan, start=start, billing="calendar")

    def _kill(self, victims: tuple[str, ...]) -> float:
        """Kill at random moments; seconds from the first until everything runs and answers again."""
        time.sleep(0.3 + self.chance.random())
        for vendor in self.vendors:
            bills.ask_to_close(vendor)
        time.sleep(self.chance.random() * 0.5)
        began = time.monotonic()
        for victim in victims:
            self.killed[victim] += kill(self.system, victim, self.chance)
            time.sleep(self.chance.random() * 0.7)
        while not (whole(self.system) and self._answers()):
            if time.monotonic() - began > RECOVERY:
                self._fail([f"not whole again {RECOVERY:.0f} s after {victims} were killed"])
            time.sleep(0.05)
        return time.monotonic() - began

    def _answers(self) -> bool:
        vendor = self.vendors[0]
        answer = call(vendor.client, "GET", "/api/v1/customers?limit=1", None, self.books[vendor.slug])
        return answer is not None and answer.status == 200

    def _check(self) -> None:
        connection.close()
        with psycopg.connect(self.system.superuser, autocommit=True) as database:
            for vendor in self.vendors:
                book = self.books[vendor.slug]
                self._fail_if_any(bills.wait_until_closed(database, vendor, CLOSING))
                self._fail_if_any(checks.events(database, vendor, book))
                self._fail_if_any(checks.ledger(database, vendor, book))
                self._fail_if_any(bills.invoices(database, vendor))

    def _deliveries(self) -> None:
        with psycopg.connect(self.system.superuser, autocommit=True) as database:
            for vendor in self.vendors:
                self._fail_if_any(bills.wait_until_delivered(database, vendor, DELIVERY))
        self._check()

    def _fail_if_any(self, wrong: Iterable[str]) -> None:
        if found := list(wrong):
            self._fail(found)

    def _fail(self, found: list[str]) -> None:
        print("\n".join(["WRONG:", *checks.shown(found)]), flush=True)
        raise Failed

    def _acknowledged(self) -> int:
        return sum(book.acknowledged() for book in self.books.values())

    def _retries(self) -> int:
        return sum(book.retries for book in self.books.values())

    def _totals(self) -> str:
        kills = ", ".join(f"{count} {victim}" for victim, count in sorted(self.killed.items()))
        classes = Counter[str]()
        for vendor in self.vendors:
            classes.update(checks.law(vendor.tenant_id))
        told = ", ".join(f"{count:,} {name}" for name, count in classes.items() if count)
        lines = [
            "",
            f"{len(self.victims)} rounds, killed: {kills}.",
            f"{self._acknowledged():,} events acknowledged, each stored and counted once; {self._retries():,} retries.",
            f"{sum(classes.values()):,} outcomes: {told}.",
            "Usage equals the ledger and every invoice its days; none is doubled, no number missing, all delivered.",
            f"Whole again after {max(self.recoveries):.1f} s at most.",
        ]
        return "\n".join(lines)
