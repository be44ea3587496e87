"""Cycles: how a subscription's time is cut, at month ends and in leap years too."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.periods import Period
from apps.plans.cycles import Cycle, cycle, cycle_containing

STARTS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
INTERVALS = st.sampled_from(["month", "quarter", "year"])
BILLINGS = st.sampled_from(["calendar", "anniversary"])


def starts(start: date, interval: str, billing: str, count: int) -> list[str]:
    return [cycle(start, interval, billing, index).period.start.isoformat() for index in range(count)]


@pytest.mark.parametrize(
    ("start", "interval", "billing", "expected"),
    [
        (date(2026, 11, 1), "month", "calendar", ["2026-11-01", "2026-12-01", "2027-01-01"]),
        (date(2026, 11, 15), "month", "calendar", ["2026-11-15", "2026-12-01", "2027-01-01"]),
        (date(2026, 11, 15), "quarter", "calendar", ["2026-11-15", "2027-01-01", "2027-04-01"]),
        (date(2026, 11, 15), "year", "calendar", ["2026-11-15", "2027-01-01", "2028-01-01"]),
        (date(2026, 11, 15), "month", "anniversary", ["2026-11-15", "2026-12-15", "2027-01-15"]),
        (date(2027, 1, 31), "month", "anniversary", ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]),
        (date(2028, 1, 31), "month", "anniversary", ["2028-01-31", "2028-02-29", "2028-03-31"]),
        (date(2026, 11, 30), "quarter", "anniversary", ["2026-11-30", "2027-02-28", "2027-05-30"]),
        (
            date(2028, 2, 29),
            "year",
            "anniversary",
            ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
        ),
    ],
)
def test_where_cycles_begin(start, interval, billing, expected):
    assert starts(start, interval, billing, len(expected)) == expected


def test_a_first_calendar_cycle_is_a_part_of_its_month():
    first = cycle(date(2026, 11, 15), "month", "calendar", 0)
    assert first == Cycle(
        0,
        period=Period(date(2026, 11, 15), date(2026, 12, 1)),
        full=Period(date(2026, 11, 1), date(2026, 12, 1)),
    )
    assert (first.period.days, first.full.days) == (16, 30)


def test_a_cut_cycle_stays_a_part_of_its_month():
    cut = cycle(date(2026, 11, 1), "month", "calendar", 0).cut(date(2026, 11, 11))
    assert (cut.period.days, cut.full.days) == (10, 30)


def test_a_cut_after_the_end_leaves_a_cycle_as_it_is():
    november = cycle(date(2026, 11, 1), "month", "calendar", 0)
    assert november.cut(date(2027, 1, 1)) == november


def test_a_cycle_can_not_be_cut_before_it_began():
    with pytest.raises(ValueError, match="end after it starts"):
        cycle(date(2026, 11, 1), "month", "calendar", 0).cut(date(2026, 11, 1))


def test_no_cycle_lies_before_the_start():
    with pytest.raises(ValueError, match="before the subscription's start"):
        cycle_containing(date(2026, 11, 15), "month", "calendar", date(2026, 11, 14))
    with pytest.raises(ValueError, match="counted from 0"):
        cycle(date(2026, 11, 15), "month", "calendar", -1)


@given(STARTS, INTERVALS, BILLINGS)
def test_cycles_tile_time_from_the_start_on(start, interval, billing):
    cycles = [cycle(start, interval, billing, index) for index in range(30)]
    assert cycles[0].period.start == start
    assert all(one.period.end == next_one.period.start for one, next_one in pairwise(cycles))


@given(STARTS, INTERVALS, BILLINGS, st.integers(0, 3650))
def test_every_day_lies_in_the_cycle_that_is_found_for_it(start, interval, billing, days):
    day = start + timedelta(days=days)
    found = cycle_containing(start, interval, billing, day)
    assert found.period.contains(day)
    assert found == cycle(start, interval, billing, found.index)


@given(STARTS, INTERVALS, BILLINGS, st.integers(0, 40))
def test_a_cycle_lies_within_its_full_interval(start, interval, billing, index):
    one = cycle(start, interval, billing, index)
    assert one.full.start <= one.period.start
    assert one.full.end == one.period.end
    assert one.period == one.full or (index == 0 and billing == "calendar")


def test_a_trial_is_cycle_0_and_later_ones_are_counted_from_its_end():
    trial = {"trial_end": date(2026, 11, 24)}
    cycles = [cycle(date(2026, 11, 10), "month", "anniversary", index, **trial) for index in range(3)]
    assert [one.index for one in cycles] == [0, 1, 2]
    assert [one.period for one in cycles] == [
        Period(date(2026, 11, 10), date(2026, 11, 24)),
        Period(date(2026, 11, 24), date(2026, 12, 24)),
        Period(date(2026, 12, 24), date(2027, 1, 24)),
    ]


def test_after_a_trial_a_calendar_cycle_is_the_rest_of_its_month():
    after = cycle(date(2026, 11, 10), "month", "calendar", 1, trial_end=date(2026, 11, 24))
    assert (after.period.days, after.full) == (7, Period(date(2026, 11, 1), date(2026, 12, 1)))


@given(STARTS, st.integers(1, 90), INTERVALS, BILLINGS, st.integers(0, 40))
def test_with_a_trial_too_cycles_are_seamless_and_each_contains_its_days(start, days, interval, billing, index):
    trial = {"trial_end": start + timedelta(days=days)}
    one, following = (cycle(start, interval, billing, n, **trial) for n in (index, index + 1))
    assert one.period.end == following.period.start
    for day in (one.period.start, one.period.last):
        assert cycle_containing(start, interval, billing, day, **trial) == one
