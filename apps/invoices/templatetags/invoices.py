"""How an invoice's document is written out for its reader: days, places, hashes. Amounts: filters of `counterfoil`."""

from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Any

from babel.dates import format_date, format_interval
from django import template

from apps.common.money import exact
from apps.common.templatetags.counterfoil import amount, day_locale, reader_locale
from apps.common.words import unit_for
from apps.invoices import find
from apps.invoices.models import Invoice

register = template.Library()

SHORT_HASH = 12


@register.filter
def counts(line: dict[str, Any]) -> bool:
    """Whether a line opens into outcomes."""
    return find.counts(line)


@register.filter
def status_at(invoice: Invoice, at: datetime) -> str:
    """Its status at an instant, overdue included."""
    return invoice.status_at(at)


@register.filter
def day(value: str) -> str:
    """A day of the document, "2026-11-01", in the reader's words: 1 November 2026."""
    return format_date(date.fromisoformat(value), "long", locale=day_locale())


@register.filter
def period(value: dict[str, str]) -> str:
    """The days of a document's period, first to last: 1–30 Nov 2026."""
    first, last = date.fromisoformat(value["start"]), date.fromisoformat(value["last"])
    return str(format_interval(first, last, "yMMMMd", locale=day_locale()))


@register.filter
def country(code: str) -> str:
    """The name of a country by its two letters; the letters themselves where they name none."""
    return str(reader_locale().territories.get(code, code))


@register.filter
def address_lines(party: dict[str, Any]) -> list[str]:
    """A party's address as it stands on an envelope, its country last; what is missing is left out."""
    address = party["address"]
    places = town_lines(party["country"], *(address.get(name) for name in ("city", "region", "postal_code")))
    lines = [address.get("line1"), address.get("line2"), *places, country(party["country"])]
    return [line for line in lines if line]


def town_lines(where: str, city: str | None, region: str | None, code: str | None) -> list[str]:
    """Town, region and postal code in the order of the country, as the Universal Postal Union lists them.

    "Portland, ME 04101" in the United States, "Toronto ON M5V 2T6" in Canada and Australia, the code on a line of its
    own in the United Kingdom, and "20457 Hamburg" elsewhere.
    """
    if where == "US":
        return [", ".join(filter(None, [city, " ".join(filter(None, [region, code]))]))]
    if where in ("CA", "AU"):
        return [" ".join(filter(None, [city, region, code]))]
    if where == "GB":
        return [", ".join(filter(None, [city, region])), code or ""]
    return [", ".join(filter(None, [" ".join(filter(None, [code, city])), region]))]


@register.filter
def short_hash(value: str) -> str:
    """The first twelve characters of a hash: enough to tell versions apart."""
    return value[:SHORT_HASH]


@register.filter
def unit_in(noun: str, quantity: str) -> str:
    """The unit behind a quantity: with an English plural in English, as the vendor typed it in other languages."""
    return unit_for(noun, Decimal(quantity)) if reader_locale().language == "en" else noun


@register.filter
def is_some(value: str | None) -> bool:
    """Whether an amount is there and not zero."""
    return bool(value and Decimal(value))


@register.filter
def differs(one: str, other: str) -> bool:
    """Whether two figures are not the same number, however they are written."""
    return Decimal(one) != Decimal(other)


@register.filter
def less(value: str, currency: str) -> str:
    """A positive amount that is taken off: −12.00."""
    return amount(-Decimal(value), currency)


@register.filter
def unrounded_tax(tax: dict[str, str]) -> Decimal:
    """What a rate of its base is, before the rounding; for the reader who redoes it."""
    with exact():
        return Decimal(tax["base"]) * Decimal(tax["rate"]) / 100


@register.filter
def with_running_sums(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines, each with `running`: the sum of amounts up to it, carried from page to page."""
    with exact():
        sums = accumulate(Decimal(line["amount"]) for line in document["lines"])
        return [line | {"running": running} for line, running in zip(document["lines"], sums, strict=True)]
