"""Comparing a client's ids, or its counts by day, with ours: what is missing, unknown, elsewhere, and on which days."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from apps.events import reconcile
from apps.events.models import Event
from apps.events.past import Span
from apps.events.reconcile import Asked, Compared, Day, compare_days, compare_ids
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket

NOVEMBER = Span(instant("2026-11-01"), instant("2026-12-01"))
TICKETS = Asked("ticket.resolved", None, NOVEMBER)
OF_HALDEN = Asked("ticket.resolved", "halden", NOVEMBER)
FIFTH = date(2026, 11, 5)
AT = "2026-11-05 10:00"


@pytest.fixture
def desk(northwind: Vendor) -> Vendor:
    """Northwind counts every ticket of Halden's."""
    northwind.customer()
    northwind.definition()
    return northwind


def ids(vendor: Vendor, *named: str, asked: Asked = TICKETS) -> Compared:
    with scope(vendor.tenant.pk):
        return compare_ids(asked, named)


def days(vendor: Vendor, counts: dict[date, int], asked: Asked = TICKETS) -> list[Day]:
    with scope(vendor.tenant.pk):
        return compare_days(asked, counts)


def test_missing_is_what_we_do_not_have_in_the_order_it_was_named(desk: Vendor) -> None:
    desk.send(ticket("b"), at=AT)
    assert ids(desk, "c", "b", "a").missing == ["c", "a"]


def test_an_id_that_is_named_twice_counts_once(desk: Vendor) -> None:
    desk.send(ticket("a"), at=AT)
    found = ids(desk, "a", "x", "a", "x")
    assert (found.missing, found.days) == (["x"], [Day(FIFTH, 1, 1)])


def test_unknown_is_what_we_have_and_was_not_named_the_earliest_first(desk: Vendor) -> None:
    desk.send(ticket("late", time="2026-11-04T10:00:00Z"), ticket("early", time="2026-11-03T10:00:00Z"), at=AT)
    assert [one.id for one in ids(desk).unknown] == ["early", "late"]


def test_what_waits_in_quarantine_is_not_missing(desk: Vendor) -> None:
    desk.send(ticket("a", customer="nobody"), at=AT)
    assert ids(desk, "a").missing == []


@pytest.mark.parametrize(
    ("event", "differs"),
    [
        ({"type": "ticket.reopened"}, ("type",)),
        ({"customer": "kestrel"}, ("customer",)),
        ({"time": "2026-10-31T23:59:59Z"}, ("time",)),
        ({"type": "ticket.reopened", "customer": "kestrel"}, ("type", "customer")),
    ],
)
def test_an_id_that_stands_elsewhere_is_not_missing_and_says_where(
    desk: Vendor, event: dict[str, Any], differs: tuple[str, ...]
) -> None:
    desk.send(ticket("a", **event), at=AT)
    found = ids(desk, "a", asked=OF_HALDEN)
    assert (found.missing, [(one.id, one.differs) for one in found.elsewhere]) == ([], [("a", differs)])
    assert (found.unknown, found.days) == ([], [])


def test_without_a_customer_all_customers_are_meant(desk: Vendor) -> None:
    desk.send(ticket("a"), ticket("b", customer="kestrel"), at=AT)
    assert [one.id for one in ids(desk, "a").unknown] == ["b"]
    assert ids(desk, "a", asked=OF_HALDEN).unknown == []


def test_from_is_included_and_to_is_not(desk: Vendor) -> None:
    desk.send(ticket("first", time="2026-11-01T00:00:00Z"), at="2026-11-01 00:00")
    desk.send(ticket("after", time="2026-12-01T00:00:00Z"), at="2026-12-01 00:00")
    assert [one.id for one in ids(desk).unknown] == ["first"]


def test_what_names_no_time_happened_when_it_was_received(desk: Vendor) -> None:
    desk.send(ticket("a"), at="2026-11-30 23:59")
    desk.send(ticket("b"), at="2026-12-01 00:00")
    assert [one.id for one in ids(desk).unknown] == ["a"]


def test_a_late_event_has_the_day_on_which_it_happened(desk: Vendor) -> None:
    desk.send(ticket("a", time="2026-11-02T12:00:00Z"), at=AT)
    assert ids(desk, "a").days == [Day(date(2026, 11, 2), 1, 1)]


def test_days_are_days_in_utc_whatever_the_customers_zone(desk: Vendor) -> None:
    desk.send(ticket("a", time="2026-11-04T20:00:00-05:00"), at="2026-11-05 02:00")
    assert ids(desk, "a", asked=OF_HALDEN).days == [Day(FIFTH, 1, 1)]


def test_a_missing_id_belongs_to_no_day(desk: Vendor) -> None:
    desk.send(ticket("a"), ticket("b"), at=AT)
    assert ids(desk, "a", "lost").days == [Day(FIFTH, 1, 2)]


def test_counts_are_compared_by_day_and_a_day_that_is_not_named_has_none(desk: Vendor) -> None:
    desk.send(ticket("a"), ticket("b"), at=AT)
    sixth, seventh = date(2026, 11, 6), date(2026, 11, 7)
    assert days(desk, {sixth: 3, seventh: 0}) == [Day(FIFTH, 0, 2), Day(sixth, 3, 0)]


