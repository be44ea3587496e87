"""The door by which numbers come in, and the text by which they go out."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.numbers import decimal_from, plain


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("0", "0"),
        ("12.50", "12.50"),
        ("+3", "3"),
        ("-0.000000000001", "-0.000000000001"),
        ("999999999999999999.999999999999", "999999999999999999.999999999999"),
        (42, "42"),
        (-7, "-7"),
    ],
)
def test_plain_decimals_and_integers_come_in_as_they_are(value, number):
    assert decimal_from(value) == Decimal(number)


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        True,
        None,
        [],
        {},
        "",
        " 1",
        "1 ",
        "1\n",
        "1e3",
        "NaN",
        "Infinity",
        ".5",
        "5.",
        "1,000",
        "1_000",
        "١",
    ],
)
def test_anything_else_is_refused(value):
    with pytest.raises(ValueError, match="must be a plain decimal in a string"):
        decimal_from(value)


@pytest.mark.parametrize("value", ["1" * 19, 10**18, -(10**18), pytest.param(10**6000, id="6,001 digits")])
def test_at_most_eighteen_digits_stand_before_the_point(value):
    with pytest.raises(ValueError, match="18 digits before"):
        decimal_from(value)


def test_at_most_twelve_digits_stand_after_the_point():
    with pytest.raises(ValueError, match="12 digits after"):
        decimal_from("0." + "1" * 13)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1E+3", "1000"),
        ("-0.00", "0"),
        ("1.500", "1.5"),
        ("100", "100"),
        ("1E-12", "0.000000000001"),
        ("-2.0", "-2"),
    ],
)
def test_a_number_goes_out_with_every_digit_and_no_more(number, text):
    assert plain(Decimal(number)) == text


def test_what_is_not_a_number_does_not_go_out():
    with pytest.raises(ValueError, match="not a number"):
        plain(Decimal("NaN"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**17), max_value=10**17))
def test_what_went_out_comes_in_again_as_the_same_number(number):
    assert decimal_from(plain(number)) == number
