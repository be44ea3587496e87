"""What of today is pending: of busy customers it is read from sums, and it is the same as the ledger says."""

from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.events import pending, resolve
from apps.events.compare import compare_pending
from apps.events.models import Outcome, PendingSum, Resolution, Usage
from apps.events.pending import BUSY, Busy, ask_next_settlement, ask_unsettled, forget
from apps.events.rebuild import mend
from apps.events.verify import check
from apps.tenants.access import access_customer
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket
from tests.statements import about, asked
from tests.threads import at_once

HOUR = timedelta(hours=1)
NOON = instant("2026-11-05 12:00")


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Halden's tickets settle an hour after they are resolved."""
    northwind.customer(time_zone="UTC")
    northwind.definition(settlement={"window_seconds": 3600}, dimension="properties.channel")
    return northwind


def send(vendor: Vendor, count: int, at: str, **fields: object) -> list[str]:
    """So many tickets, resolved and received at this instant; their ids."""
    ids = [f"{at}-{fields.get('customer', '')}-{n}" for n in range(count)]
    vendor.send(*[ticket(id, properties={"channel": "email"}) | fields for id in ids], at=at)
    return ids


def befall(vendor: Vendor, external_id: str, verb: str, at: datetime) -> None:
    with scope(vendor.tenant.pk):
        standing = resolve.lock(Outcome.objects.get(event__external_id=external_id).pk)
        if verb == "release" and not standing.held:
            return
        if verb == "hold" and "void" in standing.resolutions:
            return
        getattr(resolve, verb)(standing, by="ada", reason="A test", at=at)


def told(vendor: Vendor, at: datetime) -> Decimal:
    """What of Halden's today is pending, as pages and API are told."""
    with scope(vendor.tenant.pk):
        halden = access_customer("halden")
        return sum(ask_unsettled(halden.pk, halden.today(at), at=at)().values(), Decimal(0))


def summed(vendor: Vendor) -> Decimal:
    """The quantity that stands in sums."""
    with scope(vendor.tenant.pk):
        return sum((one.quantity for one in PendingSum.objects.all()), Decimal(0))


def ledgers(vendor: Vendor, at: datetime) -> Decimal:
    """What of Halden's today is pending, entry by entry."""
    with scope(vendor.tenant.pk):
        today = access_customer("halden").today(at)
        entries = [one for one in Outcome.objects.filter(settles_at__gt=at) if one.booked_day == today]
        befell = Resolution.objects.filter(outcome__in=entries, booked_day=today)
        return sum((one.quantity for one in (*entries, *befell)), Decimal(0))


# Who is busy


def test_few_pending_outcomes_are_not_summed(shop: Vendor) -> None:
    send(shop, BUSY - 1, "2026-11-05 10:00")
    assert (summed(shop), told(shop, instant("2026-11-05 10:30"))) == (0, BUSY - 1)


def test_those_of_a_batch_that_makes_its_customer_busy_are_summed(shop: Vendor) -> None:
    send(shop, BUSY, "2026-11-05 10:00")
    assert (summed(shop), told(shop, instant("2026-11-05 10:30"))) == (BUSY, BUSY)


def test_another_customer_is_not_busy_because_one_is(shop: Vendor) -> None:
    shop.customer("kestrel", time_zone="UTC")
    send(shop, BUSY, "2026-11-05 10:00")
    send(shop, 1, "2026-11-05 10:00", customer="kestrel")
    assert summed(shop) == BUSY


def test_of_a_batch_those_of_the_busy_customer_alone_are_summed(shop: Vendor) -> None:
    kestrel = shop.customer("kestrel", time_zone="UTC")
    tickets = [ticket(f"{n}") for n in range(BUSY)]
    shop.send(*tickets, ticket("one", customer="kestrel"), at="2026-11-05 10:00")
    with scope(shop.tenant.pk):
        assert summed(shop) == BUSY
        assert Outcome.objects.get(pending_summed=False).customer_id == kestrel.pk


