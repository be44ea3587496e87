"""Days that are not like others, told by date: clocks that change, clocks that are wrong, and customers who move.

Halden Outfitters, New York, pays 1.00 for each ticket since 1 March 2026. Kestrel Bank pays the same since 1 December,
in Tokyo until on 31 December it moves to New York, and for an hour of January to Tokyo again. Lumen is in UTC.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from apps.invoices.subscribe import move_zone
from apps.tenants.customers import change_customer
from apps.tenants.scope import scope
from tests.cast import instant, ticket
from tests.scenarios.diary import Diary, rfc

HOUR = timedelta(hours=1)
NEW_YEARS_EVE, NEW_YEAR, FEBRUARY = date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 1)


@pytest.fixture(scope="module")
def diary(django_db_setup: None, django_db_blocker: Any) -> Iterator[Diary]:
    """One year for all the tests below, which are its days in order."""
    with django_db_blocker.unblock():
        told = Diary.begin()
        told.vendor.subscribe(told.vendor.customer(), told.plan, "2026-03-01")
        told.vendor.subscribe(told.vendor.customer("kestrel", time_zone="Asia/Tokyo"), told.plan, "2026-12-01")
        told.vendor.customer("lumen", time_zone="UTC")
        yield told


def every(step: timedelta, start: datetime, end: datetime) -> list[datetime]:
    return [start + n * step for n in range((end - start) // step)]


def days(diary: Diary, name: str, times: list[datetime], received: str) -> list[date | None]:
    """The days on which Halden's tickets of these times are booked."""
    ids = [f"{name}-{n}" for n in range(len(times))]
    diary.send(*[ticket(id, time=rfc(time)) for id, time in zip(ids, times, strict=True)], at=received)
    return [day for day, late in diary.booked(*ids) if not late]


def move(diary: Diary, zone: str) -> None:
    """Kestrel moves, as the API and the console have it move."""
    kestrel = diary.customer("kestrel")
    with scope(diary.vendor.tenant.pk):
        change_customer(kestrel, time_zone=zone)
        move_zone(kestrel)


def hourly(diary: Diary, start: str, end: str) -> list[date | None]:
    """Kestrel's tickets, one each hour, each sent as it happens; returns their days."""
    found = []
    for time in every(HOUR, instant(start), instant(end)):
        id = f"k {rfc(time)}"
        diary.ticket(id, customer="kestrel", time=rfc(time), at=rfc(time))
        found += [day for day, _ in diary.booked(id)]
    return found


def test_march_8_has_23_hours_and_46_half_hours(diary: Diary) -> None:
    start, end = instant("2026-03-08T00:00:00-05:00"), instant("2026-03-09T00:00:00-04:00")
    found = days(diary, "spring", every(HOUR / 2, start, end + HOUR / 2), "2026-03-09 12:00")
    assert found == [date(2026, 3, 8)] * 46 + [date(2026, 3, 9)]


def test_november_1_has_25_hours_and_50_half_hours(diary: Diary) -> None:
    start, end = instant("2026-11-01T00:00:00-04:00"), instant("2026-11-02T00:00:00-05:00")
    found = days(diary, "autumn", every(HOUR / 2, start, end), "2026-11-02 12:00")
    assert found == [date(2026, 11, 1)] * 50


def test_november_1_begins_and_ends_to_the_microsecond(diary: Diary) -> None:
    start, end = instant("2026-11-01T00:00:00-04:00"), instant("2026-11-02T00:00:00-05:00")
    moment = timedelta(microseconds=1)
    found = days(diary, "edge", [start - moment, start, end - moment, end], "2026-11-02 12:00")
    assert found == [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 1), date(2026, 11, 2)]


def test_november_1_the_hour_that_comes_twice_is_two_hours(diary: Diary) -> None:
    twice = [instant("2026-11-01T01:30:00-04:00"), instant("2026-11-01T01:30:00-05:00")]
    assert twice[1] - twice[0] == HOUR
    assert days(diary, "twice", twice, "2026-11-02 12:00") == [date(2026, 11, 1)] * 2


