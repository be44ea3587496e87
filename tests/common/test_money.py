"""Money: one rounding, exact sums, and how an amount is written."""

from decimal import Decimal, Inexact, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.money import (
    amount_text,
    exact,
    is_whole,
    minor_digits,
    padded,
    prorate,
    round_money,
)

CURRENCIES = st.sampled_from(["USD", "JPY", "KWD"])
AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**18), max_value=10**18)


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_the_minor_unit_is_that_of_iso_4217(currency, digits):
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("code", ["ABC", "usd", "", "US", "XAU", "XXX"])
def test_a_code_that_money_is_not_paid_in_is_refused_by_name(code):
    with pytest.raises(ValueError, match=f"'{code}'"):
        minor_digits(code)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "USD", "0.01"),
        ("0.00499999999999", "USD", "0.00"),
        ("2.675", "USD", "2.68"),
        ("2.665", "USD", "2.67"),
        ("-0.005", "USD", "-0.01"),
        ("-0.0049", "USD", "0.00"),
        ("0.5", "JPY", "1"),
        ("2.5", "JPY", "3"),
        ("1.0005", "KWD", "1.001"),
        ("7", "KWD", "7.000"),
    ],
)
def test_a_half_is_rounded_away_from_zero(amount, currency, rounded):
    assert str(round_money(Decimal(amount), currency)) == rounded


def test_rounding_takes_no_notice_of_the_context_around_it():
    amount = Decimal("123456789012345678901234567890.125")
    with localcontext(prec=5, rounding="ROUND_DOWN"):
        assert round_money(amount, "USD") == Decimal("123456789012345678901234567890.13")


@pytest.mark.parametrize("amount", ["NaN", "Infinity"])
def test_what_is_not_a_number_is_not_money(amount):
    with pytest.raises(ValueError, match="not an amount"):
        round_money(Decimal(amount), "USD")


@given(AMOUNTS, CURRENCIES)
def test_rounding_moves_an_amount_by_half_a_minor_unit_at_most(amount, currency):
    with exact():
        moved = abs(round_money(amount, currency) - amount)
        assert moved * 2 * 10 ** minor_digits(currency) <= 1


@given(AMOUNTS, CURRENCIES)
def test_rounding_treats_debts_and_credits_alike(amount, currency):
    assert round_money(amount.copy_negate(), currency) == round_money(amount, currency).copy_negate()


def test_products_keep_more_digits_than_python_does_by_default():
    factor = Decimal("999999999999999999.000000000001")
    with exact():
        assert factor * factor == Decimal("999999999999999998000000000002000000.999999999998000000000001")


def test_a_digit_that_would_be_lost_is_an_error():
    with exact(), pytest.raises(Inexact):
        Decimal(1) / Decimal(3)


@pytest.mark.parametrize(
    ("amount", "part", "whole", "share"),
    [
        ("99.00", 15, 30, "49.5"),
        ("99.00", 10, 31, "31.935483870967"),
        ("99.00", 31, 31, "99"),
        ("0.00", 3, 31, "0"),
        ("20.00", 1, 3, "6.666666666666"),
    ],
)
def test_a_share_is_exact_or_cut_after_twelve_decimals(amount, part, whole, share):
    assert prorate(Decimal(amount), part, whole) == Decimal(share)


@given(st.integers(0, 10**9), st.integers(1, 366), st.integers(1, 366), CURRENCIES)
def test_cutting_a_share_does_not_change_what_it_is_rounded_to(minor, part, whole, currency):
    amount = Decimal(minor).scaleb(-minor_digits(currency))
    numerator = 2 * minor * part + whole
    half_up = Decimal(numerator // (2 * whole)).scaleb(-minor_digits(currency))
    assert round_money(prorate(amount, part, whole), currency) == half_up


@pytest.mark.parametrize(
    ("amount", "currency", "held"),
    [
        ("0.5", "USD", "0.50"),
        ("0.9900000", "USD", "0.99"),
        ("0.0099", "USD", "0.0099"),
        ("1E+3", "JPY", "1000"),
    ],
)
def test_a_padded_price_has_the_decimals_it_needs_and_its_currencys_at_least(amount, currency, held):
    assert str(padded(Decimal(amount), currency)) == held


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("308.88", "USD", "308.88"),
        ("1200", "JPY", "1200"),
        ("-0.5", "KWD", "-0.500"),
        ("-0.000", "USD", "0.00"),
    ],
)
def test_the_api_writes_an_amount_with_its_minor_digits(amount, currency, text):
    assert amount_text(Decimal(amount), currency) == text


def test_writing_an_amount_never_rounds_it():
    assert not is_whole(Decimal("0.001"), "USD")
    with pytest.raises(ValueError, match="finer"):
        amount_text(Decimal("0.001"), "USD")
