"""The PDF of a document: what it says, that it is the same bytes every time, and that it reaches for nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from apps.invoices import pdf
from tests.invoices.documents import credit_note, document, line

LONG_NAME = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft mbH & Co. KG"


def read(content: dict[str, Any]) -> PdfReader:
    return PdfReader(BytesIO(pdf.render(content)))


def text_of(content: dict[str, Any]) -> str:
    return "\n".join(page.extract_text() for page in read(content).pages)


@pytest.mark.parametrize(
    "said",
    [
        "CF-2026-0001",
        "Northwind Support AI",
        "Halden Outfitters",
        "1 December 2026",
        "31 December 2026",
        "1,412 ticket",
        "100 included",
        "1,312 at 0.99",
        "1,298.88",
        "1,397.88 USD",
        "Name the invoice number.",
        "9f2c4c0f7d5b",
        "Page 1 of 2",
    ],
)
def test_it_says(said: str) -> None:
    assert said in text_of(document()).replace("\N{NO-BREAK SPACE}", " ")


def test_a_short_invoice_has_one_page_that_ends_with_its_slip_and_one_of_how_it_was_computed() -> None:
    invoice, computed = (page.extract_text() for page in read(document()).pages)
    assert "The counterfoil" in invoice
    assert "How this was computed" in computed


def test_forty_lines_go_over_several_pages_under_the_same_head() -> None:
    pages = read(document(lines=[line(f"Tickets of queue {n}") for n in range(40)])).pages
    assert len(pages) > 2
    assert all("Description" in page.extract_text() for page in pages[:3])


def test_each_page_is_numbered() -> None:
    pages = read(document(lines=[line(f"Tickets of queue {n}") for n in range(40)])).pages
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page.extract_text()


def test_yen_have_no_decimals() -> None:
    said = text_of(document(currency="JPY", total="158400", subtotal="158400", tax="0", discount="0"))
    assert "158,400" in said
    assert "158,400." not in said


def test_a_long_name_is_broken_and_not_cut() -> None:
    said = text_of(document(buyer=document()["buyer"] | {"name": LONG_NAME}))
    assert LONG_NAME.replace(" ", "") in said.replace(" ", "").replace("\n", "")


def test_a_name_is_text_and_never_markup() -> None:
    said = text_of(document(buyer=document()["buyer"] | {"name": "<img src='file:///etc/passwd'> & Sons"}))
    assert "<img" in said


def test_its_dates_are_those_of_the_invoice() -> None:
    about = read(document()).metadata
    assert about is not None
    assert about.title == "Invoice CF-2026-0001"
    assert about.author == "Northwind Support AI"
    assert str(about.creation_date).startswith("2026-12-01")


def test_it_is_tagged_for_screen_readers() -> None:
    root = read(document()).trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert root["/Lang"] == "en"  # type: ignore[index]


SCRIPT = (
    "import django, json, sys; django.setup(); from apps.invoices.pdf import render;"
    "sys.stdout.buffer.write(render(json.load(sys.stdin)))"
)


@pytest.mark.parametrize("seed", ["0", "4711"])
@pytest.mark.parametrize("made", [document, credit_note])
def test_the_same_document_gives_the_same_bytes_in_another_process(
    made: Callable[[], dict[str, Any]], seed: str
) -> None:
    """Whatever was made before by this one, whose style sheets and typeface are kept."""
    pdf.render(document(locale="fr", paper="Letter", accent="#aa3300"))
    environment = os.environ | {"PYTHONHASHSEED": seed}
    said = json.dumps(made()).encode()
    other = subprocess.run([sys.executable, "-c", SCRIPT], input=said, capture_output=True, check=True, env=environment)
    assert other.stdout == pdf.render(made())


def test_another_document_has_another_identifier() -> None:
    assert pdf.identifier(document()) != pdf.identifier(document(number="CF-2026-0002"))


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:1/x.png", "counterfoil:../../manage.py"])
def test_it_fetches_nothing_but_its_own_typeface(address: str) -> None:
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        pdf.fetcher(None).fetch(address)


def test_without_pango_one_clear_error_says_what_to_install() -> None:
    script = (
        "import django, sys; django.setup(); from apps.invoices import pdf; import cffi;"
        "cffi.FFI.dlopen = lambda *a, **k: (_ for _ in ()).throw(OSError('cannot load library libpango'))\n"
        "try: pdf.render({})\n"
        "except pdf.PdfUnavailable as error: print(error)"
    )
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert other.stdout.startswith("PDFs need the library Pango")
