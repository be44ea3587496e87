"""Tax ids: which form and check digits each country's have, checked and written in one way. By python-stdnum.

A country whose ids nobody checks, or that has more kinds than we know, takes them as they are typed.
"""

from functools import cache, lru_cache
from typing import Any

from stdnum import exceptions, get_cc_module
from stdnum.br import cnpj, cpf
from stdnum.ch import uid
from stdnum.ch import vat as swiss_vat
from stdnum.no import mva, orgnr
from stdnum.us import ein

from apps.common.locales import country_name
from apps.taxes.europe import EU, vat_prefix

OTHERS: dict[str, tuple[Any, ...]] = {
    "BR": (cnpj, cpf),
    "CH": (swiss_vat, uid),
    "LI": (swiss_vat, uid),
    "NO": (mva, orgnr),
}
"""Countries with more than the one kind of number that stdnum names as theirs."""

CHECKED = frozenset(
    ["AR", "AU", "BR", "CA", "CH", "CL", "CO", "GB", "IN", "IS", "JP", "KR", "LI", "MX", "NO", "NZ", "TW"]
)
"""Countries outside the Union whose ids are checked: those where every business has one of a form with check digits."""

WORDS: dict[str, tuple[str, ...]] = {"AU": ("ABN",), "CA": ("BN",), "IN": ("GSTIN",), "JP": ("T",), "NZ": ("GST",)}
"""What people write before the number itself."""


class InvalidTaxId(ValueError):
    """A tax id that can't be one of its country; the message says what is wrong with it."""


def checked(country: str, text: str) -> str:
    """The tax id as it stands on documents: "de 136 695 976" is DE136695976. Raises InvalidTaxId.

    Empty stays empty. VAT numbers of the Union and of Britain carry their prefix, others are grouped as their country
    does.
    """
    typed = " ".join(text.split())
    if not typed:
        return ""
    if country in EU:
        return _vat(country, vat_prefix(country), typed)
    if country == "GB":
        return _vat(country, "XI" if typed.upper().startswith("XI") else "GB", typed)
    if country == "US":
        return ein.format(ein.compact(typed)) if ein.is_valid(typed) else typed
    return _other(country, typed) if country in CHECKED else typed


@lru_cache(maxsize=65_536)
def is_eu_vat_id(country: str, text: str) -> bool:
    """Whether this is a well-formed VAT number of this member state. Whether it is in force only VIES can tell."""
    if country not in EU or not text:
        return False
    try:
        checked(country, text)
    except InvalidTaxId:
        return False
    return True


def _vat(country: str, prefix: str, typed: str) -> str:
    letters = typed.upper()
    bare = letters.removeprefix("XI") if prefix == "XI" else letters
    module = _modules(country)[0]
    return prefix + _valid(country, (module,), bare)[1].removeprefix(prefix)


def _other(country: str, typed: str) -> str:
    bare, word = typed.upper(), ""
    for known in WORDS.get(country, ()):
        if bare.startswith(known):
            word, bare = known, bare.removeprefix(known).lstrip(" :.-")
    module, number = _valid(country, _modules(country), bare)
    written = str(module.format(number)) if hasattr(module, "format") else number
    return f"T{number}" if word == "T" else written


@cache
def _modules(country: str) -> tuple[Any, ...]:
    found = get_cc_module(country.lower(), "vat")
    return OTHERS.get(country) or ((found,) if found else ())


def _valid(country: str, modules: tuple[Any, ...], number: str) -> tuple[Any, str]:
    """The module that knows the number, and its compact form."""
    wrong: list[Exception] = []
    for module in modules:
        try:
            return module, str(module.validate(number))
        except exceptions.ValidationError as error:
            wrong.append(error)
    raise InvalidTaxId(f"{number} is not a tax id of {country_name(country)}: {_why(wrong[0])}")


def _why(error: Exception) -> str:
    if isinstance(error, exceptions.InvalidLength):
        return "it has too few or too many characters."
    if isinstance(error, exceptions.InvalidChecksum):
        return "its check digit does not fit, so a digit is mistyped."
    return "it is not of the form that they have there."
