"""Currencies, countries and time zones as a select offers them."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from iso4217 import Currency

from apps.common.money import minor_digits
from apps.common.reading import COUNTRIES

USUAL_CURRENCIES = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD")
AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
ENGLISH = Locale("en")
type Choices = list[tuple[str, str | list[tuple[str, str]]]]


@cache
def currencies() -> Choices:
    """Every currency that can be billed in, the usual ones first."""
    codes = sorted(currency.code for currency in Currency if _billable(currency.code))
    rest = [code for code in codes if code not in USUAL_CURRENCIES]
    return [("Usual", [_currency(code) for code in USUAL_CURRENCIES]), ("All", [_currency(code) for code in rest])]


def _billable(code: str) -> bool:
    try:
        minor_digits(code)
    except ValueError:
        return False
    return not code.startswith("X") or code in ("XAF", "XCD", "XOF", "XPF")


def _currency(code: str) -> tuple[str, str]:
    return code, f"{code}, {ENGLISH.currencies.get(code, code)}"


@cache
def countries() -> Choices:
    """Every country of ISO 3166, by its English name."""
    return sorted(((code, ENGLISH.territories[code]) for code in COUNTRIES), key=lambda one: one[1])


@cache
def time_zones() -> Choices:
    """Every place of the IANA database, by area, and UTC."""
    names = sorted(available_timezones())
    areas = [
        (area, [(name, name.partition("/")[2].replace("_", " ")) for name in names if name.startswith(f"{area}/")])
        for area in AREAS
    ]
    return [("UTC", "UTC"), *areas]
