"""The rule that tells a silence from a night: weeks of traffic, hour by hour, and when an alarm would be raised."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from apps.events.usual import HOUR, WEEK, silent_hours, usual
from tests.cast import instant

START = instant("2026-03-02")  # a Monday
SIXTH = START + 5 * WEEK
MONDAY = instant("2026-03-30")
HOLIDAY = date(2026, 3, 25)

type Traffic = Callable[[datetime], int]


def office(hour: datetime) -> int:
    """Forty an hour, from nine to five on weekdays."""
    return 40 if hour.weekday() < 5 and 9 <= hour.hour < 17 else 0


def round_the_clock(hour: datetime) -> int:
    return 12


def nightly_batch(hour: datetime) -> int:
    return 500 if hour.hour == 2 else 0


def few(hour: datetime) -> int:
    """One at noon of each weekday."""
    return 1 if hour.weekday() < 5 and hour.hour == 12 else 0


def from_day(first: str, traffic: Traffic) -> Traffic:
    return lambda hour: traffic(hour) if hour >= instant(first) else 0


def until(last: str, traffic: Traffic) -> Traffic:
    """It stops with the hour before this instant."""
    return lambda hour: traffic(hour) if hour < instant(last) else 0


def without(day: date, traffic: Traffic) -> Traffic:
    return lambda hour: 0 if hour.date() == day else traffic(hour)


def first_alarm(traffic: Traffic, *, end: datetime = SIXTH + 2 * WEEK) -> tuple[datetime, int] | None:
    """When the first alarm would be raised were the rule asked every hour, and what it calls usual."""
    counts: dict[datetime, int] = {}
    last: datetime | None = None
    at = START
    while at < end:
        if last:
            fewest = usual(counts, silent_hours(last, at=at))
            if fewest is not None:
                return at, fewest
        if came := traffic(at):
            counts[at], last = came, at + timedelta(minutes=59)
        at += HOUR
    return None


@pytest.mark.parametrize("traffic", [office, round_the_clock, nightly_batch, few])
def test_traffic_that_goes_on_raises_no_alarm(traffic: Traffic) -> None:
    assert first_alarm(traffic) is None


def test_an_alarm_comes_after_two_hours_in_which_events_usually_came() -> None:
    assert first_alarm(until("2026-04-07 11:00", office)) == (instant("2026-04-07 13:00"), 80)


def test_what_stops_on_a_friday_evening_is_noticed_on_monday() -> None:
    assert first_alarm(until("2026-04-10 17:00", office)) == (instant("2026-04-13 11:00"), 80)


def test_what_stops_at_night_is_noticed_in_the_morning() -> None:
    assert first_alarm(until("2026-04-07 17:00", office)) == (instant("2026-04-08 11:00"), 80)


def test_a_batch_of_each_night_is_missed_when_two_have_not_come() -> None:
    assert first_alarm(until("2026-04-07 00:00", nightly_batch)) == (instant("2026-04-08 03:00"), 1_000)


def test_a_batch_that_comes_hours_later_than_usual_raises_no_alarm() -> None:
    def late(hour: datetime) -> int:
        return nightly_batch(hour - 5 * HOUR) if hour.date() == date(2026, 4, 7) else nightly_batch(hour)

    assert first_alarm(late) is None


def test_a_clock_that_was_put_back_raises_no_alarm() -> None:
    change = instant("2026-03-29 01:00")

    def summer_to_winter(hour: datetime) -> int:
        return office(hour) if hour < change else office(hour - HOUR)

    assert first_alarm(summer_to_winter) is None


def test_a_holiday_in_the_weeks_before_hides_no_silence() -> None:
    assert first_alarm(without(HOLIDAY, until("2026-04-08 09:00", office)), end=instant("2026-03-25 10:00")) is None
    counts = {
        hour: count
        for number in range(5 * 7 * 24)
        if (count := without(HOLIDAY, office)(hour := START + number * HOUR))
    }
    silent = silent_hours(instant("2026-04-07 16:59"), at=instant("2026-04-08 11:00"))
    assert usual(counts, silent) == 80


def test_a_holiday_that_is_two_weeks_with_none_hides_it() -> None:
    both = without(HOLIDAY, without(HOLIDAY + timedelta(days=7), office))
    counts = {hour: count for number in range(5 * 7 * 24) if (count := both(hour := START + number * HOUR))}
    assert usual(counts, silent_hours(instant("2026-04-07 16:59"), at=instant("2026-04-08 16:00"))) is None


def test_on_a_holiday_an_office_is_silent_and_that_is_told() -> None:
    """No rule over arrivals can know it; the alert ends by itself on the next day."""
    assert first_alarm(without(date(2026, 4, 6), office)) == (instant("2026-04-06 11:00"), 80)


def test_few_events_raise_an_alarm_only_once_it_can_be_no_chance() -> None:
    assert first_alarm(until("2026-04-06 00:00", few)) is None

    def daily(hour: datetime) -> int:
        return 2 * few(hour)

    assert first_alarm(until("2026-04-06 00:00", daily)) == (instant("2026-04-10 13:00"), 10)


def test_a_new_type_is_watched_after_three_weeks() -> None:
    assert first_alarm(from_day("2026-03-09", until("2026-03-27 11:00", office)), end=MONDAY) is None
    assert first_alarm(from_day("2026-03-09", until("2026-04-03 11:00", office))) == (instant("2026-04-03 13:00"), 80)


def test_a_burst_makes_nothing_usual() -> None:
    def import_of_march(hour: datetime) -> int:
        return 90_000 if instant("2026-03-31 10:00") <= hour < instant("2026-03-31 14:00") else few(hour)

    assert first_alarm(import_of_march) is None


def test_after_a_week_without_events_nothing_new_is_usual() -> None:
    assert len(silent_hours(instant("2026-03-02 00:59"), at=SIXTH)) == 7 * 24
