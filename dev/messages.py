"""`make messages`: collect what documents and their mails say, and compile the translations.

Takes the texts of templates/invoices and templates/email, and the phrases of apps/, into locale/<language>/LC_MESSAGES.
A new text comes in untranslated (tests/house/test_messages.py names it); one that is gone goes. No gettext is needed.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from dev.home import CLONE

LOCALE = CLONE / "locale"
LANGUAGES = ("en", "de", "fr", "es")
SOURCE = "en"
TEMPLATES = ("templates/invoices", "templates/email")
KEYWORDS = {"phrase": None, "phrases": (1, 2), "gettext": None, "ngettext": (1, 2)}
HEADER = "# What customers read on documents and in mails. `make messages` keeps it in step with the code."


class Undated(Catalog):
    """A catalog that says nothing of when and by whom: the same texts make the same files."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        rule = f"nplurals={self.num_plurals}; plural={self.plural_expr};"
        kind = "text/plain; charset=utf-8"
        return [("Content-Type", kind), ("Language", str(self.locale)), ("Plural-Forms", rule)]


def sources() -> list[Path]:
    """Every file that may hold a text for customers."""
    templates = [path for folder in TEMPLATES for path in sorted((CLONE / folder).rglob("*.*"))]
    return [*templates, *sorted((CLONE / "apps").rglob("*.py"))]


def texts_of(path: Path) -> Iterator[str | tuple[str, ...]]:
    """The texts of one file; one for one and one for many are a pair."""
    text = path.read_text()
    if path.suffix != ".py":  # to Python's eyes a template is one call after another, at no depth
        text = "\n".join(line.strip() for line in templatize(text).splitlines())
    for _, message, _, _ in extract("python", BytesIO(text.encode()), keywords=KEYWORDS):
        if message:
            yield message


def collected() -> Catalog:
    """All texts, each with the files that it stands in."""
    found = Catalog(charset="utf-8")
    for path in sources():
        for message in texts_of(path):
            found.add(message, locations=[(path.relative_to(CLONE).as_posix(), 0)])
    return found


def po(language: str) -> Path:
    """The file that translators edit."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(text: bytes, language: str) -> Undated:
    """The catalog that a .po file holds."""
    catalog = Undated(locale=language)
    for one in read_po(BytesIO(text), locale=language):
        if one.id:
            catalog[one.id] = one
    return catalog


def updated(language: str) -> Undated:
    """The language's catalog with the texts that there are, and no others. English says what it is asked."""
    known = read(po(language).read_bytes() if po(language).exists() else b"", language)
    known.update(collected(), no_fuzzy_matching=True)
    known.obsolete.clear()
    if language == SOURCE:
        for one in known:
            one.string = one.id or one.string
    return known


def written(catalog: Undated) -> bytes:
    """The catalog as the text of a .po file."""
    body = BytesIO()
    write_po(body, catalog, width=120, omit_header=True, include_lineno=False, sort_by_file=True)
    head = "".join(f'"{name}: {value}\\n"\n' for name, value in catalog.mime_headers)
    return f'{HEADER}\nmsgid ""\nmsgstr ""\n{head}\n'.encode() + body.getvalue().strip() + b"\n"


def compiled(text: bytes, language: str) -> bytes:
    """The .mo of a .po."""
    body = BytesIO()
    write_mo(body, read(text, language))
    return body.getvalue()


def main() -> int:
    """Collect and compile; 1 if a translation is missing."""
    missing = 0
    for language in LANGUAGES:
        catalog = updated(language)
        text = written(catalog)
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(text)
        po(language).with_suffix(".mo").write_bytes(compiled(text, language))
        lacking = len(untranslated(catalog))
        missing += lacking
        print(f"{language}: {len(catalog)} texts, {lacking} to be translated")
    return 1 if missing else 0


def untranslated(catalog: Undated) -> list[Message]:
    """The texts that are not said in the language yet; of one for one and one for many, either."""
    return [one for one in catalog if one.id and not all(several(one.string or ""))]


def several(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """The forms of a text: one, or one for one and one for many."""
    return [text] if isinstance(text, str) else list(text)


if __name__ == "__main__":
    sys.exit(main())
