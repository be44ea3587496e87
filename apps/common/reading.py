"""Reads a JSON object from outside field by field and collects all that is wrong with it, each with its path."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale
from django.core.exceptions import ValidationError

from apps.common.addresses import LONGEST, check_address
from apps.common.instants import day_from
from apps.common.money import is_whole, minor_digits, padded
from apps.common.numbers import decimal_from
from apps.common.periods import zone
from apps.common.text import CODE

Json = dict[str, object]

# What writing needs and Python calls not printable: line breaks, the spaces of other scripts (a name in Japanese has
# an ideographic one, French amounts a no-break one) and the joiners within words of Persian and of Indian languages.
_IN_TEXTS = dict.fromkeys(map(ord, "\n\r\t\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\u200c\u200d"))

_PLACEHOLDER = Decimal(0)
_NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "ZZ"}
COUNTRIES = {str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code))} - _NO_COUNTRIES


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `path` is like "prices[1].tiers[0].up_to", and "" for the object as a whole."""

    path: str
    code: str
    message: str


class InvalidInput(ValueError):
    """The JSON is not what it should be; `problems` says all that is wrong, in the order of reading."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.path or 'body'}: {p.message}" for p in self.problems))


class Fields:
    """One JSON object.

    Each read notes a problem instead of raising and then answers with a placeholder, so that one pass finds
    them all; whoever began the reading ends it with `raise_if_any`. null and absent mean the same.
    """

    def __init__(self, data: object, path: str = "", parent: "Fields | None" = None) -> None:
        self.path = path
        self.problems: list[Problem] = parent.problems if parent else []
        self.currency: str | None = parent.currency if parent else None
        self._known: set[str] = set()
        self._data: Mapping[str, object] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.problems.append(Problem(path, "not_an_object", "must be an object"))

    def fail(self, name: str, code: str, message: str) -> None:
        """Note a problem of the field `name`."""
        self.problems.append(Problem(self._at(name), code, message))

    def _at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def given(self, name: str) -> bool:
        """Whether the field is there and not null."""
        self._known.add(name)
        return self._data.get(name) is not None

    def _required(self, name: str) -> bool:
        if not self.given(name):
            self.fail(name, "required", "is required")
        return self.given(name)

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """A decimal that is not negative; required where there is no default."""
        if not self.given(name) and default is not None:
            return default
        if not self._required(name):
            return _PLACEHOLDER
        try:
            value = decimal_from(self._data[name])
        except ValueError as error:
            self.fail(name, "invalid_number", str(error))
            return _PLACEHOLDER
        if value < 0:
            self.fail(name, "negative", "must not be negative")
            return _PLACEHOLDER
        return value

    def positive(self, name: str) -> Decimal:
        """A required decimal above zero."""
        noted = len(self.problems)
        value = self.number(name)
        if value == 0 and len(self.problems) == noted:
            self.fail(name, "not_positive", "must be more than zero")
        return value

    def price(self, name: str, default: Decimal | None = None) -> Decimal:
        """An amount for each of something: up to 12 decimals, held with at least the currency's own."""
        value = self.number(name, default)
        return padded(value, self.currency) if self.currency else value

    def money(self, name: str, default: Decimal | None = None) -> Decimal:
        """An amount that is charged as it stands: in whole minor units of the currency."""
        value = self.price(name, default)
        if self.currency and not is_whole(value, self.currency):
            digits = minor_digits(self.currency)
            self.fail(name, "too_fine", f"must have at most {digits} decimals, as {self.currency} has")
        return value

    def money_or_none(self, name: str) -> Decimal | None:
        """As `money`, or None where the field is not given."""
        return self.money(name) if self.given(name) else None

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The fields `minimum` and `maximum`, each of them optional."""
        minimum, maximum = self.money_or_none("minimum"), self.money_or_none("maximum")
        if minimum is not None and maximum is not None and maximum < minimum:
            self.fail("maximum", "below_minimum", "must not be below the minimum")
        return minimum, maximum

    def code(self, name: str) -> str:
        """A required code, as outcome definitions have them."""
        value = self._data.get(name)
        if self._required(name) and not (isinstance(value, str) and CODE.fullmatch(value)):
            self.fail(name, "invalid_code", "must be 1 to 128 letters, digits or any of . _ : @ -")
        return str(value)

    def choice[T: str](self, name: str, options: Iterable[T]) -> T | None:
        """One of the options; None, with its problem noted, for anything else."""
        value = self._data.get(name)
        found = next((option for option in options if option == value), None)
        if self._required(name) and found is None:
            self.fail(name, "unknown_value", f"must be one of: {', '.join(options)}")
        return found

    def read_currency(self) -> str:
        """The field `currency`, by whose minor unit this object's amounts are judged from here on."""
        value = self._data.get("currency")
        if self._required("currency"):
            try:
                minor_digits(str(value))
                self.currency = str(value)
            except ValueError as error:
                self.fail("currency", "unknown_currency", str(error))
        return str(value)

    def object(self, name: str) -> "Fields":
        """The object in the field `name`, which must be there."""
        return Fields(self._data[name] if self._required(name) else {}, self._at(name), self)

    def objects(self, name: str, *, required: bool = False) -> list["Fields"]:
        """The objects of the list in the field `name`; at least one where it is required."""
        items = self._data[name] if self.given(name) else []
        if not isinstance(items, list):
            self.fail(name, "not_a_list", "must be a list")
            return []
        if required and not items:
            self.fail(name, "required", "must be a list of at least one")
        return [Fields(item, f"{self._at(name)}[{index}]", self) for index, item in enumerate(items)]

    def names(self) -> list[str]:
        """The names of the fields that are there, for an object whose names are free."""
        return list(self._data)

    def finish(self) -> None:
        """Note every field that was never asked for: a name this object does not have."""
        for name in self._data:
            if name not in self._known:
                self.fail(name, "unknown_field", "is not a field here")

    def raise_if_any(self) -> None:
        """End the reading of the whole: note fields that don't exist, and raise InvalidInput if anything is wrong."""
        self.finish()
        if self.problems:
            raise InvalidInput(self.problems)

    def text(self, name: str, longest: int, default: str | None = None, *, verbatim: bool = False) -> str:
        """A string of 1 to `longest` printable characters (and line breaks); required where there is no default.

        Spaces around it are cut off. What is `verbatim`, such as a type as an event was sent with, is read as events
        are: nothing is cut off, and it has one line.
        """
        if not self.given(name) and default is not None:
            return default
        value = self._data.get(name)
        if not self._required(name):
            return ""
        if not isinstance(value, str):
            self.fail(name, "wrong_type", "must be a string")
            return ""
        text = value if verbatim else value.strip()
        if not 1 <= len(text) <= longest:
            self.fail(name, "length", f"must have 1 to {longest} characters")
        elif not (text if verbatim else text.translate(_IN_TEXTS)).isprintable():
            self.fail(name, "not_printable", "must be printable characters")
        else:
            return text
        return ""

    def text_or_none(self, name: str, longest: int, *, verbatim: bool = False) -> str | None:
        """As `text`, or None where the field is not given."""
        return self.text(name, longest, verbatim=verbatim) if self.given(name) else None

    def event_type(self, name: str) -> str:
        """A required type of events, without spaces around it."""
        value = self._data.get(name)
        if isinstance(value, str):
            self._data = {**self._data, name: value.strip()}
        return self.text(name, 128, verbatim=True)

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        if not self.given(name):
            return default
        value = self._data[name]
        if not isinstance(value, bool):
            self.fail(name, "wrong_type", "must be true or false")
            return default
        return value

    def whole(self, name: str, default: int, *, most: int) -> int:
        """A whole number from 0 to `most`."""
        if not self.given(name):
            return default
        value = self._data[name]
        if isinstance(value, bool) or not isinstance(value, int):
            self.fail(name, "wrong_type", "must be a whole number")
        elif not 0 <= value <= most:
            self.fail(name, "out_of_range", f"must be 0 to {most}")
        else:
            return value
        return default

    def day(self, name: str) -> date:
        """A required date, YYYY-MM-DD."""
        value = self._data.get(name)
        if self._required(name):
            try:
                return day_from(value)
            except ValueError as error:
                self.fail(name, "invalid_date", str(error))
        return date.min

    def email(self, name: str) -> str:
        """A required e-mail address."""
        value = self.text(name, LONGEST)
        if value:
            try:
                check_address(value)
            except ValidationError:
                self.fail(name, "invalid_email", "must be an e-mail address, with a domain that mail can be sent to")
        return value

    def time_zone(self, name: str) -> str:
        """A required time zone of the IANA database."""
        value = self.text(name, 64)
        if value:
            try:
                zone(value)
            except ValueError as error:
                self.fail(name, "unknown_time_zone", str(error))
        return value

    def country(self, name: str) -> str:
        """A required country by its two letters of ISO 3166."""
        value = self.text(name, 2)
        if value and value not in COUNTRIES:
            self.fail(name, "unknown_country", f"{value!r} is not a country code of ISO 3166 such as US")
        return value
