"""Locales of documents: a language that texts are written in, and a region whose formats they follow ("de-AT")."""

from contextlib import AbstractContextManager
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
from django.utils import translation

LANGUAGES = ("en", "de", "fr", "es")
"""The languages that documents and mails are written in."""

US_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
"""Countries that print on US Letter, all others on A4: CLDR, supplemental data, paperSize (Babel does not carry it)."""


@lru_cache(maxsize=1024)
def known_locale(text: str) -> str:
    """The locale as it is kept: "de_at" is "de-AT". Raises ValueError, fit for the client, for one of no use here."""
    try:
        locale = Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{text!r} is not a locale such as de-AT") from None
    if locale.language not in LANGUAGES:
        raise ValueError(f"documents are written in {', '.join(LANGUAGES)}; choose one of these, such as en or de-AT")
    return "-".join(filter(None, [locale.language, locale.territory]))


def resolve(*wishes: str) -> str:
    """The first locale that is wished for and known; English where none is."""
    for wish in filter(None, wishes):
        try:
            return known_locale(wish)
        except ValueError:
            continue
    return "en"


def speaking(locale: str) -> AbstractContextManager[None]:
    """A block in which texts are said, and figures and days written, as readers of the locale do."""
    return translation.override(locale.lower())


def paper_of(country: str) -> str:
    """The paper that a country prints on: "Letter" or "A4"."""
    return "Letter" if country in US_LETTER else "A4"


@lru_cache(maxsize=1)
def choices() -> list[tuple[str, str]]:
    """(locale, its own name for itself) of every locale there is, by language: "Deutsch (Österreich)"."""
    plain = {known_locale(one) for one in locale_identifiers() if one.split("_")[0] in LANGUAGES}
    named = [(one, named_locale(one)) for one in plain]
    return sorted(named, key=lambda pair: (LANGUAGES.index(pair[0][:2]), len(pair[0]) > 2, pair[1]))


def named_locale(locale: str) -> str:
    """What a locale calls itself."""
    name = Locale.parse(locale.replace("-", "_")).display_name or locale
    return name[:1].upper() + name[1:]


def country_name(code: str, locale: str = "en") -> str:
    """The name of a country by its two letters; the letters themselves where they name none."""
    return str(Locale.parse(locale.replace("-", "_")).territories.get(code, code))
