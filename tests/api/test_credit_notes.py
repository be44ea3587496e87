"""Credit notes and void invoices by the API."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.taxes.models import TaxRate
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.api.conftest import first_of_month
from tests.cast import ticket


@pytest.fixture
def billed(old_shop: Api) -> dict[str, Any]:
    """Last month's invoice: 99.00 a month and 102 tickets, 1.98 for those beyond 100; 10% of tax: 111.08."""
    vendor = old_shop.vendor
    assert vendor
    at = datetime.now(UTC)
    day = first_of_month(1).isoformat()
    with scope(vendor.tenant.pk):
        TaxRate.objects.create(name="Tax", country="US", percent=Decimal(10), valid_from=date(2020, 1, 1))
    vendor.send(*[ticket(str(n), time=f"{day}T12:00:00Z") for n in range(102)], at=at.isoformat())
    close_tenant(vendor.tenant.pk, at=at)
    with scope(vendor.tenant.pk):
        id = Invoice.objects.get().pk
    found: dict[str, Any] = old_shop.get(f"/invoices/{id}").json()
    return found


def line(billed: dict[str, Any], kind: str) -> str:
    return next(str(one["id"]) for one in billed["lines"] if one["kind"] == kind)


def amounts(body: dict[str, Any]) -> list[str]:
    return [body[name] for name in ("subtotal", "tax", "total", "applied", "to_balance")]


def test_what_was_voided_is_credited_at_once_on_request(old_shop: Api, billed: dict[str, Any]) -> None:
    outcome = old_shop.get(f"/invoices/{billed['id']}/outcomes").json()["data"][0]
    assert old_shop.post(f"/outcomes/{outcome['id']}/void", {"reason": "Reopened"}).json()["state"] == "credited"
    answer = old_shop.post("/credit-notes", {"invoice": billed["id"]})
    body = answer.json()
    assert answer.status_code == 201
    assert (body["reason"], body["invoice_number"], amounts(body)) == (
        "outcomes",
        billed["number"],
        ["0.99", "0.10", "1.09", "1.09", "0.00"],
    )
    assert [(one["line"], one["quantity"]) for one in body["lines"]] == [(line(billed, "usage"), "1")]
    assert old_shop.post("/credit-notes", {"invoice": billed["id"]}).status_code == 409


def test_a_credit_by_hand_has_the_tax_of_its_line(old_shop: Api, billed: dict[str, Any]) -> None:
    lines = [{"line": line(billed, "base_fee"), "description": "Outage", "amount": "25.00"}]
    body = old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": lines, "reason": "By phone"}).json()
    assert (body["reason"], body["note"], amounts(body)) == (
        "hand",
        "By phone",
        ["25.00", "2.50", "27.50", "27.50", "0.00"],
    )
    invoice = old_shop.get(f"/invoices/{billed['id']}").json()
    assert [invoice[name] for name in ("credited", "due")] == ["27.50", "83.58"]


def test_credits_by_hand_of_all_come_to_the_total(old_shop: Api, billed: dict[str, Any]) -> None:
    for net in ("33.33", "33.33", "34.32"):
        made = old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": [{"description": "x", "amount": net}]})
        assert made.status_code == 201
    invoice = old_shop.get(f"/invoices/{billed['id']}").json()
    assert [invoice[name] for name in ("status", "credited", "due")] == ["paid", "111.08", "0.00"]


