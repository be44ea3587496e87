"""Texts with values in them, said in English or in another language: "{quantity} at {amount}".

Texts are msgids of the catalogs in locale/: the extractor takes the first argument of `phrase`, and the first two of
`phrases`. A phrase is plain data, so that what makes it knows neither language nor locale. How a language says a text
and a locale writes a number is kept: documents of one tenant say much the same.
"""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import parse_pattern
from django.utils.translation import gettext, ngettext, override

from apps.common.money import exact

type Value = Decimal | int | str | "Phrase"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text, and what stands in its places: a number with the digits it is to be shown with, a name, or a phrase.

    With `plural` the text depends on the whole number `count`.
    """

    text: str
    values: tuple[tuple[str, Value], ...] = ()
    plural: str = ""
    count: int = 1

    def english(self) -> str:
        """The text in English, whoever reads: 1,234.50."""
        template = self.plural if self.plural and self.count != 1 else self.text
        return template.format(**{name: _in_english(value) for name, value in self.values})

    def told(self, locale: str) -> str:
        """The text in the language of `locale` ("de", "fr_CH"), numbers as its readers write them: 1.234,50."""
        template = self._in(_locale(locale).language)
        return template.format(**{name: _in_locale(value, locale) for name, value in self.values})

    def _in(self, language: str) -> str:
        if not self.plural:
            return _translated(self.text, language)
        with override(language):
            return ngettext(self.text, self.plural, self.count)


def phrase(text: str, **values: Value) -> Phrase:
    """A text with its values."""
    return Phrase(text, tuple(values.items()))


def phrases(text: str, plural: str, count: int, **values: Value) -> Phrase:
    """A text for one and a text for many, with their values."""
    return Phrase(text, tuple(values.items()), plural, count)


@lru_cache(maxsize=1024)
def _locale(name: str) -> Locale:
    return Locale.parse(name.replace("-", "_"))


@lru_cache(maxsize=4096)
def _translated(text: str, language: str) -> str:
    with override(language):
        return gettext(text)


@lru_cache(maxsize=8192)
def _written(digits: str, locale: str) -> str:
    """A plain number with the locale's grouping and decimal mark, and every digit that it holds."""
    where, decimals = _locale(locale), len(digits.partition(".")[2])
    pattern = parse_pattern(where.decimal_formats[None].pattern)
    pattern.frac_prec = (decimals, decimals)
    with exact():
        return str(pattern.apply(Decimal(digits), where))


def _in_english(value: Value) -> str:
    if isinstance(value, Phrase):
        return value.english()
    return value if isinstance(value, str) else f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"


def _in_locale(value: Value, locale: str) -> str:
    if isinstance(value, Phrase):
        return value.told(locale)
    return value if isinstance(value, str) else _written(f"{Decimal(value):f}", locale)
