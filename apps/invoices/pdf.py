"""The PDF of an invoice or a credit note: its frozen document in, bytes out. No query, no clock, no network.

The same document gives the same bytes: the dates in the file are those of the invoice, and its identifier comes of its
content.
"""

import atexit
import hashlib
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache, lru_cache
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from apps.common.locales import speaking

STATIC = Path(settings.BASE_DIR) / "static"
FONTS = {
    f"counterfoil:Inter-{weight}.woff2": STATIC / "fonts" / f"Inter-{weight}.woff2"
    for weight in ("Regular", "Medium", "SemiBold")
}
"""The only files that a document may name."""

LOGO = "counterfoil:logo"
"""What the document's page calls the tenant's logo."""

ACCENT = "#1f5c45"
VARIANT = "pdf/ua-1"


class PdfUnavailable(RuntimeError):
    """This machine can't make PDFs: the library Pango is missing. All else works without it."""

    def __init__(self, cause: object) -> None:
        super().__init__(
            f"PDFs need the library Pango, which was not found ({cause}). Install it (Debian, Ubuntu: libpango-1.0-0 "
            "and libpangoft2-1.0-0; Fedora: pango; macOS: brew install pango) and start Counterfoil again."
        )


def render(document: Mapping[str, Any], logo: bytes | None = None) -> bytes:
    """The document as a tagged PDF in its own language and on its own paper; `logo` is the picture that it names.

    Raises PdfUnavailable where the machine lacks Pango.
    """
    weasyprint = _weasyprint()
    page, paper = written(document, with_logo=logo is not None)
    html = weasyprint.HTML(string=page, url_fetcher=fetcher(logo))
    with _ONE_AT_A_TIME:
        sheets, fonts = _sheets()
        content: bytes = html.write_pdf(
            stylesheets=[*sheets, weasyprint.CSS(string=paper, url_fetcher=fetcher(None))],
            font_config=fonts,
            **options(document),
        )
    return content


def written(document: Mapping[str, Any], *, with_logo: bool = False) -> tuple[str, str]:
    """The document's page as HTML, and the style sheet of its own: its paper, its colour, the words at the foot."""
    look = {"paper": document.get("paper") or "A4", "accent": document.get("accent") or ACCENT}
    with speaking(document.get("locale") or "en"):
        page = render_to_string("invoices/pdf.html", {"document": document, "logo": with_logo})
        return page, render_to_string("invoices/paper.css", look)


def shared_styles() -> list[str]:
    """The style sheets that all documents have in common."""
    return [(STATIC / "invoice.css").read_text(), render_to_string("invoices/print.css")]


def options(document: Mapping[str, Any]) -> dict[str, Any]:
    """What WeasyPrint is told of the file that it writes."""
    return {"pdf_variant": VARIANT, "pdf_identifier": identifier(document)}


def identifier(document: Mapping[str, Any]) -> bytes:
    """The file's identifier: 16 bytes that are the same for the same document."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()[:16]


def _weasyprint() -> Any:
    try:
        with redirect_stdout(StringIO()):  # where it fails it prints a page of advice; the error has ours
            import weasyprint  # noqa: PLC0415  # it loads Pango, which a machine may lack
    except OSError as error:
        raise PdfUnavailable(error) from None
    return weasyprint


_ONE_AT_A_TIME = Lock()
"""Threads take turns: they share a font configuration, and Python runs one of them at a time anyway."""


@cache
def _sheets() -> tuple[list[Any], Any]:
    """The style sheets that all documents share, and the typeface that they bring.

    Read once by each process: that takes longer than a page. At the end the typeface's temporary files are removed.
    """
    from weasyprint import CSS  # noqa: PLC0415
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    atexit.register(_sheets.cache_clear)
    fonts = FontConfiguration()
    return [CSS(string=text, url_fetcher=fetcher(None), font_config=fonts) for text in shared_styles()], fonts


@lru_cache(maxsize=16)
def fetcher(logo: bytes | None) -> Any:
    """Hands out our typeface and the logo, no more: a document can't make the server read a file or call an address.

    Kept, because WeasyPrint prepares each for HTTPS, which takes longer than to read a style sheet.
    """
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class Own(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url == LOGO and logo is not None:
                return URLFetcherResponse(url, logo)
            if url not in FONTS:
                raise FatalURLFetchingError(f"An invoice may not load {url}.")
            return URLFetcherResponse(url, FONTS[url].read_bytes())

    return Own()
