"""Once and only once: what the answer to an event says, and what is counted."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.common.money import exact
from apps.common.periods import Period
from apps.events import message, usage
from apps.events.compare import Comparison, compare
from apps.events.ingest import record
from apps.events.models import Event, Outcome, Quarantine
from apps.outcomes.publish import publish_version
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
AT = "2026-11-05 10:00"


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    """Northwind bills Halden for resolved tickets."""
    northwind.customer()
    northwind.definition()
    return northwind


def counted(vendor: Vendor, customer: str = "halden") -> Decimal:
    with scope(vendor.tenant.pk), exact():
        rows = usage.totals(access_customer(customer).pk, NOVEMBER)
        return sum((one.quantity for one in rows), Decimal(0))


# --- the five statuses


def test_a_new_event_is_accepted_and_counted(shop: Vendor) -> None:
    [result] = shop.send(ticket("1"), at=AT)
    assert (result.status, result.billable, result.reason) == ("accepted", True, None)
    assert counted(shop) == 1


def test_the_same_event_again_is_a_duplicate_with_the_first_outcome(shop: Vendor) -> None:
    [first] = shop.send(ticket("1"), at=AT)
    [again] = shop.send(ticket("1"), at="2026-11-05 10:05")
    assert (again.status, again.outcome, again.settles_at) == ("duplicate", first.outcome, first.settles_at)
    assert counted(shop) == 1


def test_an_unknown_customer_quarantines_and_nothing_is_lost(shop: Vendor) -> None:
    [result] = shop.send(ticket("1", customer="nobody"), at=AT)
    assert (result.status, result.reason, result.field) == ("quarantined", "unknown_customer", "customer")
    with scope(shop.tenant.pk):
        assert Event.objects.get().properties == {}
        assert Quarantine.objects.get().reason == "unknown_customer"


def test_an_unknown_type_quarantines(shop: Vendor) -> None:
    [result] = shop.send(ticket("1", type="ticket.closed"), at=AT)
    assert (result.status, result.reason, result.field) == ("quarantined", "unknown_type", "type")


def test_a_quarantined_id_answers_quarantined_again(shop: Vendor) -> None:
    shop.send(ticket("1", customer="nobody"), at=AT)
    [again] = shop.send(ticket("1", customer="nobody"), at=AT)
    assert (again.status, again.reason) == ("quarantined", "unknown_customer")


def test_a_quarantined_id_with_other_content_is_a_conflict(shop: Vendor) -> None:
    shop.send(ticket("1", customer="nobody"), at=AT)
    [again] = shop.send(ticket("1"), at=AT)
    assert (again.status, again.field) == ("conflict", "customer")


def test_what_is_not_an_event_is_rejected_and_its_neighbours_are_not(shop: Vendor) -> None:
    results = shop.send(ticket("1"), {"id": "2"}, ticket("3"), at=AT)
    assert [one.status for one in results] == ["accepted", "rejected", "accepted"]
    assert counted(shop) == 2


# --- one batch, as if sent one after the other


def test_twice_in_a_batch_is_accepted_once(shop: Vendor) -> None:
    results = shop.send(ticket("1"), ticket("1"), ticket("1", subject="T-2"), at=AT)
    assert [one.status for one in results] == ["accepted", "duplicate", "conflict"]
    assert results[1].outcome == results[0].outcome
    assert counted(shop) == 1


def test_an_old_event_before_its_timely_namesake_is_rejected_and_the_namesake_accepted(shop: Vendor) -> None:
    old = ticket("1", time="2024-01-01T00:00:00Z")
    results = shop.send(old, ticket("1", time="2026-11-04T00:00:00Z"), old, at=AT)
    assert [one.status for one in results] == ["rejected", "accepted", "conflict"]


# --- times


@pytest.mark.parametrize(
    ("time", "reason"), [("2025-11-05T09:59:59Z", "too_old"), ("2026-11-05T10:05:01Z", "in_future")]
)
def test_a_time_out_of_bounds_is_rejected(shop: Vendor, time: str, reason: str) -> None:
    [result] = shop.send(ticket("1", time=time), at=AT)
    assert (result.status, result.reason, result.field) == ("rejected", reason, "time")


@pytest.mark.parametrize("time", ["2025-11-05T10:00:00Z", "2026-11-05T10:05:00Z"])
def test_the_bounds_themselves_are_accepted(shop: Vendor, time: str) -> None:
    [result] = shop.send(ticket("1", time=time), at=AT)
    assert result.status == "accepted"


def test_an_id_is_looked_up_before_any_age_limit(shop: Vendor) -> None:
    event = ticket("1", time="2026-11-04T10:00:00Z")
    [first] = shop.send(event, at=AT)
    [again] = shop.send(event, at="2028-01-01 00:00")
    assert (again.status, again.outcome) == ("duplicate", first.outcome)


# --- judging


def test_an_event_that_fails_the_condition_is_kept_as_not_billable(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(condition="properties.rating >= 4")
    [result] = northwind.send(ticket("1", properties={"rating": 3}), at=AT)
    assert (result.status, result.billable, result.reason) == ("accepted", False, "condition_false")
    assert counted(northwind) == 0


def test_a_condition_that_misses_a_property_quarantines_with_its_path(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(condition="properties.rating >= 4")
    [result] = northwind.send(ticket("1"), at=AT)
    assert (result.status, result.reason, result.field) == ("quarantined", "condition_error", "properties.rating")


@pytest.mark.parametrize(
    ("condition", "properties"),
    [
        ("properties.tags[1] == 'vip'", {"tags": ["email"]}),
        ("properties[properties.kind] == 1", {"kind": "k" * 300}),
        (f"properties.{'deep' * 64} == 1", {}),
        (r"properties['\000'] == 1", {}),
    ],
    ids=["beyond the end of a list", "a long name from the event", "a long name", "NUL"],
)
def test_whatever_a_condition_misses_the_event_is_kept_and_waits(
    northwind: Vendor, condition: str, properties: dict[str, Any]
) -> None:
    northwind.customer()
    northwind.definition(condition=condition)
    northwind.definition("meeting", trigger="meeting.booked")
    results = northwind.send(ticket("1", properties=properties), ticket("2", type="meeting.booked"), at=AT)
    assert [(one.status, one.reason) for one in results] == [("quarantined", "condition_error"), ("accepted", None)]


def test_quantity_and_value_are_read_as_exact_decimals(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(quantity_from="properties.minutes", value_from="properties.deal.worth")
    exact = {"minutes": Decimal("0.100000000001"), "deal": {"worth": "123456789012345678.000000000001"}}
    northwind.send(ticket("1", properties=exact), at=AT)
    with scope(northwind.tenant.pk):
        outcome = Outcome.objects.get()
    assert outcome.quantity == Decimal("0.100000000001")
    assert outcome.value == Decimal("123456789012345678.000000000001")


@pytest.mark.parametrize(
    ("properties", "reason", "field"),
    [
        ({"worth": 1}, "quantity_missing", "minutes"),
        ({"worth": 1, "minutes": None}, "quantity_missing", "minutes"),
        ({"worth": 1, "minutes": "many"}, "quantity_invalid", "minutes"),
        ({"worth": 1, "minutes": True}, "quantity_invalid", "minutes"),
        ({"worth": 1, "minutes": 0}, "quantity_invalid", "minutes"),
        ({"minutes": 1}, "value_missing", "worth"),
        ({"minutes": 1, "worth": [1]}, "value_invalid", "worth"),
        ({"minutes": 1, "worth": -1}, "value_invalid", "worth"),
    ],
)
def test_a_quantity_or_value_that_can_not_be_read_quarantines(
    northwind: Vendor, properties: dict[str, Any], reason: str, field: str
) -> None:
    northwind.customer()
    northwind.definition(quantity_from="properties.minutes", value_from="properties.worth")
    [result] = northwind.send(ticket("1", properties=properties), at=AT)
    assert (result.status, result.reason, result.field) == ("quarantined", reason, f"properties.{field}")


def test_a_value_may_be_0_and_is_0_where_none_is_sent(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(value_from="properties.worth")
    northwind.definition("meeting", trigger="meeting.booked")
    northwind.send(ticket("1", properties={"worth": 0}), ticket("2", type="meeting.booked"), at=AT)
    with scope(northwind.tenant.pk):
        assert [one.value for one in Outcome.objects.all()] == [0, 0]


def test_version_1_judges_all_time_before_version_2_and_version_2_what_happens_after_it(northwind: Vendor) -> None:
    northwind.customer()
    first = northwind.definition(at=instant("2026-11-01 00:00"))
    with scope(northwind.tenant.pk):
        body = {"name": "Resolved ticket", "condition": "properties.rating >= 4"}
        second = publish_version(first.definition, body, at=instant("2026-11-04 00:00"))
    before, after = northwind.send(
        ticket("1", time="2026-10-01T00:00:00Z"),
        ticket("2", time="2026-11-04T00:00:00Z", properties={"rating": 5}),
        at=AT,
    )
    with scope(northwind.tenant.pk):
        assert Outcome.objects.get(pk=before.outcome).version_id == first.pk
        assert Outcome.objects.get(pk=after.outcome).version_id == second.pk


def test_a_published_version_holds_for_the_next_event_of_a_process_that_cached_the_former(northwind: Vendor) -> None:
    northwind.customer()
    first = northwind.definition()
    northwind.send(ticket("1"), at=AT)
    with scope(northwind.tenant.pk):
        body = {"name": "Resolved ticket", "condition": "false"}
        publish_version(first.definition, body, at=instant("2026-11-05 10:01"))
    [result] = northwind.send(ticket("2"), at="2026-11-05 10:02")
    assert result.billable is False


def test_a_missing_evidence_makes_an_event_not_billable_where_it_is_required(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition(evidence_required=True)
    without, given = northwind.send(ticket("1"), ticket("2", evidence="https://desk.example/2"), at=AT)
    assert (without.billable, without.reason, given.billable) == (False, "no_evidence", True)


# --- the day


def test_an_outcome_is_booked_on_the_customers_local_day_of_settlement(northwind: Vendor) -> None:
    """1 November 2026 in New York: clocks go back, so 26 hours after 03:30 UTC it is still the evening of the 1st."""
    northwind.customer(time_zone="America/New_York")
    northwind.definition(settlement={"window_seconds": 25 * 3600})
    northwind.send(ticket("1", time="2026-11-01T03:30:00Z"), at=AT)
    with scope(northwind.tenant.pk):
        outcome = Outcome.objects.get()
    assert outcome.settles_at == instant("2026-11-02 04:30")
    assert outcome.booked_day == date(2026, 11, 1)


def test_a_dimension_is_counted_apart(northwind: Vendor) -> None:
    halden = northwind.customer()
    northwind.definition(dimension="properties.channel")
    events = [ticket(str(n), properties={"channel": channel}) for n, channel in enumerate(["email", "voice", "email"])]
    northwind.send(*events, ticket("none"), at=AT)
    with scope(northwind.tenant.pk):
        found = {one.dimension: one.quantity for one in usage.totals(halden.pk, NOVEMBER)}
    assert found == {"": 1, "email": 2, "voice": 1}


def test_usage_is_the_sum_of_the_ledger(shop: Vendor) -> None:
    shop.send(*[ticket(str(n), quantity="0.1") for n in range(50)], at=AT)
    with scope(shop.tenant.pk):
        halden = access_customer("halden")
        assert compare() == Comparison(sums=1, differences=[])
        assert usage.totals(halden.pk, NOVEMBER)[0].quantity == 5


def test_sums_keep_thirty_digits(shop: Vendor) -> None:
    large = "999999999999999999.999999999999"
    shop.send(ticket("1", quantity=large), ticket("2", quantity=large), at=AT)
    assert counted(shop) == Decimal("1999999999999999999.999999999998")


def test_a_batch_has_at_most_a_thousand_items(shop: Vendor) -> None:
    events = [message.read(ticket(str(n)), at=instant(AT)) for n in range(1001)]
    with scope(shop.tenant.pk), pytest.raises(ValueError, match="at most 1000"):
        record(events, at=instant(AT))


# --- where Usage stands in its table


def pages(vendor: Vendor) -> dict[str, list[int]]:
    """The pages of the table that hold a customer's rows of Usage."""
    with scope(vendor.tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.external_id, array_agg((u.ctid::text::point)[0]::int ORDER BY u.id) FROM events_usage u"
            " JOIN tenants_customer c ON c.tenant_id = u.tenant_id AND c.id = u.customer_id GROUP BY 1"
        )
        return dict(cursor.fetchall())


def test_what_is_added_to_usage_stays_on_its_page_and_so_touches_no_index(northwind: Vendor) -> None:
    """300 customers, each with an event at ten, and each with another five minutes later."""
    northwind.definition()
    customers = [f"c{number}" for number in range(300)]
    for name in customers:
        northwind.customer(name)
    northwind.send(*(ticket(f"{name}-1", customer=name) for name in customers), at=AT)
    before = pages(northwind)
    northwind.send(*(ticket(f"{name}-2", customer=name) for name in customers), at="2026-11-05 10:05")
    assert pages(northwind) == before
    assert len(before) == 300
