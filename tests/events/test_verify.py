"""The nightly check: it finds what is damaged, looks at the same when run again, and tells the operator."""

from datetime import date, timedelta

import pytest
import redis
from django.core.management import call_command
from django.test import Client

from apps.events import checks, verify
from apps.events.models import LedgerCheck, Usage
from apps.events.tasks import check_ledger
from apps.events.verify import check, check_once, draw
from apps.outbox import heartbeat
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of
from tests.events.damage import DAMAGE, damage

TODAY = date(2026, 11, 25)
NIGHT = instant("2026-11-25 00:10")


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Halden has three tickets a day on November 1, 5 and 24."""
    northwind.customer(time_zone="UTC")
    northwind.definition()
    for day in ("01", "05", "24"):
        events = [ticket(f"{day}-{n}", time=f"2026-11-{day}T10:00:00Z", value="2") for n in range(3)]
        northwind.send(*events, at="2026-11-24 12:00")
    return northwind


def test_a_ledger_that_is_right_has_no_difference(shop: Vendor) -> None:
    found = check(shop.tenant.pk, at=NIGHT)
    assert (found.day, found.sums, found.differing, found.differences) == (TODAY, 3, 0, [])


@pytest.mark.parametrize("kind", sorted(set(DAMAGE) - {"what is voided is wrong"}))
def test_damage_is_found_and_after_a_rebuild_it_is_gone(shop: Vendor, kind: str) -> None:
    damage(shop, kind)
    assert check(shop.tenant.pk, at=NIGHT).differing > 0
    call_command("rebuild_usage", "--tenant", shop.tenant.slug, "--json")
    assert check(shop.tenant.pk, at=NIGHT).differing == 0


def test_what_differs_is_kept_by_name(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(day=date(2026, 11, 5)).update(quantity=5)
    check(shop.tenant.pk, at=NIGHT)
    with scope(shop.tenant.pk):
        kept = LedgerCheck.objects.get().differences
    assert kept == [{"key": "halden, 2026-11-05, resolved_ticket version 1", "figures": {"quantity": ["3", "5"]}}]


def test_a_day_is_checked_once_by_itself_and_again_on_request(shop: Vendor) -> None:
    first = check_once(shop.tenant.pk, at=NIGHT)
    damage(shop, "a quantity is wrong")
    assert check_once(shop.tenant.pk, at=NIGHT + timedelta(hours=9)).at == first.at
    assert check(shop.tenant.pk, at=NIGHT + timedelta(hours=9)).differing == 1
    assert check_once(shop.tenant.pk, at=NIGHT + timedelta(days=1)).day == TODAY + timedelta(days=1)
    with scope(shop.tenant.pk):
        assert LedgerCheck.objects.count() == 2


# What it looks at


def test_the_newest_days_are_looked_at_every_night(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        nights = [draw(shop.tenant.pk, TODAY + timedelta(days=n))[1] for n in range(9)]
    for n, days in enumerate(nights):
        assert {TODAY + timedelta(days=n - back) for back in range(3)} <= set(days)


def test_older_days_are_drawn_from_all_that_have_anything_and_by_the_date(shop: Vendor) -> None:
    shop.send(ticket("old", time="2026-03-01T10:00:00Z"), at="2026-11-24 12:00")
    with scope(shop.tenant.pk):
        one, same, other = (draw(shop.tenant.pk, day)[1] for day in (TODAY, TODAY, TODAY + timedelta(days=1)))
    assert one == same
    assert set(one[3:]) != set(other[3:])
    assert len(set(one)) == verify.RECENT + verify.OLDER
    assert min(one) >= date(2026, 3, 1)


def test_a_projection_that_is_lost_altogether_does_not_change_the_lot(shop: Vendor) -> None:
    shop.send(ticket("old", time="2026-03-01T10:00:00Z"), at="2026-11-24 12:00")
    with scope(shop.tenant.pk):
        before = draw(shop.tenant.pk, TODAY)
    damage(shop, "all rows are lost")
    with scope(shop.tenant.pk):
        assert draw(shop.tenant.pk, TODAY) == before


def test_of_many_customers_some_are_drawn(shop: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "CUSTOMERS", 4)
    for n in range(6):
        shop.customer(f"c{n}")
    with scope(shop.tenant.pk):
        drawn = [set(draw(shop.tenant.pk, TODAY + timedelta(days=n))[0]) for n in range(12)]
        everybody = set(Customer.objects.values_list("pk", flat=True))
    assert {len(one) for one in drawn} == {4}
    assert set.union(*drawn) == everybody


def test_older_days_are_left_out_where_there_is_too_much_to_sum(shop: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "ENTRIES", 3 + 3)
    with scope(shop.tenant.pk):
        days = draw(shop.tenant.pk, TODAY)[1]
    assert date(2026, 11, 24) in days
    assert len({date(2026, 11, 1), date(2026, 11, 5)} & set(days)) == 1


# Who is told


def metric(name: str) -> int | None:
    """The metric as it stands on /metrics, if it does."""
    told = dict(line.split() for line in Client().get("/metrics").content.decode().splitlines() if line[0] != "#")
    found = told.get(f"counterfoil_ledger_check_{name}")
    return round(float(found)) if found else None


@pytest.fixture
def untold() -> None:
    """As though no tenant had ever been checked."""
    with heartbeat.client() as valkey:
        valkey.delete(*(f"counterfoil:figures:{name}" for name in (checks.AT, checks.SUMS, checks.DRIFT)))


def test_the_task_checks_and_tells_prometheus(shop: Vendor, globex: Vendor, untold: None) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(day=date(2026, 11, 24)).update(quantity=5)
    older = check(shop.tenant.pk, at=NIGHT)
    checks.tell(shop.tenant.pk, older)
    check_ledger(str(globex.tenant.pk))
    assert [metric(name) for name in ("tenants", "sums", "drift")] == [2, 3, 1]
    assert metric("oldest_timestamp_seconds") == round(NIGHT.timestamp())


def test_after_a_rebuild_the_metric_says_so_at_once(shop: Vendor, untold: None) -> None:
    damage(shop, "a quantity is wrong")
    checks.tell(shop.tenant.pk, check(shop.tenant.pk, at=NIGHT))
    assert metric("drift") == 1
    call_command("rebuild_usage", "--tenant", shop.tenant.slug, "--json")
    assert metric("drift") == 0


def test_what_nobody_knows_is_not_told_as_zero(untold: None) -> None:
    assert metric("drift") is None


def test_without_valkey_metrics_answer_and_tell_no_check(shop: Vendor, settings: pytest.FixtureRequest) -> None:
    checks.tell(shop.tenant.pk, check(shop.tenant.pk, at=NIGHT))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    with pytest.raises(redis.RedisError):
        checks.told()
    assert metric("drift") is None


def test_settings_say_that_all_is_right(shop: Vendor) -> None:
    assert "The first check runs within the hour." in text_of(client_of(shop).get("/settings"))
    check(shop.tenant.pk, at=NIGHT)
    assert "25 November 2026, 00:10: 3 sums checked, no difference." in text_of(client_of(shop).get("/settings"))


def test_settings_say_that_items_differ(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(day=date(2026, 11, 24)).update(items=5)
    check(shop.tenant.pk, at=NIGHT)
    assert "items 5, by the ledger 3" in text_of(client_of(shop).get("/settings"))


def test_settings_say_what_differs_and_what_to_do(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        Usage.objects.filter(day=date(2026, 11, 24)).update(quantity=5)
    check(shop.tenant.pk, at=NIGHT)
    told = text_of(client_of(shop).get("/settings"))
    assert "1 of 3 sums is not that of the ledger." in told
    assert f"manage.py rebuild_usage --tenant {shop.tenant.slug}" in told
    assert "halden, 2026-11-24, resolved_ticket version 1" in told
    assert "quantity 5, by the ledger 3" in told


def test_the_overview_says_so_until_it_is_right_again(shop: Vendor) -> None:
    damage(shop, "a quantity is wrong")
    check(shop.tenant.pk, at=NIGHT)
    client = client_of(shop)
    assert "Sums that are not those of the ledger" in text_of(client.get("/"))
    call_command("rebuild_usage", "--tenant", shop.tenant.slug, "--json")
    assert "Sums that are not those of the ledger" not in text_of(client.get("/"))
