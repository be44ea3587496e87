"""What customers read, in every language: complete, in step with the code, and with its values in their places."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Message

from dev import messages

NAMES = re.compile(r"%\(\w+\)s|%%|(?<!\$)\{\w+\}")
TRANSLATED = [one for one in messages.LANGUAGES if one != messages.SOURCE]


def catalog(language: str) -> messages.Undated:
    return messages.read(messages.po(language).read_bytes(), language)


def texts(language: str) -> list[Message]:
    return [one for one in catalog(language) if one.id]


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_catalog_has_the_texts_of_the_code_and_no_others(language: str) -> None:
    """Mended by `make messages`."""
    assert {one.id for one in texts(language)} == {one.id for one in messages.collected() if one.id}


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_the_compiled_catalog_is_that_of_its_source(language: str) -> None:
    """Mended by `make messages`: no machine that runs Counterfoil needs gettext."""
    source = messages.po(language)
    assert source.with_suffix(".mo").read_bytes() == messages.compiled(source.read_bytes(), language)


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert messages.untranslated(catalog(language)) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_translation_has_the_values_of_its_text_and_no_others(language: str) -> None:
    wrong = []
    for one in texts(language):
        wanted = Counter(NAMES.findall(messages.several(one.id)[-1]))
        wrong += [text for text in messages.several(one.string or "") if Counter(NAMES.findall(text)) != wanted]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_breaks_no_markup(language: str) -> None:
    """Texts stand in attributes, and in the strings of a style sheet."""
    assert [
        one.id for one in texts(language) for text in messages.several(one.string or "") if set(text) & set('<>"\\')
    ] == []


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("Invoice", "Rechnung"),
        ("Carried forward", "Übertrag"),
        (("{packages} package of {size} at {amount}", "{packages} packages of {size} at {amount}"), None),
    ],
)
def test_texts_of_templates_and_of_phrases_are_found(text: str | tuple[str, ...], german: str | None) -> None:
    found = {one.id: one.string for one in texts("de")}
    assert found[text] == (german or found[text])