def test_what_has_settled_when_it_arrives_is_not_summed(shop: Vendor) -> None:
    send(shop, BUSY, "2026-11-05 10:00", time="2026-11-05T09:00:00Z")
    assert (summed(shop), told(shop, instant("2026-11-05 10:00"))) == (0, 0)


def test_of_a_batch_each_is_summed_by_when_it_settles_and_by_nothing_what_has_settled(shop: Vendor) -> None:
    times = ["09:00", *["09:10", "09:12", "09:30"] * 7]
    shop.send(*[ticket(f"{n}", time=f"2026-11-05T{time}:00Z") for n, time in enumerate(times)], at="2026-11-05 10:00")
    with scope(shop.tenant.pk):
        spans = [(f"{one.starts:%H:%M}", one.quantity) for one in PendingSum.objects.order_by("starts")]
        assert spans == [("10:10", 14), ("10:30", 7)]
        assert Usage.objects.get().quantity == 22


def test_sums_of_a_batch_keep_every_digit(shop: Vendor) -> None:
    number = "123456789012345678.000000000001"
    send(shop, 20, "2026-11-05 10:00", quantity=number, value=number)
    with scope(shop.tenant.pk):
        added = Usage.objects.get()
        assert PendingSum.objects.get().quantity == Decimal("2469135780246913560.000000000020")
        assert added.quantity == added.value == Decimal("2469135780246913560.000000000020")


def test_what_awaits_confirmation_is_not_pending(northwind: Vendor) -> None:
    northwind.customer(time_zone="UTC")
    northwind.definition(settlement={"mode": "on_confirmation", "window_seconds": 3600, "confirm_on": APPROVED})
    send(northwind, BUSY, "2026-11-05 10:00")
    assert (summed(northwind), told(northwind, instant("2026-11-05 10:30"))) == (0, 0)


def test_what_awaits_confirmation_is_not_summed_though_its_customer_is_busy(shop: Vendor) -> None:
    checked = {"mode": "on_confirmation", "window_seconds": 3600, "confirm_on": APPROVED}
    shop.definition("checked", trigger="ticket.checked", settlement=checked)
    tickets = [ticket(f"{n}") for n in range(BUSY)]
    shop.send(*tickets, ticket("checked", type="ticket.checked"), at="2026-11-05 10:00")
    shop.send(ticket("yes", type="ticket.approved", subject="T-checked"), at="2026-11-05 10:10")
    assert (summed(shop), told(shop, instant("2026-11-05 10:30"))) == (BUSY, BUSY)


APPROVED = [{"type": "ticket.approved", "condition": "true"}]


def test_busy_is_who_has_many_in_this_hour_or_had_in_the_one_before() -> None:
    busy, halden, kestrel = Busy(), uuid4(), uuid4()
    assert busy.among({halden: BUSY - 1, kestrel: BUSY}, at=NOON) == {kestrel}
    assert busy.among({halden: 1}, at=NOON) == {halden}
    assert busy.among({halden: 1, kestrel: 1}, at=NOON + HOUR) == {halden, kestrel}
    assert busy.among({halden: 1, kestrel: BUSY}, at=NOON + 2 * HOUR) == {kestrel}


def test_a_day_later_nobody_is_busy_for_what_was() -> None:
    busy, halden = Busy(), uuid4()
    busy.among({halden: BUSY}, at=NOON)
    assert busy.among({halden: 1}, at=NOON + 24 * HOUR) == set()


def test_a_request_of_the_hour_before_does_not_turn_the_clock_back() -> None:
    busy, halden = Busy(), uuid4()
    busy.among({halden: BUSY}, at=NOON)
    assert busy.among({halden: 1}, at=NOON - timedelta(seconds=1)) == {halden}
    assert busy.among({halden: 1}, at=NOON) == {halden}


# What is told


