"""When an outcome becomes final, and what takes it back: signals, confirmations, holds, claims."""

from datetime import date
from decimal import Decimal
from threading import Event as Moment
from time import sleep
from typing import Any
from uuid import UUID

import pytest

from apps.common.periods import Period
from apps.common.reading import InvalidInput
from apps.common.statements import read
from apps.events import fence, resolve, usage
from apps.events.compare import Comparison, compare
from apps.events.ingest import Result
from apps.events.models import Claim, Event, Outcome, Resolution
from apps.events.state import state_of
from apps.outcomes.models import Agreement
from apps.outcomes.publish import publish_version
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.statements import about, ways
from tests.threads import at_once

DAYS = Period(date(2026, 11, 1), date(2026, 12, 1))
HOUR = 3600
REOPENED = {"window_seconds": 72 * HOUR, "void_on": [{"type": "ticket.reopened", "condition": "true"}]}
APPROVED = {
    "mode": "on_confirmation",
    "window_seconds": 72 * HOUR,
    "confirm_on": [{"type": "ticket.approved", "condition": "properties.by == 'customer'"}],
}
AT = "2026-11-20 00:00"
WAITS = """
SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted
"""
"""One row for each of this database's connections that waits for a lock of ours."""
OWN_LOCKS = """
SELECT classid, objid, mode FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY 1, 2, 3
"""


def signal(id: str, type: str, subject: str, time: str, **fields: Any) -> dict[str, Any]:
    return ticket(id, type=type, subject=subject, time=f"2026-11-{time}:00:00Z") | fields


def resolved(id: str, subject: str, time: str, **fields: Any) -> dict[str, Any]:
    return signal(id, "ticket.resolved", subject, time, **fields)


def counted(vendor: Vendor) -> Decimal:
    with scope(vendor.tenant.pk):
        rows = usage.totals(access_customer("halden").pk, DAYS)
        return sum((one.quantity for one in rows), Decimal(0))


def state(vendor: Vendor, external_id: str, at: str = AT) -> str:
    with scope(vendor.tenant.pk):
        outcome = Outcome.objects.get(event__external_id=external_id)
        resolutions = {row.kind: row for row in Resolution.objects.filter(outcome=outcome)}
        return str(state_of(outcome, resolutions, invoiced=(), at=instant(at)))


def befall(vendor: Vendor, external_id: str, verb: Any, **how: Any) -> Resolution:
    with scope(vendor.tenant.pk):
        outcome = Outcome.objects.get(event__external_id=external_id)
        row: Resolution = verb(resolve.lock(outcome.pk), by="ada", **how)
        return row


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    northwind.customer(time_zone="UTC")
    return northwind


# --- mode auto


