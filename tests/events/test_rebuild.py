"""Usage is the sum of the ledger; where it is not, a rebuild makes it so, while events come in."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.common.periods import Period
from apps.events import resolve, usage
from apps.events.compare import compare
from apps.events.models import Outcome, Resolution, Usage
from apps.events.rebuild import mend, rebuild
from apps.events.usage import Sums
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.events.damage import DAMAGE, damage, entries
from tests.threads import at_once

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
AT = "2026-11-05 10:00"
NOON = instant("2026-11-05 12:00")
FIGURES = ("quantity", "value", "items", "late", "held", "voided")


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Halden had ten tickets on November 5: one was voided, one is held."""
    northwind.customer()
    northwind.definition(dimension="properties.channel")
    northwind.send(*[ticket(f"t{n}", value="2.5", properties={"channel": "email"}) for n in range(8)], at=AT)
    northwind.send(ticket("v1"), ticket("v2"), at=AT)
    befall(northwind, "t0", "void")
    befall(northwind, "t1", "hold")
    return northwind


def befall(vendor: Vendor, name: str, kind: str) -> None:
    with scope(vendor.tenant.pk):
        standing = resolve.lock(Outcome.objects.get(event__external_id=name).pk)
        getattr(resolve, kind)(standing, by="tests", reason="A test", at=NOON)


def sums(vendor: Vendor) -> list[Sums]:
    with scope(vendor.tenant.pk):
        return usage.by_day(access_customer("halden").pk, NOVEMBER)


def figures(rows: list[Sums]) -> list[tuple[object, ...]]:
    """What is shown and billed of them: all but the mark, and without keys that hold nothing."""
    told = [(one.day, one.dimension, *(getattr(one, name) for name in FIGURES)) for one in rows]
    return [one for one in told if any(one[2:])]


def test_an_undamaged_one_is_left_as_it_is(shop: Vendor) -> None:
    before = sums(shop)
    assert [portion.differences for portion in rebuild(shop.tenant.pk, at=NOON)] == [[]]
    assert sums(shop) == before
    assert sum(one.entries for one in before) == 12, "ten outcomes, a void and a hold"


@pytest.mark.parametrize("kind", DAMAGE)
def test_whatever_befell_it_is_found_and_mended(shop: Vendor, kind: str) -> None:
    before = figures(sums(shop))
    damage(shop, kind)
    assert [bool(portion.differences) for portion in rebuild(shop.tenant.pk, at=NOON)] == [True]
    assert figures(sums(shop)) == before
    with scope(shop.tenant.pk):
        assert compare().differences == []


@pytest.mark.parametrize("kind", DAMAGE)
def test_who_watches_the_entries_sees_that_it_was_mended(shop: Vendor, kind: str) -> None:
    with scope(shop.tenant.pk):
        halden = access_customer("halden").pk
    damage(shop, kind)
    damaged = entries(shop, halden)
    list(rebuild(shop.tenant.pk, at=NOON))
    assert entries(shop, halden) > damaged


def test_what_differs_is_named(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(dimension="email").update(quantity=70)
        [one] = compare().differences
    assert one.name == "halden, 2026-11-05, resolved_ticket version 1, email"
    assert one.wrong == {"quantity": ("6", "70")}


def test_sums_of_sixty_digits_are_mended_to_the_last(shop: Vendor) -> None:
    large = "999999999999999999.999999999999"
    shop.send(*[ticket(f"large{n}", quantity=large) for n in range(20)], at=AT)
    before = figures(sums(shop))
    damage(shop, "all rows are lost")
    list(rebuild(shop.tenant.pk, at=NOON))
    assert figures(sums(shop)) == before


def test_two_at_once_mend_it_once(shop: Vendor) -> None:
    before = figures(sums(shop))
    damage(shop, "a quantity is wrong")
    found = at_once(*[lambda: list(rebuild(shop.tenant.pk, at=NOON))] * 4)
    assert sum(len(portion.differences) for run in found for portion in run) == 1
    assert figures(sums(shop)) == before


def test_while_writers_write_a_damaged_one_becomes_the_sum_of_the_ledger(northwind: Vendor) -> None:
    """Four senders, one who voids, and damage of every kind that a rebuild finds again and again, all at once."""
    northwind.definition(dimension="properties.channel")
    names = [f"c{n}" for n in range(5)]
    for name in names:
        northwind.customer(name)
    northwind.send(*[ticket(f"old{n}", names[n % 5]) for n in range(50)], at=AT)
    damage(northwind, "all rows are lost")

    def send(sender: int) -> None:
        for n in range(40):
            northwind.send(*[ticket(f"{sender}-{n}-{m}", names[m], value="0.1") for m in range(5)], at=AT)

    def void() -> None:
        for n in range(40):
            befall(northwind, f"old{n}", "void")

    def mend_again_and_again() -> int:
        return sum(len(portion.differences) for _ in range(15) for portion in rebuild(northwind.tenant.pk, at=NOON))

    *_, mended = at_once(*[lambda n=n: send(n) for n in range(4)], void, mend_again_and_again)
    assert mended == 5, "what was lost of each customer is booked once"
    with scope(northwind.tenant.pk):
        assert compare().differences == []
        assert Resolution.objects.count() == 40
        total = sum(one.quantity for name in names for one in usage.totals(access_customer(name).pk, NOVEMBER))
    assert total == Decimal(50 + 4 * 40 * 5 - 40)


def test_the_ledger_of_another_tenant_is_not_looked_at(shop: Vendor, globex: Vendor) -> None:
    damage(shop, "a quantity is wrong")
    with scope(globex.tenant.pk):
        assert mend(at=NOON).sums == 0


# The command


def command(*options: str) -> str:
    out = StringIO()
    call_command("rebuild_usage", *options, stdout=out)
    return out.getvalue()


def test_the_command_prints_what_differed(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(dimension="email").update(quantity=70)
    [line, total] = command("--tenant", shop.tenant.slug).splitlines()
    key = f"{shop.tenant.slug}: halden, 2026-11-05, resolved_ticket version 1, email"
    assert line == f"{key}: quantity 6, was 70"
    assert total == "2 sums compared with the ledger, 1 differed and are right now"


def test_run_again_nothing_differs(shop: Vendor) -> None:
    damage(shop, "all rows are lost")
    answers = [json.loads(command("--tenant", shop.tenant.slug, "--json")) for _ in range(2)]
    assert answers == [{"sums": 2, "differed": 2}, {"sums": 2, "differed": 0}]


def test_an_unknown_tenant_is_said() -> None:
    with pytest.raises(CommandError, match="no tenant nobody"):
        command("--tenant", "nobody")