def test_more_unknown_than_are_listed_are_counted(desk: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_LISTED", 2)
    desk.send(*[ticket(f"e{n}") for n in range(5)], at=AT)
    found = ids(desk, "e0")
    assert ([one.id for one in found.unknown], found.unknown_count, found.ours) == (["e1", "e2"], 4, 5)


def test_more_elsewhere_than_are_listed_are_counted(desk: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_LISTED", 2)
    desk.send(*[ticket(f"e{n}", customer="kestrel") for n in range(5)], at=AT)
    found = ids(desk, *[f"e{n}" for n in range(5)], asked=OF_HALDEN)
    assert (len(found.elsewhere), found.elsewhere_count) == (2, 5)


def test_another_tenants_events_are_not_ours(desk: Vendor, globex: Vendor) -> None:
    globex.send(ticket("a"), ticket("b"), at=AT)
    found = ids(desk, "a")
    assert (found.missing, found.unknown, found.days) == (["a"], [], [])


stored = st.dictionaries(
    st.sampled_from([f"e{n}" for n in range(12)]),
    st.tuples(
        st.sampled_from(["ticket.resolved", "ticket.reopened"]),
        st.sampled_from(["halden", "kestrel"]),
        st.integers(0, 32 * 24 * 60).map(lambda minute: instant("2026-10-31") + timedelta(minutes=minute)),
    ),
)


@given(stored, st.lists(st.sampled_from([f"e{n}" for n in range(16)])), st.booleans())
def test_each_named_id_is_matched_missing_or_elsewhere_and_each_of_ours_is_matched_or_unknown(
    events: dict[str, tuple[str, str, datetime]], named: list[str], of_halden: bool
) -> None:
    vendor, asked = new_vendor(), OF_HALDEN if of_halden else TICKETS
    sent = [
        {"id": id, "type": type, "customer": customer, "time": time.isoformat()}
        for id, (type, customer, time) in events.items()
    ]
    vendor.send(*sent, at="2026-12-02 12:00")
    found = ids(vendor, *named, asked=asked)
    meant = {
        id: time.date() for id, (type, customer, time) in events.items() if not asked.differs(type, customer, time)
    }
    assert set(found.missing) == set(named) - set(events)
    assert {one.id for one in found.elsewhere} == set(named) & set(events) - set(meant)
    assert {one.id for one in found.unknown} == set(meant) - set(named)
    ours, yours = Counter(meant.values()), Counter(day for id, day in meant.items() if id in named)
    assert found.days == [Day(day, yours[day], ours[day]) for day in sorted(ours)]
    assert days(vendor, {}, asked) == [Day(day, 0, ours[day]) for day in sorted(ours)]


# A hundred days of a thousand events each

MANY = """
INSERT INTO events_event (tenant_id, id, external_id, type, customer, time, quantity, properties, received_at, status)
SELECT %s, uuidv7(), 'e' || n, 'ticket.resolved', 'c' || n %% 100, NULL, 1, '{"channel": "chat", "topic": "returns"}',
  timestamptz '2026-01-01 00:00Z' + n * interval '86.4 s', 'accepted'
FROM generate_series(0, 99999) n
"""


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: Any) -> Vendor:
    with django_db_blocker.unblock():
        vendor = new_vendor()
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT set_config('app.tenant', %s, false)", [str(vendor.tenant.pk)])
            cursor.execute(MANY, [vendor.tenant.pk])
            cursor.execute("SELECT brin_summarize_new_values('events_event_happened')")
            cursor.execute("ANALYZE events_event")
            cursor.execute("SELECT set_config('app.tenant', '', false)")
        return vendor


DAY = Span(instant("2026-03-01"), instant("2026-03-02"))


def test_a_day_of_many_is_compared_exactly(many: Vendor) -> None:
    first = (DAY.start - instant("2026-01-01")) // timedelta(days=1) * 1_000
    named = [f"e{n}" for n in range(first, first + 1_000) if n % 10] + ["lost"]
    found = ids(many, *named, asked=Asked("ticket.resolved", None, DAY))
    assert (found.missing, found.unknown_count, found.days) == (["lost"], 100, [Day(date(2026, 3, 1), 900, 1_000)])


def test_all_of_many_are_compared_at_once(many: Vendor) -> None:
    year = Asked("ticket.resolved", None, Span(instant("2026-01-01"), instant("2026-12-31")))
    found = ids(many, *[f"e{n}" for n in range(1, 100_000)], "lost", asked=year)
    assert (found.missing, [one.id for one in found.unknown], found.ours) == (["lost"], ["e0"], 100_000)


def test_a_day_of_many_is_found_by_its_time_and_the_table_not_read(many: Vendor) -> None:
    with scope(many.tenant.pk):
        rows = reconcile.run("EXPLAIN " + reconcile.BY_DAYS, Asked("ticket.resolved", None, DAY))
        plan = "\n".join(line for (line,) in rows)
    assert "events_event_happened" in plan
    assert "Seq Scan on events_event" not in plan


def test_events_of_a_rare_type_are_found_among_many_by_the_same_index(many: Vendor) -> None:
    many.definition()
    many.customer()
    many.send(ticket("rare", type="ticket.escalated"), at="2026-11-05 10:00")
    with scope(many.tenant.pk):
        newest = Event.objects.filter(type="ticket.escalated").order_by("-pk")[:25]
        assert [one.external_id for one in newest] == ["rare"]
        plan = newest.explain()
    assert "events_event_happened" in plan
    assert "events_event_pkey" not in plan
