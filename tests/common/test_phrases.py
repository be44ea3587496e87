"""Phrases: one text in English and in the reader's language, numbers in their own digits."""

from decimal import Decimal

import pytest

from apps.common.phrases import Phrase, phrase, phrases

PRICE = phrase("{quantity} at {amount}", quantity=Decimal("1234.5"), amount=Decimal("0.990"))


def packages(count: int) -> Phrase:
    return phrases("{packages} package", "{packages} packages", count, packages=count)


def test_english_groups_thousands_and_keeps_every_digit() -> None:
    assert PRICE.english() == "1,234.5 at 0.990"


def test_english_is_what_an_english_reader_is_told() -> None:
    assert PRICE.told("en_US") == PRICE.english()


@pytest.mark.parametrize(
    ("locale", "number"), [("de", "1.234,5"), ("de-CH", "1’234.5"), ("fr_FR", "1\u202f234,5"), ("es", "1.234,5")]
)
def test_numbers_are_written_as_the_readers_locale_writes_them(locale: str, number: str) -> None:
    assert phrase("{quantity}", quantity=Decimal("1234.5")).told(locale) == number


@pytest.mark.parametrize(("count", "text"), [(0, "0 packages"), (1, "1 package"), (1200, "1,200 packages")])
def test_a_count_chooses_the_text(count: int, text: str) -> None:
    assert (packages(count).english(), packages(count).told("en")) == (text, text)


def test_a_phrase_stands_in_another() -> None:
    whole = phrase("{whole}, {part}/{all} of it", whole=PRICE, part=300, all=400)
    assert whole.english() == "1,234.5 at 0.990, 300/400 of it"
    assert "1.234,5" in whole.told("de")


def test_thirty_digits_are_told_to_the_last() -> None:
    long = Decimal("123456789012345678.123456789012")
    assert phrase("{n}", n=long).told("de") == "123.456.789.012.345.678,123456789012"


def test_equal_numbers_are_told_each_with_its_own_digits() -> None:
    """What a locale made of one number is kept; 0.9 and 0.90 are equal, and two prices."""
    told = [phrase("{n}", n=Decimal(digits)).told("de") for digits in ("0.9", "0.90", "0.9", "1E+3", "1000.0")]
    assert told == ["0,9", "0,90", "0,9", "1.000", "1.000,0"]


def test_a_text_is_told_in_each_language_though_it_was_told_in_another() -> None:
    fee = phrase("Base fee")
    assert [fee.told(locale) for locale in ("en", "de", "de-AT", "en")] == [
        "Base fee",
        "Grundgebühr",
        "Grundgebühr",
        "Base fee",
    ]


def test_braces_in_a_name_stay_as_they_are() -> None:
    assert phrase("{quantity} {dimension} included", quantity=1, dimension="{email}").english() == "1 {email} included"
