"""How an invoice's document is written out for its reader: its days, places and hashes. Amounts: the filters of `counterfoil`."""

from datetime import date
from typing import Any

from babel.dates import format_date
from django import template

from apps.common.templatetags.counterfoil import reader_locale

register = template.Library()

SHORT_HASH = 12
ADDRESS = ("line1", "line2")


@register.filter
def day(value: str) -> str:
    """A day of the document, "2026-11-01", in the reader's words: 1 November 2026."""
    where = reader_locale()
    # Plain English would put the month first, as in the United States; the house writes the day first.
    return format_date(date.fromisoformat(value), "long", locale="en_GB" if str(where) == "en" else where)


@register.filter
def period(value: dict[str, str]) -> str:
    """The days of a document's period, first to last: 1 November to 30 November 2026."""
    first, last = day(value["start"]), day(value["last"])
    return first if value["start"] == value["last"] else f"{first} \N{EN DASH} {last}"


@register.filter
def country(code: str) -> str:
    """The name of a country by its two letters; the letters themselves where they name none."""
    return str(reader_locale().territories.get(code, code))


@register.filter
def address_lines(party: dict[str, Any]) -> list[str]:
    """A party's address as it stands on an envelope, its country last; what is missing is left out."""
    address = party["address"]
    town = " ".join(filter(None, [address.get("postal_code"), address.get("city")]))
    lines = [*(address.get(key) for key in ADDRESS), town, address.get("region")]
    return [*filter(None, lines), *([country(party["country"])] if party["country"] else [])]


@register.filter
def short_hash(value: str) -> str:
    """The first twelve characters of a hash: enough to tell versions apart."""
    return value[:SHORT_HASH]
