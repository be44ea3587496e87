"""Locales of documents: which there are, how they are written, and the paper of a country."""

import pytest
from django.utils.translation import get_language

from apps.common import locales


@pytest.mark.parametrize(("typed", "kept"), [("de_at", "de-AT"), ("fr-CH", "fr-CH"), ("es-419", "es-419")])
def test_a_locale_is_a_language_and_a_region(typed: str, kept: str) -> None:
    assert locales.known_locale(typed) == kept


@pytest.mark.parametrize("typed", ["it-IT", "xx", "de-JP-x", "", "english", "-"])
def test_a_language_that_documents_are_not_written_in_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"locale|written in"):
        locales.known_locale(typed)


def test_the_first_known_wish_is_met() -> None:
    assert locales.resolve("", "fr-CH") == "fr-CH"
    assert locales.resolve("de", "fr") == "de"
    assert locales.resolve("it", "") == "en"


def test_a_block_speaks_the_locale() -> None:
    with locales.speaking("de-AT"):
        assert get_language() == "de-at"


def test_choices_name_themselves_in_their_own_language() -> None:
    named = dict(locales.choices())
    assert (named["de-AT"], named["fr-CH"], named["en"]) == ("Deutsch (Österreich)", "Français (Suisse)", "English")
    assert all(locales.known_locale(one) == one for one in named)


@pytest.mark.parametrize(("country", "paper"), [("US", "Letter"), ("CA", "Letter"), ("DE", "A4"), ("JP", "A4")])
def test_each_country_has_its_paper(country: str, paper: str) -> None:
    assert locales.paper_of(country) == paper
