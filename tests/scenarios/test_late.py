"""What comes late, early, or when nobody expects it, told by date: autumn 2026 at Northwind Support AI.

Halden Outfitters, New York, pays 1.00 for each ticket since 1 October. Kestrel Bank, Tokyo, has no subscription until
on 25 November one is made that began on the 15th.

    day      what                                                       booked on
    20 Oct   Halden's ticket                                            20 October
    3 Nov    October is closed
    4 Nov    a batch of 20 October, 31 October, 2 November, and now     4 November late, twice; 2 and 4 November
    5 Nov    tickets of 365 days ago, and a moment older                5 November late; rejected
    20 Nov   a meeting, of which nobody has said that it counts         quarantined
    1 Dec    a ticket of 30 November, before the month is closed        30 November
    1 Dec    one after that                                             1 December late
    3 Dec    meetings are defined, the quarantine is replayed           1 December late: it was there by 20 November
    10 Dec   Halden is cancelled, at the coming midnight
    12 Dec   tickets of the 5th and the 12th                            12 December, the first one late: unbilled
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from apps.events.models import Event
from apps.events.replay import replay
from apps.invoices.cancel import cancel
from apps.outcomes.models import OutcomeDefinition
from apps.outcomes.publish import publish_version
from apps.plans.models import Subscription
from apps.tenants.models import bump_config
from apps.tenants.scope import scope
from tests.cast import instant, ticket
from tests.scenarios.diary import Diary


def october(day: int) -> date:
    return date(2026, 10, day)


def november(day: int) -> date:
    return date(2026, 11, day)


def december(day: int) -> date:
    return date(2026, 12, day)


@pytest.fixture(scope="module")
def diary(django_db_setup: None, django_db_blocker: Any) -> Iterator[Diary]:
    """One autumn for all the tests below, which are its days in order."""
    with django_db_blocker.unblock():
        told = Diary.begin()
        told.vendor.subscribe(told.vendor.customer(), told.plan, "2026-10-01")
        told.vendor.customer("kestrel", time_zone="Asia/Tokyo")
        yield told


def test_october_20_a_ticket_that_comes_at_once_is_booked_on_its_day(diary: Diary) -> None:
    diary.ticket("prompt", at="2026-10-20 15:00")
    assert diary.booked("prompt") == [(october(20), False)]


def test_november_2_one_that_comes_days_later_is_not_late_while_its_month_is_open(diary: Diary) -> None:
    diary.ticket("slow", time="2026-10-21T15:00:00Z", at="2026-11-02 15:00")
    assert diary.booked("slow") == [(october(21), False)]


def test_november_3_october_is_closed_with_both(diary: Diary) -> None:
    diary.close("2026-11-03 15:00")
    assert diary.billed() == {"2026-10-01": 2}


def test_november_4_each_event_of_a_batch_over_several_cycles_is_booked_for_itself(diary: Diary) -> None:
    times = {"of-october": "2026-10-20T15:00:00Z", "at-its-end": "2026-11-01T03:59:59Z", "open": "2026-11-02T15:00:00Z"}
    batch = [ticket(id, time=time) for id, time in times.items()]
    diary.send(*batch, ticket("now"), at="2026-11-04 15:00")
    assert diary.booked(*times, "now") == [
        (november(4), True),
        (november(4), True),
        (november(2), False),
        (november(4), False),
    ]


def test_november_5_what_happened_365_days_ago_is_late_and_what_is_older_is_refused(diary: Diary) -> None:
    oldest = diary.ticket("oldest", time="2025-11-05T15:00:00Z", at="2026-11-05 15:00")
    older = diary.ticket("older", time="2025-11-05T14:59:59.999999Z", at="2026-11-05 15:00")
    assert (oldest.status, older.status, older.reason) == ("accepted", "rejected", "too_old")
    assert diary.booked("oldest") == [(november(5), True)]


def test_november_5_for_a_customer_who_was_never_closed_no_day_is_late(diary: Diary) -> None:
    diary.ticket("year-ago", customer="kestrel", time="2025-11-06T15:00:00Z", at="2026-11-05 15:30")
    assert diary.booked("year-ago") == [(date(2025, 11, 7), False)]


def test_november_20_without_a_subscription_tickets_count_and_nobody_is_billed(diary: Diary) -> None:
    for day in (3, 14, 15, 20):
        diary.ticket(f"k{day}", customer="kestrel", time=f"2026-11-{day:02}T09:00:00Z", at="2026-11-20 15:00")
    diary.close("2026-11-20 15:00")
    assert diary.unbilled("kestrel") == [(date(2025, 11, 7), november(20), 5)]
    assert diary.billed("kestrel") == {}


def test_november_20_a_meeting_waits_for_somebody_to_say_that_it_counts(diary: Diary) -> None:
    assert diary.ticket("meeting", type="meeting.booked", at="2026-11-20 16:00").status == "quarantined"


def test_november_25_a_subscription_that_began_before_prices_what_was_counted_since(diary: Diary) -> None:
    diary.vendor.subscribe(diary.customer("kestrel"), diary.plan, "2026-11-15")
    assert diary.unbilled("kestrel") == [(date(2025, 11, 7), november(14), 3)]


def test_november_26_before_that_subscription_nothing_prices_an_event(diary: Diary) -> None:
    diary.ticket("k13", customer="kestrel", time="2026-11-13T09:00:00Z", at="2026-11-26 15:00")
    assert diary.booked("k13") == [(november(13), False)]
    assert diary.unbilled("kestrel") == [(date(2025, 11, 7), november(14), 4)]


def test_december_1_after_midnight_but_before_the_close_november_is_open(diary: Diary) -> None:
    diary.ticket("before-the-fence", time="2026-12-01T04:59:59Z", at="2026-12-01 06:00")
    assert diary.booked("before-the-fence") == [(november(30), False)]


def test_december_1_a_batch_that_spans_the_fence_is_booked_on_both_its_sides(diary: Diary) -> None:
    diary.close("2026-12-01 06:00")
    diary.send(
        ticket("of-november", time="2026-12-01T04:59:59Z"),
        ticket("of-december", time="2026-12-01T05:00:00Z"),
        at="2026-12-01 06:00",
    )
    assert diary.booked("of-november", "of-december") == [(december(1), True), (december(1), False)]


def test_december_1_november_has_its_own_tickets_and_the_late_ones_of_november(diary: Diary) -> None:
    assert diary.billed() == {"2026-10-01": 2, "2026-11-01": 6}
    assert diary.billed("kestrel") == {"2026-11-15": 2}


def test_december_1_a_duplicate_of_what_is_billed_changes_nothing(diary: Diary) -> None:
    again = diary.ticket("prompt", time="2026-10-20T15:00:00Z", at="2026-12-01 07:00")
    assert again.status == "duplicate"
    assert diary.booked("prompt") == [(october(20), False)]


def test_december_3_what_waited_over_the_fence_is_booked_late_on_the_first_open_day(diary: Diary) -> None:
    diary.vendor.definition("meeting", trigger="meeting.booked", at=instant("2026-12-03 12:00"))
    with scope(diary.vendor.tenant.pk):
        replay([Event.objects.get(external_id="meeting").pk], at=instant("2026-12-03 12:30"))
    assert diary.booked("meeting") == [(december(1), True)]


def test_december_4_a_version_judges_what_happens_after_it_whenever_that_arrives(diary: Diary) -> None:
    with scope(diary.vendor.tenant.pk):
        definition = OutcomeDefinition.objects.get(code="resolved_ticket")
        body = {"name": "Resolved ticket", "condition": "properties.rating >= 4"}
        publish_version(definition, body, at=instant("2026-12-04 12:00"))
    before = diary.ticket("before-version-2", time="2026-12-04T11:59:59.999999Z", at="2026-12-04 18:00")
    after = diary.ticket("after-version-2", time="2026-12-04T12:00:00Z", at="2026-12-04 18:00")
    assert (before.billable, after.status, after.reason) == (True, "quarantined", "condition_error")


def test_december_4_the_first_version_judges_what_happened_before_there_was_any(diary: Diary) -> None:
    assert diary.ticket("m-2", type="meeting.booked", time="2026-12-02T09:00:00Z", at="2026-12-04 18:00").billable


def test_december_5_the_trigger_of_a_definition_that_was_put_away_is_unknown_and_its_outcomes_stay(
    diary: Diary,
) -> None:
    with scope(diary.vendor.tenant.pk):
        OutcomeDefinition.objects.filter(code="meeting").update(active=False)
        bump_config(diary.vendor.tenant.pk)
    later = diary.ticket("m-3", type="meeting.booked", time="2026-12-02T09:00:00Z", at="2026-12-05 09:00")
    again = diary.ticket("m-2", type="meeting.booked", time="2026-12-02T09:00:00Z", at="2026-12-05 09:00")
    assert (later.status, later.reason) == ("quarantined", "unknown_type")
    assert (again.status, again.billable) == ("duplicate", True)


def test_december_11_after_the_cancellation_its_last_days_are_closed(diary: Diary) -> None:
    with scope(diary.vendor.tenant.pk):
        halden = Subscription.objects.get(customer__external_id="halden")
        assert cancel(halden, when="now", at=instant("2026-12-10 15:00")) == december(11)
    diary.close("2026-12-11 06:00")
    assert diary.billed() == {"2026-10-01": 2, "2026-11-01": 6, "2026-12-01": 3}


def test_december_12_what_comes_after_the_end_counts_and_is_billed_to_nobody(diary: Diary) -> None:
    rated = {"properties": {"rating": 5}}
    diary.ticket("left-over", time="2026-12-05T15:00:00Z", at="2026-12-12 15:00", **rated)
    diary.ticket("after-the-end", at="2026-12-12 15:00", **rated)
    assert diary.booked("left-over", "after-the-end") == [(december(12), True), (december(12), False)]
    assert [one for one in diary.unbilled() if one[0] > december(11)] == [(december(12), december(12), 2)]


def test_january_1_every_event_is_in_one_class(diary: Diary) -> None:
    diary.close("2027-01-01 06:00")
    assert diary.billed() == {"2026-10-01": 2, "2026-11-01": 6, "2026-12-01": 3}
    assert diary.law("2027-01-01 06:00") == {"fenced": 13, "unbilled": 8}
