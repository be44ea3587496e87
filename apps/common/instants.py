"""The one door by which times and days from outside become instants and dates."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC3339 = re.compile(rf"{_DAY.pattern}[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def day_from(text: object) -> date:
    """Read a day of the API, YYYY-MM-DD. Raises ValueError, with a message fit for the client, for anything else."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise ValueError("must be a date such as 2026-11-01")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("names a day that does not exist") from None


def instant_from(text: object) -> datetime:
    """Read a time of the API, RFC 3339 with a zone, as an instant in UTC; digits beyond the microsecond are cut off.

    A leap second, 23:59:60 in UTC at the end of a month, is the last microsecond before it: so it stays in its day.
    Raises ValueError, with a message fit for the client, for anything else.
    """
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("must be RFC 3339 with a zone, such as 2026-11-22T09:30:00Z")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        if text[17:19] == "60":
            return _leap_second(text)
        raise ValueError("names a time that does not exist") from None


def _leap_second(text: str) -> datetime:
    last = instant_from(f"{text[:17]}59{text[19:]}").replace(microsecond=999_999)
    if (last.day, last.hour, last.minute) != (monthrange(last.year, last.month)[1], 23, 59):
        raise ValueError("names a leap second that does not exist: one ends a month in UTC")
    return last