def test_it_is_pending_until_the_instant_at_which_it_settles(shop: Vendor) -> None:
    send(shop, BUSY, "2026-11-05 10:02")
    settles = instant("2026-11-05 11:02")
    moments = [settles - HOUR, instant("2026-11-05 11:00"), settles - timedelta(microseconds=1), settles]
    assert [told(shop, at) for at in moments] == [BUSY, BUSY, BUSY, 0]


def test_the_next_settlement_is_that_of_summed_and_others_alike(shop: Vendor) -> None:
    send(shop, 1, "2026-11-05 10:07")
    send(shop, BUSY, "2026-11-05 10:02")
    with scope(shop.tenant.pk):
        halden = access_customer("halden").pk
        times = [ask_next_settlement(halden, at=instant(f"2026-11-05 {at}"))() for at in ("10:10", "11:02", "11:07")]
    assert times == [instant("2026-11-05 11:02"), instant("2026-11-05 11:07"), None]


def test_what_is_taken_back_and_given_back_is_told(shop: Vendor) -> None:
    one, two, *_ = send(shop, BUSY, "2026-11-05 10:00")
    at = instant("2026-11-05 10:30")
    befall(shop, one, "void", at)
    befall(shop, two, "hold", at)
    assert told(shop, at) == BUSY - 2
    befall(shop, two, "release", at)
    assert told(shop, at) == BUSY - 1


def test_of_a_busy_customer_the_ledger_is_asked_for_five_minutes_only(shop: Vendor) -> None:
    """All else of the ledger could be gone."""
    send(shop, BUSY, "2026-11-05 10:00")
    with scope(shop.tenant.pk):
        PendingSum.objects.update(quantity=7)
    assert told(shop, instant("2026-11-05 10:59:59")) == 7
    assert told(shop, instant("2026-11-05 11:00")) == 0
    send(shop, BUSY, "2026-11-05 12:01")
    with scope(shop.tenant.pk):
        PendingSum.objects.update(quantity=7)
    assert told(shop, instant("2026-11-05 12:59:59")) == 7
    assert told(shop, instant("2026-11-05 13:00")) == BUSY