def test_a_signal_inside_the_window_voids(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    [result] = shop.send(signal("2", "ticket.reopened", "A", "05T10"), at=AT)
    assert (result.status, result.billable, result.reason) == ("accepted", False, "signal")
    assert (state(shop, "1"), counted(shop)) == ("voided", 0)


def test_a_signal_that_arrives_before_its_trigger_voids_too(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(signal("2", "ticket.reopened", "A", "05T10"), at=AT)
    [result] = shop.send(resolved("1", "A", "03T10"), at=AT)
    assert result.billable, "it was billable, and then voided"
    assert (state(shop, "1"), counted(shop)) == ("voided", 0)


def test_trigger_and_signal_in_one_batch(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(signal("2", "ticket.reopened", "A", "05T10"), resolved("1", "A", "03T10"), at=AT)
    assert counted(shop) == 0


@pytest.mark.parametrize("first", ["outcome", "signal", "neither"])
@pytest.mark.parametrize(
    ("time", "expected"), [("03T09", "settled"), ("03T10", "voided"), ("06T10", "voided"), ("06T11", "settled")]
)
def test_the_windows_first_and_last_instants_are_inside_it(shop: Vendor, time: str, expected: str, first: str) -> None:
    shop.definition(settlement=REOPENED)
    events = {"outcome": resolved("1", "A", "03T10"), "signal": signal("2", "ticket.reopened", "A", time)}
    if first == "neither":
        shop.send(*events.values(), at=AT)
    else:
        shop.send(events.pop(first), at=AT)
        shop.send(*events.values(), at=AT)
    assert state(shop, "1") == expected


def test_a_signal_acts_on_all_outcomes_of_its_subject_and_on_no_other(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(*[resolved(str(n), "A", "03T10") for n in range(3)], resolved("b", "B", "03T10"), at=AT)
    shop.send(signal("s", "ticket.reopened", "A", "04T10"), at=AT)
    assert counted(shop) == 1
    assert state(shop, "b") == "settled"


@pytest.mark.parametrize("signal_first", [False, True])
def test_a_signal_leaves_the_same_subject_of_another_customer_or_definition_alone(
    shop: Vendor, signal_first: bool
) -> None:
    shop.customer("kestrel", time_zone="UTC")
    shop.definition(settlement=REOPENED)
    refunded = REOPENED | {"void_on": [{"type": "refund.withdrawn", "condition": "true"}]}
    shop.definition("refund", trigger="refund.given", settlement=refunded)
    outcomes = [
        resolved("halden's", "A", "03T10"),
        resolved("kestrel's", "A", "03T10", customer="kestrel"),
        signal("refund", "refund.given", "A", "03T10"),
    ]
    reopened = [signal("s", "ticket.reopened", "A", "04T10")]
    for batch in (reopened, outcomes) if signal_first else (outcomes, reopened):
        shop.send(*batch, at=AT)
    found = [state(shop, id) for id in ("halden's", "kestrel's", "refund")]
    assert found == ["voided", "settled", "settled"]


def test_a_signal_whose_condition_is_false_does_nothing(shop: Vendor) -> None:
    void_on = [{"type": "ticket.reopened", "condition": "properties.reason != 'thanks'"}]
    shop.definition(settlement=REOPENED | {"void_on": void_on})
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("2", "ticket.reopened", "A", "04T10", properties={"reason": "thanks"}), at=AT)
    assert counted(shop) == 1


def test_a_signal_acts_by_the_number_that_was_sent_however_it_was_written(shop: Vendor) -> None:
    """To a condition an integer and a fraction are different things; what is stored of 1e2 is 100."""
    void_on = [{"type": "ticket.reopened", "condition": "properties.stars - 1 == 99"}]
    shop.definition(settlement=REOPENED | {"void_on": void_on})
    reopened = signal("2", "ticket.reopened", "A", "04T10", properties={"stars": Decimal("1e2")})
    results = shop.send(resolved("1", "A", "03T10"), reopened, at=AT)
    assert [one.status for one in results] == ["accepted", "accepted"]
    assert counted(shop) == 0


def test_a_signal_whose_id_is_as_long_as_may_be_acts(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("r" * 255, "ticket.reopened", "A", "04T10"), at=AT)
    assert state(shop, "1") == "voided"


def test_a_signal_that_can_not_be_judged_waits_in_quarantine(shop: Vendor) -> None:
    void_on = [{"type": "ticket.reopened", "condition": "properties.reason != 'thanks'"}]
    shop.definition(settlement=REOPENED | {"void_on": void_on})
    [result] = shop.send(signal("2", "ticket.reopened", "A", "04T10"), at=AT)
    assert (result.status, result.reason, result.field) == ("quarantined", "condition_error", "properties.reason")


def test_a_signal_without_subject_waits_in_quarantine(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    [result] = shop.send(signal("2", "ticket.reopened", "A", "04T10") | {"subject": None}, at=AT)
    assert (result.status, result.reason) == ("quarantined", "subject_missing")


def test_the_version_that_judged_an_outcome_says_which_signals_void_it(shop: Vendor) -> None:
    first = shop.definition(settlement=REOPENED, at=instant("2026-11-01 00:00"))
    with scope(shop.tenant.pk):
        body = {"name": "Resolved ticket", "settlement": {"window_seconds": 72 * HOUR}}
        publish_version(first.definition, body, at=instant("2026-11-04 00:00"))
    shop.send(resolved("old", "A", "03T10"), resolved("new", "A", "04T10"), at=AT)
    shop.send(signal("s", "ticket.reopened", "A", "05T10"), at=AT)
    assert (state(shop, "old"), state(shop, "new")) == ("voided", "settled")


def test_a_trigger_and_its_signal_that_arrive_at_once_meet(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    for n in range(40):
        at_once(
            lambda n=n: shop.send(resolved(f"t{n}", f"S{n}", "03T10"), at=AT),
            lambda n=n: shop.send(signal(f"s{n}", "ticket.reopened", f"S{n}", "04T10"), at=AT),
        )
    assert counted(shop) == 0


@pytest.mark.parametrize("beside", [0, 80])
@pytest.mark.parametrize("first", ["outcome", "signal"])
def test_whoever_comes_second_waits_until_the_first_is_durable_and_meets_it(
    shop: Vendor, first: str, beside: int
) -> None:
    """Alone, and in batches of more subjects than there are locks."""
    shop.definition(settlement=REOPENED)
    events = {"outcome": resolved("t", "A", "03T10"), "signal": signal("s", "ticket.reopened", "A", "04T10")}
    second = {"outcome": "signal", "signal": "outcome"}[first]
    stored = Moment()

    def others(sender: str) -> list[dict[str, Any]]:
        return [resolved(f"{sender}{n}", f"{sender}{n}", "03T10") for n in range(beside)]

    def come_first() -> None:
        with scope(shop.tenant.pk):
            shop.send(events[first], *others("first"), at=AT)
            stored.set()
            for _ in range(500):
                if read(WAITS):
                    break
                sleep(0.01)

    def come_second() -> None:
        stored.wait(timeout=60)
        shop.send(events[second], *others("second"), at=AT)

    at_once(come_first, come_second)
    assert (state(shop, "t"), counted(shop)) == ("voided", 2 * beside)


def test_who_shares_the_locks_of_many_subjects_shares_that_of_each(shop: Vendor) -> None:
    subjects = {(UUID(int=1), f"T-{n}") for n in range(500)}
    with scope(shop.tenant.pk):
        resolve.lock_subjects(shop.tenant.pk, set(), subjects)
        together = read(OWN_LOCKS)
        for one in subjects:
            resolve.lock_subjects(shop.tenant.pk, set(), {one})
        assert read(OWN_LOCKS) == together
        assert {mode for *_, mode in together} == {"ShareLock"}


def test_what_is_sent_again_beside_a_new_outcome_meets_its_signal_no_second_time(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("s", "ticket.reopened", "A", "05T10"), at=AT)
    results = shop.send(resolved("1", "A", "03T10"), resolved("2", "A", "04T10"), resolved("3", "A", "06T10"), at=AT)
    assert [one.status for one in results] == ["duplicate", "accepted", "accepted"]
    assert [state(shop, id) for id in "123"] == ["voided", "voided", "settled"]
    with scope(shop.tenant.pk):
        assert Resolution.objects.count() == 2


def test_outcomes_look_for_signals_on_the_way_of_their_events(shop: Vendor) -> None:
    shop.definition(settlement={"window_seconds": 72 * HOUR})
    shop.definition(code="refund", trigger="refund.given", settlement=REOPENED)
    with ways() as plain:
        shop.send(resolved("1", "A", "03T10"), at=AT)
    with ways() as heeding:
        shop.send(signal("2", "refund.given", "A", "03T10"), at=AT)
    assert len(heeding) == len(plain)
    [event] = [one for one in heeding if about(one, "INTO events_event")]
    assert about(event, "pg_advisory_xact_lock", "events_signal")


# --- mode on_confirmation


def test_an_outcome_awaits_its_confirmation_and_counts_nothing_until_then(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    assert (state(shop, "1", "2026-11-06 10:00"), counted(shop)) == ("awaiting_confirmation", 0)


def test_without_confirmation_it_has_expired(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    assert state(shop, "1", "2026-11-06 10:01") == "expired"


def test_a_confirmation_settles_it_on_the_confirmations_day(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("2", "ticket.approved", "A", "05T10", properties={"by": "customer"}), at=AT)
    assert (state(shop, "1"), counted(shop)) == ("settled", 1)
    with scope(shop.tenant.pk):
        assert Resolution.objects.get().booked_day == date(2026, 11, 5)


def test_of_two_confirmations_the_outcome_counts_once(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    approvals = [signal(f"a{n}", "ticket.approved", "A", "05T10", properties={"by": "customer"}) for n in range(2)]
    shop.send(resolved("1", "A", "03T10"), at=AT)
    at_once(*[lambda one=one: shop.send(one, at=AT) for one in approvals])
    assert counted(shop) == 1


def test_a_confirmation_dated_after_the_window_is_too_late(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("2", "ticket.approved", "A", "06T11", properties={"by": "customer"}), at=AT)
    assert (state(shop, "1"), counted(shop)) == ("expired", 0)


def test_an_explicit_confirmation_counts_and_a_second_is_the_first(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at="2026-11-03 11:00")
    first = befall(shop, "1", resolve.confirm, at=instant("2026-11-04 00:00"))
    again = befall(shop, "1", resolve.confirm, at=instant("2026-11-05 00:00"))
    assert (again.pk, counted(shop)) == (first.pk, 1)


def test_an_explicit_confirmation_after_expiry_is_refused(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at="2026-11-03 11:00")
    with pytest.raises(resolve.NotNow, match="expired at 2026-11-06 10:00"):
        befall(shop, "1", resolve.confirm, at=instant("2026-11-06 10:01"))


def test_a_confirmation_is_final_but_for_an_explicit_void_which_takes_it_back_on_its_day(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    shop.send(signal("2", "ticket.approved", "A", "05T10", properties={"by": "customer"}), at=AT)
    row = befall(shop, "1", resolve.void, reason="wrong", at=instant("2026-11-20 00:00"))
    assert (row.booked_day, row.quantity) == (date(2026, 11, 5), -1)
    assert (state(shop, "1"), counted(shop)) == ("voided", 0)


def test_what_was_voided_while_it_awaited_confirmation_can_not_be_confirmed(shop: Vendor) -> None:
    shop.definition(settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at="2026-11-03 11:00")
    befall(shop, "1", resolve.void, reason="wrong", at=instant("2026-11-04 00:00"))
    shop.send(signal("2", "ticket.approved", "A", "05T10", properties={"by": "customer"}), at="2026-11-05 11:00")
    with pytest.raises(resolve.NotNow, match="voided"):
        befall(shop, "1", resolve.confirm, at=instant("2026-11-05 12:00"))
    assert (state(shop, "1"), counted(shop)) == ("voided", 0)


# --- holds


def test_a_hold_takes_the_outcome_out_and_a_release_puts_it_back_on_an_open_day(shop: Vendor) -> None:
    shop.definition()
    shop.send(resolved("1", "A", "03T10"), at=AT)
    befall(shop, "1", resolve.hold, reason="disputed", at=instant("2026-11-05 00:00"))
    assert (state(shop, "1"), counted(shop)) == ("held", 0)
    row = befall(shop, "1", resolve.release, reason="settled", at=instant("2026-11-07 00:00"))
    assert (state(shop, "1"), counted(shop), row.booked_day) == ("settled", 1, date(2026, 11, 7))


def test_a_hold_takes_it_out_of_its_own_day_and_a_release_puts_it_on_none_before_it_settles(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(resolved("1", "A", "03T10"), at="2026-11-03 10:00")
    taken = befall(shop, "1", resolve.hold, reason="disputed", at=instant("2026-11-04 00:00"))
    given = befall(shop, "1", resolve.release, reason="settled", at=instant("2026-11-05 00:00"))
    assert (taken.booked_day, given.booked_day) == (date(2026, 11, 6), date(2026, 11, 6))
    assert (taken.quantity, given.quantity) == (-1, 1)


def test_after_the_fence_a_hold_and_its_release_only_mark(shop: Vendor) -> None:
    shop.definition()
    shop.send(resolved("1", "A", "03T10"), at=AT)
    with scope(shop.tenant.pk):
        fence.lock_for_closing(shop.tenant.pk)
        fence.move({access_customer("halden").pk: date(2026, 12, 1)})
    taken = befall(shop, "1", resolve.hold, reason="disputed", at=instant("2026-12-05 00:00"))
    assert state(shop, "1") == "held"
    given = befall(shop, "1", resolve.release, reason="settled", at=instant("2026-12-07 00:00"))
    assert [(row.booked_day, row.quantity) for row in (taken, given)] == [(None, 0), (None, 0)]
    assert (state(shop, "1"), counted(shop)) == ("settled", 1)


def test_a_void_of_a_held_outcome_takes_nothing_back_twice(shop: Vendor) -> None:
    shop.definition()
    shop.send(resolved("1", "A", "03T10"), at=AT)
    befall(shop, "1", resolve.hold, reason="disputed", at=instant("2026-11-05 00:00"))
    befall(shop, "1", resolve.void, reason="wrong", at=instant("2026-11-06 00:00"))
    assert (state(shop, "1"), counted(shop)) == ("voided", 0)


def test_a_void_after_a_release_takes_it_back_where_it_stands(shop: Vendor) -> None:
    shop.definition()
    shop.send(resolved("1", "A", "03T10"), at=AT)
    befall(shop, "1", resolve.hold, reason="disputed", at=instant("2026-11-05 00:00"))
    befall(shop, "1", resolve.release, reason="settled", at=instant("2026-11-07 00:00"))
    row = befall(shop, "1", resolve.void, reason="wrong", at=instant("2026-11-08 00:00"))
    assert (row.booked_day, counted(shop)) == (date(2026, 11, 7), 0)


def test_hold_and_void_at_once_take_it_back_once(shop: Vendor) -> None:
    shop.definition()
    for n in range(10):
        shop.send(resolved(f"o{n}", f"S{n}", "03T10"), at=AT)

        def hold(n: int = n) -> None:
            try:
                befall(shop, f"o{n}", resolve.hold, reason="disputed", at=instant("2026-11-05 00:00"))
            except resolve.NotNow:
                return

        at_once(hold, lambda n=n: befall(shop, f"o{n}", resolve.void, reason="no", at=instant("2026-11-05 00:00")))
    assert counted(shop) == 0


# --- once per subject


def test_each_subject_counts_once_ever(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")
    results = shop.send(resolved("1", "A", "03T10"), resolved("2", "A", "04T10"), resolved("3", "B", "04T10"), at=AT)
    assert [one.billable for one in results] == [True, False, True]
    assert results[1].reason == "already_counted"
    assert counted(shop) == 2


def test_each_subject_counts_once_a_month_of_the_customers_zone(northwind: Vendor) -> None:
    northwind.customer(time_zone="America/New_York")
    northwind.definition(once_per_subject="month")
    northwind.send(ticket("1", subject="A", time="2026-10-31T12:00:00Z"), at=AT)
    still_october, november = northwind.send(
        ticket("2", subject="A", time="2026-11-01T03:59:59Z"),
        ticket("3", subject="A", time="2026-11-01T04:00:00Z"),
        at=AT,
    )
    assert (still_october.billable, november.billable) == (False, True)


def test_a_repeat_of_one_that_lost_its_claim_says_so_again(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")
    shop.send(resolved("1", "A", "03T10"), resolved("2", "A", "04T10"), at=AT)
    [again] = shop.send(resolved("2", "A", "04T10"), at=AT)
    assert (again.status, again.billable, again.reason) == ("duplicate", False, "already_counted")


def test_a_void_frees_the_subject(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")
    shop.send(resolved("1", "A", "03T10"), at=AT)
    befall(shop, "1", resolve.void, reason="wrong", at=instant("2026-11-04 00:00"))
    [result] = shop.send(resolved("2", "A", "05T10"), at=AT)
    assert result.billable


@pytest.mark.parametrize("signal_first", [False, True])
def test_a_signal_that_voids_frees_the_subject_too(shop: Vendor, signal_first: bool) -> None:
    shop.definition(once_per_subject="ever", settlement=REOPENED)
    events = [resolved("1", "A", "03T10"), signal("s", "ticket.reopened", "A", "04T10")]
    for event in reversed(events) if signal_first else events:
        shop.send(event, at=AT)
    [result] = shop.send(resolved("2", "A", "05T10"), at=AT)
    assert (result.billable, counted(shop)) == (True, 1)


def test_what_one_definition_counted_once_another_may_count_and_so_may_another_customer(shop: Vendor) -> None:
    shop.customer("kestrel", time_zone="UTC")
    shop.definition(once_per_subject="ever")
    shop.definition("refund", trigger="refund.given", once_per_subject="ever")
    results = shop.send(
        resolved("1", "A", "03T10"),
        resolved("2", "A", "03T10", customer="kestrel"),
        signal("3", "refund.given", "A", "03T10"),
        at=AT,
    )
    assert [one.billable for one in results] == [True, True, True]


def test_an_expired_outcomes_subject_is_taken_over_and_a_late_confirmation_does_not_count_it_twice(
    shop: Vendor,
) -> None:
    shop.definition(once_per_subject="ever", settlement=APPROVED)
    shop.send(resolved("1", "A", "03T10"), at="2026-11-03 11:00")
    [second] = shop.send(resolved("2", "A", "07T10"), at="2026-11-07 11:00")
    approved = {"properties": {"by": "customer"}}
    shop.send(signal("late", "ticket.approved", "A", "05T10") | approved, at=AT)
    shop.send(signal("in time", "ticket.approved", "A", "08T10") | approved, at=AT)
    assert second.billable
    assert (counted(shop), state(shop, "1"), state(shop, "2")) == (1, "expired", "settled")
    with scope(shop.tenant.pk):
        assert Claim.objects.get().outcome_id == second.outcome


def test_of_many_who_claim_a_subject_at_once_one_counts(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")

    def claim(n: int) -> Result:
        return shop.send(resolved(str(n), "A", "03T10"), at=AT)[0]

    results = at_once(*[lambda n=n: claim(n) for n in range(8)])
    assert sum(one.billable for one in results) == 1
    assert counted(shop) == 1


def test_a_subject_that_is_not_named_can_not_be_claimed(shop: Vendor) -> None:
    shop.definition(once_per_subject="ever")
    [result] = shop.send(resolved("1", "A", "03T10") | {"subject": None}, at=AT)
    assert (result.status, result.reason) == ("quarantined", "subject_missing")


# --- agreement


def test_where_signature_is_asked_for_nothing_counts_before_it(shop: Vendor) -> None:
    version = shop.definition(requires_agreement=True)
    shop.send(resolved("1", "A", "03T10"), at=AT)
    with scope(shop.tenant.pk):
        halden = access_customer("halden")
        Agreement.objects.create(
            customer=halden, version=version, signed_at=instant("2026-11-04 00:00"), signed_by="jo"
        )
    before, after = shop.send(resolved("2", "A", "03T23"), resolved("3", "A", "04T00"), at=AT)
    assert (before.billable, before.reason, after.billable) == (False, "no_agreement", True)


def test_the_newest_version_that_was_signed_by_then_judges(shop: Vendor) -> None:
    first = shop.definition(requires_agreement=True)
    with scope(shop.tenant.pk):
        body = {"name": "Resolved ticket", "requires_agreement": True, "condition": "false"}
        publish_version(first.definition, body, at=instant("2026-11-02 00:00"))
        halden = access_customer("halden")
        Agreement.objects.create(customer=halden, version=first, signed_at=instant("2026-11-01 00:00"), signed_by="jo")
    [result] = shop.send(resolved("1", "A", "03T10"), at=AT)
    with scope(shop.tenant.pk):
        assert Outcome.objects.get(pk=result.outcome).version_id == first.pk


# --- contradictions


@pytest.mark.parametrize(
    ("settlement", "field"),
    [
        ({"confirm_on": [{"type": "x"}], "window_seconds": 60}, "settlement.confirm_on"),
        ({"void_on": [{"type": "x"}]}, "settlement.void_on"),
        ({"mode": "on_confirmation", "confirm_on": [{"type": "x"}]}, "settlement.window_seconds"),
        ({"mode": "on_confirmation", "window_seconds": 60, "void_on": [{"type": "x"}]}, "settlement.void_on"),
        ({"window_seconds": 181 * 24 * HOUR}, "settlement.window_seconds"),
    ],
)
def test_contradictory_settlement_is_refused_with_the_reason(
    shop: Vendor, settlement: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        shop.definition(settlement=settlement)
    assert [problem.path for problem in caught.value.problems] == [field]


def test_usage_after_all_this_is_the_sum_of_the_ledger(shop: Vendor) -> None:
    shop.definition(settlement=REOPENED)
    shop.send(*[resolved(str(n), f"S{n % 7}", f"{3 + n % 5:02}T10") for n in range(40)], at=AT)
    shop.send(*[signal(f"s{n}", "ticket.reopened", f"S{n}", "06T10") for n in range(3)], at=AT)
    with scope(shop.tenant.pk):
        held = Outcome.objects.filter(subject="S5").values_list("event__external_id", flat=True)
        names = list(held)
    for name in names:
        befall(shop, name, resolve.hold, reason="disputed", at=instant("2026-11-09 00:00"))
    befall(shop, names[0], resolve.release, reason="fine", at=instant("2026-11-12 00:00"))
    with scope(shop.tenant.pk):
        assert compare() == Comparison(sums=len(usage.by_day(access_customer("halden").pk, DAYS)), differences=[])
        assert Event.objects.count() == 43
