"""The pages of a long invoice: what is carried from one to the next, heads, bookmarks, and how it was computed."""

import re
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from apps.invoices import pdf
from tests.invoices.documents import document, fee, line

AMOUNT = r"([\d,]+\.\d\d) USD"


@cache
def long_invoice() -> list[str]:
    """The text of each page of 150 lines, as far as the slip."""
    total = str(99 + 149 * Decimal("1298.88"))
    content = document(lines=[fee(), *[line(f"Queue {n}") for n in range(149)]], subtotal=total, total=total)
    texts = [page.extract_text() for page in PdfReader(BytesIO(pdf.render(content))).pages]
    last = next(number for number, text in enumerate(texts) if "The counterfoil" in text)
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts[: last + 1]]


def amounts(words: str) -> list[Decimal | None]:
    """What each page carries or brings forward."""
    found = [re.search(rf"{words}\s+{AMOUNT}", text) for text in long_invoice()]
    return [Decimal(one[1].replace(",", "")) if one else None for one in found]


def lines_through(page: int) -> Decimal:
    """The sum of the lines on the pages up to this one."""
    shown = sum(len(re.findall(r"Queue \d+", text)) for text in long_invoice()[: page + 1])
    return 99 + shown * Decimal("1298.88")


def test_each_page_carries_the_sum_of_the_lines_so_far_but_for_the_last() -> None:
    pages = range(len(long_invoice()) - 1)
    assert amounts("Carried forward") == [*[lines_through(page) for page in pages], None]


def test_each_page_begins_with_what_the_one_before_carried() -> None:
    assert amounts("Brought forward") == [None, *amounts("Carried forward")[:-1]]


def test_every_page_with_lines_has_the_head_of_the_table() -> None:
    assert len(long_invoice()) > 5
    assert all("Description" in text for text in long_invoice())


def test_nothing_is_carried_on_an_invoice_of_one_page() -> None:
    texts = [page.extract_text() for page in PdfReader(BytesIO(pdf.render(document()))).pages]
    assert not [text for text in texts if "forward" in text]


@pytest.mark.parametrize("lines", range(6, 11))
def test_the_slip_is_never_alone_on_a_page(lines: int) -> None:
    """Around as many lines as fill a page: what does not fit with the slip goes over with it, the last line too."""
    pages = PdfReader(BytesIO(pdf.render(document(lines=[line(f"Queue {n}") for n in range(lines)])))).pages
    [with_slip] = [text for text in (page.extract_text() for page in pages) if "The counterfoil" in text]
    assert "Subtotal" in with_slip
    assert f"Queue {lines - 1}" in with_slip


def test_notes_longer_than_a_page_are_all_there() -> None:
    content = document(footer="\n".join(f"Clause {n}" for n in range(120)))
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.render(content))).pages)
    assert all(f"Clause {n}" in text for n in range(120))
    assert "The counterfoil" in text


@pytest.mark.parametrize(
    ("locale", "foot", "top"),
    [("de", "Übertrag", "Übertrag"), ("fr", "À reporter", "Report"), ("es", "Suma y sigue", "Suma anterior")],
)
def test_it_is_carried_in_the_language_of_the_document(locale: str, foot: str, top: str) -> None:
    content = document(locale=locale, lines=[line(f"Queue {n}") for n in range(40)])
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf.render(content))).pages]
    assert foot in pages[0]
    assert top in pages[1]


def outline(content: dict[str, Any]) -> list[str]:
    def titles(items: list[Any]) -> list[str]:
        return [
            name for one in items for name in (titles(one) if isinstance(one, list) else [" ".join(one.title.split())])
        ]

    return titles(PdfReader(BytesIO(pdf.render(content))).outline)


def test_bookmarks_lead_to_the_document_and_to_how_each_line_was_computed() -> None:
    found = outline(document())
    assert found[0] == "Invoice CF-2026-0001"
    assert "How this was computed" in found
    assert [one for one in found if one.startswith("Resolved ticket")]


def test_the_computation_shows_each_step_unrounded_and_then_the_rounding() -> None:
    step = {"text": "733.333333 at 0.017", "quantity": "733.333333", "unit_amount": "0.017", "amount": "12.466666661"}
    one = line("Minutes", quantity="733.333333", amount="12.47", amount_exact="12.466666661", breakdown=[step])
    computed = PdfReader(BytesIO(pdf.render(document(lines=[one])))).pages[1].extract_text()
    for said in ["733.333333 at 0.017", "12.466666661", "Sum, not rounded", "Rounded, half up", "12.47"]:
        assert said in computed


def test_a_line_that_counted_nothing_says_so_instead_of_an_empty_table() -> None:
    none = line("Booked meeting", quantity="0", amount="0.00", amount_exact="0", breakdown=[], definitions=[])
    computed = PdfReader(BytesIO(pdf.render(document(lines=[none])))).pages[1].extract_text()
    assert "Nothing was counted in this period" in computed
    assert "Amount of the line" not in computed


def test_the_computation_shows_a_tax_before_its_rounding() -> None:
    tax = {"name": "VAT", "rate": "7.7", "base": "1397.88", "amount": "107.64"}
    content = document(taxes=[tax], tax="107.64", total="1505.52")
    computed = PdfReader(BytesIO(pdf.render(content))).pages[1].extract_text()
    assert "VAT: 7.7% of 1,397.88" in computed
    assert "107.63676" in computed


def test_how_the_total_was_computed_stays_on_one_page() -> None:
    """A fee in 31 steps leaves room for the head and the first row of it."""
    step = {"text": "1 at 99.00", "quantity": "1", "unit_amount": "99", "amount": "99"}
    content = document(lines=[fee() | {"breakdown": [step] * 31}])
    last = PdfReader(BytesIO(pdf.render(content))).pages[-1].extract_text()
    assert re.search(r"Subtotal: all lines.*\nTotal", last, re.DOTALL)
