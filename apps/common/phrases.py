"""Texts with values in them, said in English or in another language: "{quantity} at {amount}".

Texts are msgids of the catalogs in locale/: the extractor takes the first argument of `phrase`, and the first two of
`phrases`. A phrase is plain data, so that what makes it knows neither language nor locale.
"""

from dataclasses import dataclass
from decimal import Decimal

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
        where = Locale.parse(locale.replace("-", "_"))
        with override(where.language):
            return self._told(where)

    def _told(self, where: Locale) -> str:
        template = ngettext(self.text, self.plural, self.count) if self.plural else gettext(self.text)
        return template.format(**{name: _in_locale(value, where) for name, value in self.values})


def phrase(text: str, **values: Value) -> Phrase:
    """A text with its values."""
    return Phrase(text, tuple(values.items()))


def phrases(text: str, plural: str, count: int, **values: Value) -> Phrase:
    """A text for one and a text for many, with their values."""
    return Phrase(text, tuple(values.items()), plural, count)


def written(number: Decimal, where: Locale) -> str:
    """The number with the locale's grouping and decimal mark, and every digit that it holds."""
    pattern = parse_pattern(where.decimal_formats[None].pattern)
    decimals = max(-int(number.as_tuple().exponent), 0)
    pattern.frac_prec = (decimals, decimals)
    with exact():
        return str(pattern.apply(number, where))


def _in_english(value: Value) -> str:
    if isinstance(value, Phrase):
        return value.english()
    return value if isinstance(value, str) else f"{value:,f}" if isinstance(value, Decimal) else f"{value:,d}"


def _in_locale(value: Value, where: Locale) -> str:
    if isinstance(value, Phrase):
        return value._told(where)
    return value if isinstance(value, str) else written(Decimal(value), where)
