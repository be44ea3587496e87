"""Times and days from outside: RFC 3339 and YYYY-MM-DD, and nothing that only looks like them."""

from datetime import UTC, date, datetime

import pytest

from apps.common.instants import day_from, instant_from


def at(day: int, *clock: int) -> datetime:
    return datetime(2026, 11, day, *clock, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22T09:30:00Z", at(22, 9, 30)),
        ("2026-11-22t09:30:00z", at(22, 9, 30)),
        ("2026-11-22T09:30:00+05:30", at(22, 4)),
        ("2026-11-22T20:30:00-08:00", at(23, 4, 30)),
        ("2026-11-22T09:30:00-00:00", at(22, 9, 30)),
        ("2026-11-22T09:30:00.5Z", at(22, 9, 30, 0, 500_000)),
        ("2026-11-22T09:30:00.123456Z", at(22, 9, 30, 0, 123_456)),
    ],
)
def test_an_instant_is_read_in_utc(text: str, instant: datetime) -> None:
    assert instant_from(text) == instant
    assert instant_from(text).tzinfo is UTC


@pytest.mark.parametrize("finer", ["1234560", "123456999", "1234561234567890"])
def test_digits_beyond_the_microsecond_are_cut_off_and_never_rounded_up(finer: str) -> None:
    assert instant_from(f"2026-11-22T09:30:00.{finer}Z") == at(22, 9, 30, 0, 123_456)


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.75Z",
        "2016-12-31T15:59:60-08:00",
        "2017-01-01T08:59:60+09:00",
    ],
)
def test_a_leap_second_stays_in_the_day_that_it_ends(text: str) -> None:
    assert instant_from(text) == datetime(2016, 12, 31, 23, 59, 59, 999_999, UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-22", "2026-11-22T09:30:00", "2026-11-22 09:30:00Z", "2026-11-22T09:30Z", "20261122T093000Z"),
        *("2026-W47-7T09:30:00Z", "2026-11-22T09:30:00,5Z", "2026-11-22T09:30:00.Z", "2026-11-22T09:30:00+0530"),
        *("2026-11-31T09:30:00Z", "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z", "2026-11-22T09:30:00+24:00"),
        *("2026-11-22T09:30:60Z", "2026-11-22T23:59:60Z", "2026-11-30T23:59:60+01:00", "2026-11-30T23:59:61Z"),
        *(
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-01:00",
            "9999-12-31T23:59:60-01:00",
        ),
        *("٢٠٢٦-11-22T09:30:00Z", "now", "", 1_764_000_000, None, True),
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"RFC 3339|does not exist"):
        instant_from(text)


def test_a_day_is_read() -> None:
    assert day_from("2026-11-22") == date(2026, 11, 22)


@pytest.mark.parametrize(
    "text", ["2026-11-31", "2026-W47-1", "20261122", "22-11-2026", "2026-11-22T00:00:00Z", "", 20, None]
)
def test_what_is_no_day_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"2026-11-01|does not exist"):
        day_from(text)
