"""The PDF of an invoice: its frozen document in, bytes out. No query, no clock, no network.

The same document gives the same bytes: the dates in the file are those of the invoice, and its identifier comes of its
content.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

STATIC = Path(settings.BASE_DIR) / "static"
FONTS = {
    f"counterfoil:Inter-{weight}.woff2": STATIC / "fonts" / f"Inter-{weight}.woff2"
    for weight in ("Regular", "Medium", "SemiBold")
}
"""The only files that a document may name."""

LANGUAGE = "en"
"""The language of documents: that of their frozen texts."""

VARIANT = "pdf/ua-1"


class PdfUnavailable(RuntimeError):
    """This machine can't make PDFs: the library Pango is missing. All else works without it."""

    def __init__(self, cause: object) -> None:
        super().__init__(
            f"PDFs need the library Pango, which was not found ({cause}). Install it (Debian, Ubuntu: libpango-1.0-0 "
            "and libpangoft2-1.0-0; Fedora: pango; macOS: brew install pango) and start Counterfoil again."
        )


def render(document: Mapping[str, Any]) -> bytes:
    """The document as a tagged PDF on A4. Raises PdfUnavailable where the machine lacks Pango."""
    weasyprint = _weasyprint()
    with translation.override(LANGUAGE):
        page = render_to_string("invoices/pdf.html", {"document": document})
    fonts = _fonts()
    sheets = [weasyprint.CSS(string=text, url_fetcher=_fetcher(), font_config=fonts) for text in _stylesheets()]
    content: bytes = weasyprint.HTML(string=page, url_fetcher=_fetcher()).write_pdf(
        stylesheets=sheets,
        font_config=fonts,
        pdf_variant=VARIANT,
        pdf_identifier=identifier(document),
    )
    return content


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


def _fonts() -> Any:
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    return FontConfiguration()


def _stylesheets() -> list[str]:
    return [(STATIC / "invoice.css").read_text(), render_to_string("invoices/print.css")]


@cache
def _fetcher() -> Any:
    """Hands out our typeface and nothing else: a document can't make the server read a file or call an address."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415

    class OwnFonts(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url not in FONTS:
                raise FatalURLFetchingError(f"An invoice may not load {url}.")
            return URLFetcherResponse(url, FONTS[url].read_bytes())

    return OwnFonts()
