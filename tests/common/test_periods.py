"""Days and where they begin, in zones whose clocks are moved at midnight."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.clock import now
from apps.common.periods import Period, local_day, midnight, month_of, zone

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))


def test_a_period_holds_its_first_day_but_not_its_end():
    assert NOVEMBER.contains(date(2026, 11, 1))
    assert NOVEMBER.contains(date(2026, 11, 30))
    assert not NOVEMBER.contains(date(2026, 12, 1))
    assert not NOVEMBER.contains(date(2026, 10, 31))


def test_a_period_can_be_walked_day_by_day():
    days = list(NOVEMBER)
    assert len(days) == NOVEMBER.days == 30
    assert (days[0], days[-1]) == (date(2026, 11, 1), date(2026, 11, 30))


def test_a_period_is_never_empty():
    with pytest.raises(ValueError, match="end after it starts"):
        Period(date(2026, 11, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("place", "day", "begins"),
    [
        ("UTC", date(2026, 11, 1), "2026-11-01T00:00:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00:00"),
        ("Asia/Kathmandu", date(2026, 11, 1), "2026-10-31T18:15:00"),
        # The clock skips from 00:00 to 01:00: the day begins at 01:00.
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04T03:00:00"),
        ("Africa/Cairo", date(2024, 4, 26), "2024-04-25T22:00:00"),
        ("Asia/Beirut", date(2024, 3, 31), "2024-03-30T22:00:00"),
        # The clock skips from 23:30 to 00:30: midnight lies inside the gap, not at its edge.
        ("America/Toronto", date(1919, 3, 31), "1919-03-31T04:30:00"),
        # The clock goes back from 01:00 to 00:00, midnight comes twice: the first one.
        ("America/Havana", date(2024, 11, 3), "2024-11-03T04:00:00"),
        # The clock goes back from 00:00 to 23:00: the evening comes twice, midnight once.
        ("America/Sao_Paulo", date(2019, 2, 17), "2019-02-17T03:00:00"),
        # Samoa left out 30 December 2011: it begins where the 31st does.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00:00"),
    ],
)
def test_a_local_day_begins_at_the_first_instant_that_shows_it(place, day, begins):
    assert midnight(day, zone(place)) == datetime.fromisoformat(begins).replace(tzinfo=UTC)


PLACES = [
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Tokyo",
]


@given(st.dates(date(1990, 1, 1), date(2030, 12, 31)), st.sampled_from(PLACES))
def test_the_second_before_a_day_begins_shows_the_day_before(day, place):
    begin = midnight(day, zone(place))
    assert local_day(begin, zone(place)) == day
    assert local_day(begin - timedelta(seconds=1), zone(place)) == day - timedelta(days=1)


def test_one_instant_is_two_days_in_two_places():
    instant = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)
    assert local_day(instant, zone("America/New_York")) == date(2026, 10, 31)
    assert local_day(instant, zone("Europe/Berlin")) == date(2026, 11, 1)


def test_an_instant_without_a_zone_has_no_day():
    with pytest.raises(ValueError, match="time zone"):
        local_day(datetime(2026, 11, 1), zone("UTC"))  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "America", "../etc/passwd", "posix/UTC", "localtime", "Factory"])
def test_only_names_of_the_iana_database_are_zones(name):
    with pytest.raises(ValueError, match="not a time zone"):
        zone(name)


def test_a_month_is_written_as_its_first_day():
    assert month_of(date(2026, 11, 22)) == date(2026, 11, 1)


def test_the_clock_speaks_utc():
    assert now().tzinfo is UTC
