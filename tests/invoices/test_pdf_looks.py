"""What differs from document to document: language, paper, logo, colour, texts, taxes, and credit notes."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from apps.invoices import pdf
from tests.invoices.documents import credit_note, document, line
from tests.pictures import picture, png

WORDS = {
    "en": ["Invoice", "Billed to", "Period of service", "Due by", "1,397.88", "How this was computed", "Page 1 of 2"],
    "de": ["Rechnung", "Rechnungsempfänger", "Leistungszeitraum", "Zahlbar bis", "1.397,88", "So wurde gerechnet"],
    "fr": ["Facture", "Facturé à", "Période de prestation", "Échéance", "1 397,88", "Détail du calcul"],
    "es": ["Factura", "Facturado a", "Período de servicio", "Vencimiento", "1.397,88", "Cómo se ha calculado"],
}
A4, LETTER = (595, 842), (612, 792)


def reader(content: dict[str, Any], logo: bytes | None = None) -> PdfReader:
    return PdfReader(BytesIO(pdf.render(content, logo)))


def said(content: dict[str, Any]) -> str:
    text = "\n".join(page.extract_text() for page in reader(content).pages)
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("locale", WORDS)
def test_it_speaks_the_language_of_its_document(locale: str) -> None:
    text = said(document(locale=locale))
    assert [word for word in WORDS[locale] if word not in text] == []


@pytest.mark.parametrize(
    ("locale", "day"), [("en", "1 December 2026"), ("en-US", "December 1, 2026"), ("de-AT", "1. Dezember")]
)
def test_days_are_written_as_in_the_region(locale: str, day: str) -> None:
    assert day in said(document(locale=locale))


@pytest.mark.parametrize("locale", ["de", "fr-CA"])
def test_a_screen_reader_is_told_the_language(locale: str) -> None:
    assert reader(document(locale=locale)).trailer["/Root"].get_object()["/Lang"] == locale  # type: ignore[index]


@pytest.mark.parametrize(("paper", "size"), [("A4", A4), ("Letter", LETTER)])
def test_it_is_on_the_paper_of_its_document(paper: str, size: tuple[int, int]) -> None:
    box = reader(document(paper=paper)).pages[0].mediabox
    assert (round(box.width), round(box.height)) == size


def pictures(content: dict[str, Any], logo: bytes | None = None) -> list[int]:
    """How many pictures are drawn on each page."""
    contents = [page.get_contents() for page in reader(content, logo).pages]
    return [0 if one is None else one.get_data().count(b" Do") for one in contents]


@pytest.mark.parametrize("content", [png(), picture("JPEG")], ids=["png", "jpeg"])
def test_the_logo_stands_on_the_first_page_alone(content: bytes) -> None:
    assert pictures(document(logo="0" * 64), content) == [1, 0]


def test_without_a_logo_there_is_no_picture() -> None:
    assert pictures(document()) == [0, 0]


@pytest.mark.parametrize("text", ["Purchase order 4711.", "Amtsgericht Hamburg, HRB 12345", "Reverse charge"])
def test_the_tenants_own_texts_and_the_tax_note_stand_on_it(text: str) -> None:
    own = {"intro": "Purchase order 4711.", "footer": "Amtsgericht Hamburg, HRB 12345", "tax_note": "Reverse charge"}
    assert text in said(document(**own))


def test_each_tax_is_named_with_its_rate_and_what_it_is_on() -> None:
    names = ("name", "rate", "base", "amount")
    rates = [("VAT", "20", "1298.88", "259.78"), ("City tax", "1.5", "99.00", "1.49")]
    text = said(document(taxes=[dict(zip(names, rate, strict=True)) for rate in rates], tax="261.27", total="1659.15"))
    assert "VAT 20% on 1,298.88" in text
    assert "City tax 1.5% on 99.00" in text


def test_a_discount_is_taken_off() -> None:
    assert "\N{MINUS SIGN}100.00" in said(document(discount="100.00", total="1297.88"))


def test_dinars_have_three_decimals() -> None:
    assert "1,298.885" in said(document(currency="KWD", lines=[line(amount="1298.885")], total="1298.885"))


def test_a_customer_without_address_has_a_name_and_no_gap() -> None:
    assert "Halden Outfitters\nUnited States" in said(document(buyer=document()["buyer"] | {"address": {}}))


@pytest.mark.parametrize(
    "words", ["Credit note", "CN-2026-0001", "Credited invoice", "CF-2026-0001", "Total credited", "Taken off invoice"]
)
def test_a_credit_note_names_its_invoice_and_what_became_of_it(words: str) -> None:
    assert words in said(credit_note())


def test_a_credit_note_asks_for_no_payment() -> None:
    text = said(credit_note())
    assert "How to pay" not in text
    assert "Due by" not in text


def test_a_german_credit_note_does_not_say_gutschrift_for_its_title() -> None:
    """In Germany's VAT law that is a bill which the customer writes."""
    title = reader(credit_note(locale="de")).metadata
    assert title is not None
    assert title.title == "Rechnungskorrektur CN-2026-0001"


@pytest.mark.parametrize("total", ["1397.880", "1599916.041"])
def test_the_total_stands_beside_the_rest_of_the_slip(total: str) -> None:
    found: list[tuple[str, int]] = []

    def note(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        found.append((text.strip(), round(matrix[5])))

    reader(document(currency="KWD", total=total)).pages[0].extract_text(visitor_text=note)
    height = dict(found)["Customer"]
    assert ("Total", height) in found
