"""Plain events go to the server once: stored as any other, or left to the usual way with nothing of them stored."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from apps.events import fence, message, rules
from apps.events.compare import compare
from apps.events.ingest import Result
from apps.events.models import Event, Outcome, PendingSum, Usage
from apps.events.plain import record_plain
from apps.outcomes.publish import publish_version
from apps.tenants.models import ApiKey, Customer, fingerprint
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.statements import ways
from tests.threads import times

AT = "2026-11-05 10:00"
DECEMBER = date(2026, 12, 1)


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Northwind bills Halden for resolved tickets, and has just recorded one: this process knows its rules."""
    northwind.customer()
    northwind.definition()
    northwind.send(ticket("first"), at=AT)
    return northwind


def secret_hash(vendor: Vendor) -> str:
    parts = ApiKey.split(vendor.api_key)
    assert parts
    return fingerprint(parts[1])


def plainly(vendor: Vendor, *events: Mapping[str, Any], at: str = AT, key: str | None = None) -> list[Result | None]:
    """Send events as the API sends single ones."""
    received_at = instant(at)
    items = [message.read(dict(event), at=received_at) for event in events]
    return record_plain(vendor.tenant.pk, items, {key or secret_hash(vendor)}, at=received_at)


def stored(vendor: Vendor) -> set[str]:
    with scope(vendor.tenant.pk):
        assert compare().differences == []
        return set(Event.objects.values_list("external_id", flat=True)) - {"first"}


OWN = {"id", "tenant", "event", "version", "customer", "slot"}


def fields(row: Any) -> dict[str, Any]:
    """What a row says, but for its ids."""
    names = [one.attname for one in row._meta.concrete_fields if isinstance(row, Event) or one.name not in OWN]
    return {name: getattr(row, name) for name in names if name not in ("id", "tenant_id", "version_id")}


def ledger(vendor: Vendor) -> list[list[dict[str, Any]]]:
    """All that is written for events."""
    with scope(vendor.tenant.pk):
        return [sorted(map(fields, model.objects.all()), key=str) for model in (Event, Outcome, Usage, PendingSum)]


def test_from_begin_to_commit_it_is_one_way_to_the_server(shop: Vendor) -> None:
    with ways() as found:
        [result] = plainly(shop, ticket("1"))
    assert result
    assert (result.status, result.billable) == ("accepted", True)
    [statements] = found
    assert (statements[0], statements[-1]) == ("BEGIN", "COMMIT")
    assert stored(shop) == {"1"}


def test_the_lock_is_taken_by_a_statement_before_the_one_that_reads_what_is_closed(shop: Vendor) -> None:
    with ways() as found:
        plainly(shop, ticket("1"))
    [statements] = found
    [lock] = [n for n, one in enumerate(statements) if "pg_advisory_xact_lock_shared" in one]
    [read] = [n for n, one in enumerate(statements) if "closed_through" in one]
    assert lock < read


def test_what_is_written_is_what_the_usual_way_writes(northwind: Vendor, globex: Vendor) -> None:
    """Halden has so many pending outcomes that they are summed."""
    good = {"rating": 5, "tier": "é"}
    known = [ticket(f"h{n}", properties=good) for n in range(30)] + [ticket("k", customer="kestrel", properties=good)]
    events = [
        ticket("1", properties={"rating": 2}),
        ticket("2", quantity="2.5", value="12.10", time="2026-11-04T23:30:00-05:00", properties=good),
        ticket("3", customer="kestrel", evidence="https://northwind.example/3", properties=good),
        ticket("4", properties={"rating": 1}),
        ticket("5", subject=None, properties=good | {"tier": "a"}),
        ticket("6", time="2026-10-01T00:00:00Z", properties=good),
    ]
    for vendor in (northwind, globex):
        vendor.customer()
        vendor.customer("kestrel", time_zone="Asia/Tokyo")
        vendor.definition(
            condition="properties.rating > 1", dimension="properties.tier", settlement={"window_seconds": 600}
        )
        with scope(vendor.tenant.pk):
            fence.move({Customer.objects.get(external_id="halden").pk: date(2026, 11, 1)})
        vendor.send(*known, at=AT)
    usual = globex.send(*events, at=AT)
    plain = plainly(northwind, *events)
    assert [one and replace(one, outcome=None) for one in plain] == [replace(one, outcome=None) for one in usual]
    assert [bool(one and one.outcome) for one in plain] == [True, True, True, False, True, True]
    assert ledger(northwind) == ledger(globex)
    assert ledger(northwind)[3]


def test_those_of_one_key_are_added_up_before_they_meet_its_row(shop: Vendor) -> None:
    assert all(plainly(shop, *(ticket(f"{n}", quantity=f"{n}.5") for n in range(1, 10))))
    with scope(shop.tenant.pk):
        [usage] = Usage.objects.all()
    assert (usage.quantity, usage.items, usage.entries) == (Decimal("50.5"), 10, 10)


def test_an_id_that_is_there_is_left_and_the_others_are_stored(shop: Vendor) -> None:
    results = plainly(shop, ticket("1"), ticket("first"), ticket("2"))
    assert [one and one.external_id for one in results] == ["1", None, "2"]
    assert stored(shop) == {"1", "2"}


def test_an_id_that_is_there_adds_nothing_to_the_sums_of_what_is_pending(shop: Vendor) -> None:
    shop.definition("call", trigger="call.resolved", settlement={"window_seconds": 600})
    calls = [ticket(f"c{n}", type="call.resolved") for n in range(30)]
    shop.send(*calls, at=AT)
    plainly(shop, calls[0], ticket("new", type="call.resolved"))
    with scope(shop.tenant.pk):
        assert sum(one.quantity for one in PendingSum.objects.all()) == 31


