"""Amounts of money: exact arithmetic, the one rounding, and how an amount is written.

Python's default decimal context keeps 28 digits and rounds the rest away without a word. Sums of money are
therefore worked out inside `exact()`, where a lost digit is an error, and are rounded in one place only.
"""

from contextlib import AbstractContextManager
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import lru_cache

from iso4217 import Currency

from apps.common.numbers import DECIMALS

PRECISION = 100
_ERRORS = [InvalidOperation, DivisionByZero, Overflow, FloatOperation]

# Nothing may be lost: a result that does not fit raises Inexact, a float that slips in FloatOperation.
MONEY = Context(prec=PRECISION, rounding=ROUND_HALF_UP, traps=[*_ERRORS, Inexact])
# Digits may be dropped, but only by the functions of this module that say so.
_ROUNDING = Context(prec=PRECISION, rounding=ROUND_HALF_UP, traps=_ERRORS)
_CUTTING = Context(prec=PRECISION, rounding=ROUND_DOWN, traps=_ERRORS)
_LAST_DECIMAL = Decimal(1).scaleb(-DECIMALS)


def exact() -> AbstractContextManager[Context]:
    """A block in which Decimal arithmetic is exact to 100 digits and raises `decimal.Inexact` beyond them."""
    return localcontext(MONEY)


@lru_cache(maxsize=256)
def minor_digits(currency: str) -> int:
    """Digits of the currency's minor unit by ISO 4217: USD 2, JPY 0, KWD 3.

    Raises ValueError for a code that ISO 4217 does not list or that has no minor unit (gold, for one).
    """
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise ValueError(f"{currency!r} is not a currency of ISO 4217") from None
    if digits is None:
        raise ValueError(f"{currency!r} has no minor unit, so it can't be billed in")
    return int(digits)


@lru_cache(maxsize=256)
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of the currency: 0.01 for USD, 1 for JPY."""
    return Decimal(1).scaleb(-minor_digits(currency), MONEY)


def round_money(amount: Decimal, currency: str) -> Decimal:
    """The one rounding of money: half up to the currency's minor unit.

    "Up" is away from zero, so a negative amount mirrors the positive one: 0.005 USD becomes 0.01, -0.005
    becomes -0.01. Zero never carries a sign. The decimal context of the caller has no influence. Raises
    ValueError for NaN and infinity.
    """
    if not amount.is_finite():
        raise ValueError(f"{amount} is not an amount of money")
    rounded = amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP, context=_ROUNDING)
    return rounded if rounded else abs(rounded)


def is_whole(amount: Decimal, currency: str) -> bool:
    """Whether the amount is a whole number of the currency's minor units."""
    return round_money(amount, currency) == amount


def prorate(amount: Decimal, part: int, whole: int) -> Decimal:
    """`amount * part / whole`, cut (not rounded) after 12 decimals where the quotient goes on.

    Cutting never moves an amount across a half of a minor unit, because that half itself has far fewer
    decimals: the later rounding half up gives exactly what it would have given on the endless quotient.
    """
    numerator = MONEY.multiply(amount, Decimal(part))
    try:
        return MONEY.divide(numerator, Decimal(whole))
    except Inexact:
        return _CUTTING.divide(numerator, Decimal(whole)).quantize(_LAST_DECIMAL, context=_CUTTING)


def padded(amount: Decimal, currency: str) -> Decimal:
    """The same number with every decimal it needs, and no fewer than the currency has: 0.5 USD is 0.50."""
    with exact():
        needed = -int(amount.normalize().as_tuple().exponent)
        return amount.quantize(Decimal(1).scaleb(-max(needed, minor_digits(currency)))) + 0


def amount_text(amount: Decimal, currency: str) -> str:
    """The amount as the API writes it: plain, with the currency's minor digits ("308.88", "1200", "-0.500").

    Raises ValueError for an amount finer than the minor unit: it was not rounded, and this is not the place.
    """
    rounded = round_money(amount, currency)
    if rounded != amount:
        raise ValueError(f"{amount} {currency} is finer than the minor unit")
    return format(rounded, "f")
