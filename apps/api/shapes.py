"""The building stones of answers: amounts, quantities, periods, addresses; and what a body refers to."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet

from apps.common.money import amount_text
from apps.common.numbers import plain
from apps.common.reading import Fields

ADDRESS = ("line1", "line2", "city", "postal_code", "region")


def amount_or_none(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else amount_text(amount, currency)


def plain_or_none(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def known[Row: Model](fields: Fields, name: str, rows: QuerySet[Row]) -> Row | None:
    """The row that the field `name` of a body refers to; None, with its problem noted, for another."""
    found = rows.first()
    if found is None and not any(problem.path == name for problem in fields.problems):
        fields.fail(name, "unknown", f"names no {name} of this account")
    return found


def days(start: date, end: date) -> dict[str, date]:
    """A half-open period."""
    return {"start": start, "end": end}


def address(stored: dict[str, Any]) -> dict[str, Any] | None:
    """Every field of a postal address, null where it has none; null for no address."""
    return {name: stored.get(name) or None for name in ADDRESS} if any(stored.values()) else None