def test_more_than_is_left_of_a_line_or_of_the_invoice_is_a_409(old_shop: Api, billed: dict[str, Any]) -> None:
    fee = line(billed, "base_fee")
    twice = [{"line": fee, "description": "x", "amount": "60.00"}] * 2
    assert old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": twice}).status_code == 409
    whole = [{"description": "x", "amount": "101.00"}]
    assert old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": whole}).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"invoice": None}, "invoice"),
        ({"invoice": "nonsense"}, "invoice"),
        ({"invoice": "00000000-0000-0000-0000-000000000000"}, "invoice"),
        ({"lines": []}, "lines"),
        ({"lines": [{"description": "x"}]}, "lines[0].amount"),
        ({"lines": [{"description": "x", "amount": "0"}]}, "lines[0].amount"),
        ({"lines": [{"description": "x", "amount": "0.001"}]}, "lines[0].amount"),
        ({"lines": [{"amount": "1"}]}, "lines[0].description"),
        ({"lines": [{"description": "x", "amount": "1", "line": "nonsense"}]}, "lines[0].line"),
        (
            {"lines": [{"description": "x", "amount": "1", "line": "00000000-0000-0000-0000-000000000000"}]},
            "lines[0].line",
        ),
        ({"lines": [{"description": "x", "amount": "1", "tax": "0"}]}, "lines[0].tax"),
        ({"total": "5"}, "total"),
    ],
)
def test_what_is_wrong_is_a_422_that_names_the_field(
    old_shop: Api, billed: dict[str, Any], change: Any, field: str
) -> None:
    answer = old_shop.post("/credit-notes", {"invoice": billed["id"]} | change)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


def test_a_void_invoice_is_credited_and_what_was_paid_is_the_balance(old_shop: Api, billed: dict[str, Any]) -> None:
    old_shop.post(f"/invoices/{billed['id']}/payments", {"amount": "50.00"})
    first = old_shop.post(f"/invoices/{billed['id']}/void", {"reason": "Wrong plan"})
    again = old_shop.post(f"/invoices/{billed['id']}/void")
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert [first.json()[name] for name in ("status", "credited", "due")] == ["void", "111.08", "0.00"]
    [note] = old_shop.get("/credit-notes", invoice=billed["id"]).json()["data"]
    assert (note["note"], amounts(note)) == ("Wrong plan", ["100.98", "10.10", "111.08", "61.08", "50.00"])
    assert old_shop.get("/customers/halden").json()["balance"] == "50.00"
    assert old_shop.post(f"/invoices/{billed['id']}/payments", {"amount": "1.00"}).status_code == 409


def test_a_draft_is_thrown_away_and_takes_no_money(old_shop: Api) -> None:
    vendor = old_shop.vendor
    assert vendor
    with scope(vendor.tenant.pk):
        Profile.objects.update(review_invoices=True)
    close_tenant(vendor.tenant.pk, at=datetime.now(UTC))
    [draft] = old_shop.get("/invoices").json()["data"]
    assert old_shop.post(f"/invoices/{draft['id']}/payments", {"amount": "1.00"}).status_code == 409
    assert old_shop.post("/credit-notes", {"invoice": draft["id"]}).status_code == 409
    answers = [old_shop.post(f"/invoices/{draft['id']}/void") for _ in range(2)]
    assert [(one.status_code, one.json()["status"], one.json()["number"]) for one in answers] == [
        (200, "void", None)
    ] * 2


def test_notes_are_listed_read_and_printed(old_shop: Api, rival: Api, billed: dict[str, Any]) -> None:
    lines = [{"description": "Outage", "amount": "25.00"}]
    made = old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": lines}, idempotency_key="once").json()
    assert (
        old_shop.post("/credit-notes", {"invoice": billed["id"], "lines": lines}, idempotency_key="once").json() == made
    )
    assert old_shop.get("/credit-notes", customer="halden").json()["data"] == [made]
    assert old_shop.get("/credit-notes", customer="nobody").json()["data"] == []
    assert old_shop.get(f"/credit-notes/{made['id']}").json() == made
    printed = [old_shop.get(f"/credit-notes/{made['id']}/pdf").content for _ in range(2)]
    assert printed[0][:5] == b"%PDF-"
    assert printed[0] == printed[1]
    assert [rival.get(f"/credit-notes/{made['id']}{part}").status_code for part in ("", "/pdf")] == [404, 404]
