"""What a PDF tells a screen reader: headings, tables with heads, pictures with words, in the order of reading."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from apps.invoices import pdf
from tests.invoices.documents import credit_note, document
from tests.pictures import png


def elements(node: Any) -> Iterator[Any]:
    """Every element of the structure below a node, in reading order."""
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        element = child.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield element
            yield from elements(element)


@cache
def read(kind: str) -> tuple[Any, list[Any]]:
    """The catalogue of the file, and its structure."""
    content = {"invoice": document, "credit note": credit_note}[kind]()
    root: Any = PdfReader(BytesIO(pdf.render(content, png()))).trailer["/Root"]
    return root, list(elements(root["/StructTreeRoot"]))


each_kind = pytest.mark.parametrize("kind", ["invoice", "credit note"])


@each_kind
def test_it_is_one_document_that_shows_its_title(kind: str) -> None:
    root, found = read(kind)
    assert found[0]["/S"] == "/Document"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


@each_kind
def test_its_first_heading_comes_before_every_table(kind: str) -> None:
    kinds = [one["/S"] for one in read(kind)[1]]
    assert kinds.count("/H1") == 1
    assert kinds.index("/H1") < kinds.index("/H2")
    assert kinds.index("/H1") < kinds.index("/Table")


@each_kind
def test_every_table_has_rows_and_heads(kind: str) -> None:
    tables = [one for one in read(kind)[1] if one["/S"] == "/Table"]
    assert tables
    for table in tables:
        assert {"/TR", "/TH", "/TD"} <= {one["/S"] for one in elements(table)}


@each_kind
def test_every_picture_has_words(kind: str) -> None:
    pictures = [one for one in read(kind)[1] if one["/S"] == "/Figure"]
    assert [one["/Alt"] for one in pictures] == ["Northwind Support AI"]