@pytest.mark.parametrize(
    "event",
    [
        ticket("1", customer="nobody"),
        ticket("1", type="unheard.of"),
        ticket("1", time="2020-01-01T00:00:00Z"),
        {"id": "1"},
        ticket("1", type="ticket.reopened"),
        ticket("1", type="call.resolved"),
        ticket("1", type="lead.won"),
    ],
    ids=["unknown customer", "unknown type", "too old", "no event", "signal", "heeds signals", "counts once"],
)
def test_what_is_not_plain_is_left_with_all_that_came_with_it(shop: Vendor, event: Mapping[str, Any]) -> None:
    reopened = [{"type": "ticket.reopened", "condition": "true"}]
    shop.definition("call", trigger="call.resolved", settlement={"window_seconds": 600, "void_on": reopened})
    shop.definition("lead", trigger="lead.won", once_per_subject="ever")
    shop.send(ticket("warm"), at=AT)
    assert plainly(shop, ticket("0"), event) == [None, None]
    assert stored(shop) == {"warm"}


def test_what_two_of_a_batch_share_is_no_business_of_plain_events(shop: Vendor) -> None:
    assert plainly(shop, ticket("1"), ticket("1")) == [None, None]
    assert stored(shop) == set()


# --- what was presumed holds no more


def test_nothing_is_presumed_of_a_customer_who_was_not_read_yet(shop: Vendor) -> None:
    shop.customer("kestrel")
    assert plainly(shop, ticket("1", customer="kestrel")) == [None]


def test_a_version_that_was_published_meanwhile_judges(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        definition = Outcome.objects.get().version.definition
        publish_version(
            definition,
            {"name": "Resolved ticket", "condition": "properties.rating > 3"},
            at=instant("2026-11-05 09:00"),
        )
    event = ticket("1", time="2026-11-05T09:30:00Z", properties={"rating": 1})
    assert plainly(shop, event) == [None]
    [result] = shop.send(event, at=AT)
    assert result.reason == "condition_false"
    [again] = plainly(shop, event | {"id": "2"})
    assert again
    assert again.reason == "condition_false"


@pytest.mark.parametrize(
    "change", [{"closed_through": DECEMBER}, {"time_zone": "Asia/Tokyo"}, {"external_id": "other"}]
)
def test_a_customer_who_has_changed_meanwhile_is_read_anew(shop: Vendor, change: dict[str, Any]) -> None:
    with scope(shop.tenant.pk):
        Customer.objects.update(**change)
    assert plainly(shop, ticket("1")) == [None]
    assert stored(shop) == set()


def test_where_days_are_closed_behind_what_is_presumed_nothing_is_booked_on_them(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        fence.lock_for_closing(shop.tenant.pk)
        fence.move({Customer.objects.get().pk: DECEMBER})
    assert plainly(shop, ticket("1")) == [None]
    shop.send(ticket("1"), at=AT)
    [result] = plainly(shop, ticket("2"))
    assert result
    with scope(shop.tenant.pk):
        assert set(Outcome.objects.exclude(event__external_id="first").values_list("booked_day", "late")) == {
            (DECEMBER, True)
        }


def test_a_key_that_was_revoked_meanwhile_stores_nothing(shop: Vendor) -> None:
    with scope(shop.tenant.pk):
        ApiKey.objects.update(revoked_at=datetime.now(UTC))
    assert plainly(shop, ticket("1")) == [None]
    assert stored(shop) == set()


def test_of_two_keys_one_of_which_is_unknown_none_is_trusted(shop: Vendor) -> None:
    assert plainly(shop, ticket("1"), key="0" * 64) == [None]


def test_what_is_known_of_customers_has_an_end(shop: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_KNOWN", 2)
    for name in ("kestrel", "globex", "initech"):
        shop.customer(name)
        shop.send(ticket(name, customer=name), at=AT)
    assert len(rules._known) <= 2


# --- at once


def test_sixteen_senders_of_the_same_ids_store_each_once(shop: Vendor) -> None:
    def send(sender: int) -> Counter[str]:
        return Counter("stored" if result else "left" for n in range(40) for result in plainly(shop, ticket(f"e{n}")))

    assert sum(times(16, send), Counter()) == {"stored": 40, "left": 15 * 40}
    assert stored(shop) == {f"e{n}" for n in range(40)}
    with scope(shop.tenant.pk):
        assert Outcome.objects.count() == 41


def test_while_days_are_closed_no_event_is_booked_on_a_closed_one(shop: Vendor) -> None:
    """Each closing waits for those who write, and who comes after it finds the day closed."""
    days = [date(2026, 11, 6 + n) for n in range(12)]

    def close_or_send(number: int) -> None:
        if number == 0:
            for day in days:
                with scope(shop.tenant.pk):
                    fence.lock_for_closing(shop.tenant.pk)
                    closed = set(Outcome.objects.filter(booked_day__lt=day).values_list("pk", flat=True))
                    fence.move({Customer.objects.get().pk: day})
                with scope(shop.tenant.pk):
                    assert set(Outcome.objects.filter(booked_day__lt=day).values_list("pk", flat=True)) == closed
            return
        for n in range(40):
            event = ticket(f"{number}-{n}")
            if plainly(shop, event) == [None]:
                shop.send(event, at=AT)

    times(5, close_or_send)
    assert len(stored(shop)) == 4 * 40