def test_november_30_a_clock_five_minutes_ahead_is_believed_and_its_ticket_is_decembers(diary: Diary) -> None:
    ahead = diary.ticket("ahead", time="2026-12-01T05:03:00Z", at="2026-12-01 04:58")
    assert ahead.status == "accepted"
    assert diary.booked("ahead") == [(date(2026, 12, 1), False)]


def test_november_30_a_clock_further_ahead_is_not(diary: Diary) -> None:
    for time in ("2026-12-01T05:03:00.000001Z", "2026-12-01T05:03:01Z"):
        result = diary.ticket("too-far-ahead", time=time, at="2026-12-01 04:58")
        assert (result.status, result.reason) == ("rejected", "in_future")


def test_december_1_a_clock_ahead_sends_again_what_is_on_time_by_then(diary: Diary) -> None:
    assert diary.ticket("too-far-ahead", time="2026-12-01T05:03:01Z", at="2026-12-01 04:58:01").status == "accepted"


def test_december_1_november_is_billed_by_its_own_days(diary: Diary) -> None:
    diary.close("2026-12-01 06:00")
    assert diary.billed() == {"2026-03-01": 47, "2026-10-01": 1, "2026-11-01": 55}


def test_december_31_a_leap_second_belongs_to_the_year_that_it_ends(diary: Diary) -> None:
    diary.ticket("leap", customer="lumen", time="2026-12-31T23:59:60Z", at="2027-01-01 00:00:10")
    assert diary.booked("leap") == [(NEW_YEARS_EVE, False)]


def test_december_31_after_a_move_the_new_zone_has_the_days(diary: Diary) -> None:
    assert hourly(diary, "2026-12-31 10:00", "2026-12-31 15:00") == [NEW_YEARS_EVE] * 5
    move(diary, "America/New_York")
    assert hourly(diary, "2026-12-31 15:00", "2027-01-01 05:00") == [NEW_YEARS_EVE] * 14
    assert hourly(diary, "2027-01-01 05:00", "2027-01-01 07:00") == [NEW_YEAR] * 2


def test_january_1_what_was_booked_in_the_old_zone_keeps_its_day_and_a_repeat_is_a_duplicate(diary: Diary) -> None:
    again = diary.ticket(
        "k 2026-12-31T10:00:00Z", customer="kestrel", time="2026-12-31T10:00:00Z", at="2027-01-01 07:00"
    )
    assert again.status == "duplicate"
    assert diary.booked("k 2026-12-31T10:00:00Z") == [(NEW_YEARS_EVE, False)]


def test_january_1_each_ticket_around_the_move_is_on_one_invoice(diary: Diary) -> None:
    diary.close("2027-01-01 04:59")
    assert diary.billed("kestrel") == {}, "the cycle ends at midnight in New York now"
    diary.close("2027-01-01 07:00")
    assert diary.billed("kestrel") == {"2026-12-01": 19}


def test_january_31_a_move_to_the_east_ends_the_cycle_at_once(diary: Diary) -> None:
    assert hourly(diary, "2027-01-31 14:00", "2027-01-31 16:00") == [date(2027, 1, 31)] * 2
    move(diary, "Asia/Tokyo")
    diary.close("2027-01-31 16:00")
    assert diary.billed("kestrel") == {"2026-12-01": 19, "2027-01-01": 4}


def test_january_31_back_in_the_west_nothing_is_written_to_the_day_that_is_closed(diary: Diary) -> None:
    move(diary, "America/New_York")
    diary.ticket("again-the-31st", customer="kestrel", time="2027-01-31T17:00:00Z", at="2027-01-31 17:00")
    assert diary.booked("again-the-31st") == [(FEBRUARY, True)]


def test_march_1_every_ticket_was_billed_once(diary: Diary) -> None:
    diary.close("2027-03-01 06:00")
    assert diary.billed("kestrel") == {"2026-12-01": 19, "2027-01-01": 4, "2027-02-01": 1}
    assert diary.law("2027-03-01 06:00") == {"fenced": 47 + 56 + 2 + 24, "unbilled": 1}