def test_without_a_window_nothing_is_asked_about_sums(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()
    with asked() as statements:
        send(northwind, BUSY, "2026-11-05 10:00")
    assert about(statements, "events_usage")
    assert not about(statements, "events_pendingsum")


tickets = st.tuples(st.integers(0, 30 * 60), st.integers(0, 3 * 60), st.decimals("0.5", 3, places=2))
"""(minute at which it was resolved, minutes until it arrived, quantity)"""
words = st.tuples(st.integers(0, 19), st.sampled_from(["void", "hold", "release"]), st.integers(0, 120))
"""(which ticket, what befalls it, minutes after it arrived)"""


@settings(max_examples=60, deadline=None)
@given(
    window=st.integers(1, 30 * 60),
    history=st.lists(tickets, min_size=1, max_size=20),
    befallen=st.lists(words, max_size=12),
    looks=st.lists(st.integers(0, 40 * 60), min_size=1, max_size=6),
    many=st.integers(1, 6),
    zone=st.sampled_from(["UTC", "America/St_Johns", "Pacific/Kiritimati", "Asia/Kathmandu"]),
)
def test_whatever_happens_and_whoever_is_busy_it_is_what_the_ledger_says(
    *,
    window: int,
    history: list[tuple[int, int, Decimal]],
    befallen: list[tuple[int, str, int]],
    looks: list[int],
    many: int,
    zone: str,
) -> None:
    vendor = new_vendor()
    vendor.customer(time_zone=zone)
    vendor.definition(settlement={"window_seconds": window * 60})
    start = instant("2026-11-05 00:00")
    arrived = [start + timedelta(minutes=minute + delay) for minute, delay, _ in history]
    with patch.object(pending, "BUSY", many):
        for n, (minute, _, quantity) in enumerate(history):
            time = (start + timedelta(minutes=minute)).isoformat()
            vendor.send(ticket(str(n), time=time, quantity=str(quantity)), at=arrived[n].isoformat())
    for which, verb, later in befallen:
        if which < len(history):
            befall(vendor, str(which), verb, arrived[which] + timedelta(minutes=later))
    for minutes in looks:
        at = max(start + timedelta(minutes=minutes), *arrived)
        assert told(vendor, at) == ledgers(vendor, at)
        with scope(vendor.tenant.pk):
            assert compare_pending(at=at).differences == []


def test_writers_at_once_lose_nothing(shop: Vendor) -> None:
    """Six senders of one customer, and one who voids what was there before."""
    before = send(shop, 30, "2026-11-05 10:00")
    at = instant("2026-11-05 10:30")

    def more(sender: int) -> None:
        for n in range(10):
            send(shop, 5, f"2026-11-05 10:{sender:02}:{n:02}")

    def void() -> None:
        for id in before:
            befall(shop, id, "void", at)

    at_once(*[lambda n=n: more(n) for n in range(6)], void)
    assert summed(shop) == told(shop, at) == ledgers(shop, at) == 6 * 10 * 5


# Keeping them


def test_what_differs_is_named_and_mended(shop: Vendor) -> None:
    send(shop, BUSY, "2026-11-05 10:00")
    at = instant("2026-11-05 10:30")
    with scope(shop.tenant.pk):
        PendingSum.objects.update(quantity=7)
        [one] = mend(at=at).differences
    assert one.name == "halden, 2026-11-05, pending until 11:05 UTC, resolved_ticket version 1, email"
    assert one.wrong == {"quantity": (str(BUSY), "7")}
    assert told(shop, at) == BUSY
    with scope(shop.tenant.pk):
        assert mend(at=at).differences == []


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "moved to another day"])
def test_the_nightly_check_finds_damage(shop: Vendor, lost: bool) -> None:
    send(shop, BUSY, "2026-11-05 10:00")
    at = instant("2026-11-05 10:30")
    assert check(shop.tenant.pk, at=at).differing == 0
    with scope(shop.tenant.pk):
        sums = PendingSum.objects.all()
        sums.delete() if lost else sums.update(day="2026-11-06")
    assert check(shop.tenant.pk, at=at).differing == (1 if lost else 2)


def test_what_has_settled_is_compared_no_more_and_forgotten_after_a_day(shop: Vendor) -> None:
    send(shop, BUSY, "2026-11-05 10:00")
    with scope(shop.tenant.pk):
        assert compare_pending(at=instant("2026-11-05 11:00")).sums == 0
        forget(at=instant("2026-11-06 11:00"))
        assert PendingSum.objects.count() == 1
        forget(at=instant("2026-11-06 11:00:01"))
        assert PendingSum.objects.count() == 0
        forgotten = compare_pending(at=instant("2026-11-06 11:00:01"))
    assert (forgotten.sums, forgotten.differences) == (0, [])


def test_a_void_after_they_were_forgotten_changes_nothing_that_is_told(shop: Vendor) -> None:
    one, *_ = send(shop, BUSY, "2026-11-05 10:00")
    at = instant("2026-11-07 00:00")
    with scope(shop.tenant.pk):
        forget(at=at)
    befall(shop, one, "void", at)
    assert told(shop, at) == 0
    with scope(shop.tenant.pk):
        assert compare_pending(at=at).differences == []


def test_a_customer_who_moves_takes_his_day_with_him(shop: Vendor) -> None:
    """Booked on the 5th in UTC; in Kiritimati it is the 6th already, where nothing of it is of today."""
    send(shop, BUSY, "2026-11-05 10:30")
    with scope(shop.tenant.pk):
        Customer.objects.update(time_zone="Pacific/Kiritimati")
    at = instant("2026-11-05 11:00")
    assert (told(shop, at), ledgers(shop, at)) == (0, 0)
