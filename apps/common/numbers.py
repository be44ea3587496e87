"""The one door by which numbers from outside become Decimal, and the plain text by which they leave."""

import re
from decimal import Decimal

WHOLE_DIGITS = 18
DECIMALS = 12

_PLAIN = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]+))?")


def decimal_from(value: object) -> Decimal:
    """Read a number of the API: a string of a plain decimal ("-12.50") or an int.

    At most 18 digits before the point and 12 after it. Raises ValueError, with a message fit for the client,
    for anything else: floats (their decimals are already lost), booleans, exponents, spaces, NaN.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10**WHOLE_DIGITS:
            raise ValueError(f"must have at most {WHOLE_DIGITS} digits before the point")
        return Decimal(value)
    match = _PLAIN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a plain decimal in a string, such as "12.50"')
    if len(match[1]) > WHOLE_DIGITS:
        raise ValueError(f"must have at most {WHOLE_DIGITS} digits before the point")
    if len(match[2] or "") > DECIMALS:
        raise ValueError(f"must have at most {DECIMALS} digits after the point")
    return Decimal(match[0])


def plain(number: Decimal) -> str:
    """Every digit and no more: no exponent, no trailing zeros, no sign on zero. 1E+3 is "1000", -0.00 is "0".

    Raises ValueError for NaN and infinity.
    """
    if not number.is_finite():
        raise ValueError(f"{number} is not a number")
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
