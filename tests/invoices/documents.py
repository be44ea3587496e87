"""A document as `apps/invoices/document.py` freezes it, for tests of what shows it."""

from typing import Any

HASH = "9f2c4c0f7d5b3a1e9f2c4c0f7d5b3a1e9f2c4c0f7d5b3a1e9f2c4c0f7d5b3a1e"
NOVEMBER = {"start": "2026-11-01", "end": "2026-12-01", "last": "2026-11-30"}


def line(description: str = "Resolved ticket", **changes: Any) -> dict[str, Any]:
    """1,412 tickets at 0.99, 100 of them included."""
    steps = [("100 included", "100", "0", "0"), ("1,312 at 0.99", "1312", "0.99", "1298.88")]
    names = ("text", "quantity", "unit_amount", "amount")
    return {
        "kind": "usage",
        "outcome": "resolved_ticket",
        "description": description,
        "unit": "ticket",
        "period": NOVEMBER,
        "quantity": "1412",
        "amount": "1298.88",
        "amount_exact": "1298.88",
        "breakdown": [dict(zip(names, step, strict=True)) for step in steps],
        "definitions": [{"version": 2, "hash": HASH, "quantity": "1412"}],
    } | changes


def fee() -> dict[str, Any]:
    """The base fee of November, 99.00."""
    step = {"text": "1 at 99.00", "quantity": "1", "unit_amount": "99", "amount": "99"}
    own = {"kind": "base_fee", "outcome": None, "unit": None, "quantity": "1", "amount": "99.00", "amount_exact": "99"}
    return line("Base fee, Growth", **own, breakdown=[step], definitions=[])


def document(**changes: Any) -> dict[str, Any]:
    """Northwind's invoice to Halden for November: 1,397.88 USD."""
    address = {
        "line1": "410 Harbor Street",
        "line2": None,
        "city": "Portland",
        "postal_code": "97201",
        "region": "Oregon",
    }
    seller = {"name": "Northwind Support AI", "email": "billing@northwind.example", "tax_id": "84-1120934"}
    buyer = {"name": "Halden Outfitters", "email": "ap@halden.example", "tax_id": ""}
    place = {"address": address, "country": "US"}
    return {
        "number": "CF-2026-0001",
        "issued_on": "2026-12-01",
        "due_on": "2026-12-31",
        "period": NOVEMBER,
        "currency": "USD",
        "plan": {"code": "growth", "name": "Growth", "version": 2},
        "rated": {},
        "seller": seller | place,
        "buyer": buyer | place | {"external_id": "halden", "time_zone": "America/New_York"},
        "lines": [fee(), line()],
        "subtotal": "1397.88",
        "discount": "0.00",
        "taxes": [],
        "tax": "0.00",
        "total": "1397.88",
        "payment_instructions": "Bank transfer to Pacific Union Bank.\nName the invoice number.",
        "accent": "#1f5c45",
        "locale": "en",
        "paper": "A4",
        "logo": None,
        "intro": "",
        "footer": "",
        "tax_note": None,
    } | changes


def credit_note(**changes: Any) -> dict[str, Any]:
    """Northwind's credit of 10 of Halden's tickets: 9.90 USD, of which 4.90 was still due."""
    step = {"text": "10 at 0.99", "quantity": "10", "unit_amount": "0.99", "amount": "9.9"}
    one = line(quantity="10", amount="9.90", amount_exact="9.9", breakdown=[step])
    own = {
        "number": "CN-2026-0001",
        "issued_on": "2026-12-08",
        "due_on": None,
        "invoice": {"number": "CF-2026-0001", "issued_on": "2026-12-01"},
        "reason": "outcomes",
        "lines": [one],
        "subtotal": "9.90",
        "total": "9.90",
        "applied": "4.90",
        "to_balance": "5.00",
    }
    return document(**own | changes)
