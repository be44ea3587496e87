"""Payments and refunds by the API."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from tests.api.client import Api


@pytest.fixture
def invoice(old_shop: Api) -> str:
    """The path of last month's invoice, 99.00 USD."""
    assert old_shop.vendor
    close_tenant(old_shop.vendor.tenant.pk, at=datetime.now(UTC))
    with scope(old_shop.vendor.tenant.pk):
        return f"/invoices/{Invoice.objects.latest('id').pk}"


def test_a_payment_answers_what_came_of_it(old_shop: Api, invoice: str) -> None:
    answer = old_shop.post(f"{invoice}/payments", {"amount": "100.00", "reference": "Wire 4711"})
    body = answer.json()
    assert answer.status_code == 201
    told = ("amount", "applied", "to_balance", "reference", "invoice_status", "due", "by")
    assert [body[name] for name in told] == ["100.00", "99.00", "1.00", "Wire 4711", "paid", "0.00", "API key tests"]
    assert old_shop.get("/customers/halden").json()["balance"] == "1.00"


def test_the_invoice_shows_what_is_paid_and_due(old_shop: Api, invoice: str) -> None:
    old_shop.post(f"{invoice}/payments", {"amount": "40.00"})
    body = old_shop.get(invoice).json()
    assert [body[name] for name in ("status", "paid", "credited", "due")] == ["issued", "40.00", "0.00", "59.00"]


def test_a_payment_sent_twice_with_its_key_is_one(old_shop: Api, invoice: str) -> None:
    answers = [old_shop.post(f"{invoice}/payments", {"amount": 40}, idempotency_key="wire-1").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert old_shop.get(invoice).json()["paid"] == "40.00"


def test_payments_and_refunds_are_listed(old_shop: Api, invoice: str) -> None:
    payment = old_shop.post(f"{invoice}/payments", {"amount": "40.00"}).json()
    refund = old_shop.post(f"/payments/{payment['id']}/refunds", {"amount": "15.00"}).json()
    rows = old_shop.get(f"{invoice}/payments").json()["data"]
    assert [(row["kind"], row["amount"], row["refund_of"]) for row in rows] == [
        ("refund", "15.00", payment["id"]),
        ("payment", "40.00", None),
    ]
    assert (refund["from_balance"], refund["due"]) == ("0.00", "74.00")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": "1", "at": "soon"}, "at"),
        ({"amount": "1", "at": "2199-01-01T00:00:00Z"}, "at"),
        ({"amount": "1", "at": "0001-01-01"}, "at"),
        ({"amount": "1", "method": "card"}, "method"),
    ],
)
def test_what_is_wrong_is_a_422_that_names_the_field(old_shop: Api, invoice: str, body: Any, field: str) -> None:
    answer = old_shop.post(f"{invoice}/payments", body)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])


def test_more_than_was_paid_is_not_refunded(old_shop: Api, invoice: str) -> None:
    payment = old_shop.post(f"{invoice}/payments", {"amount": "40.00"}).json()
    assert old_shop.post(f"/payments/{payment['id']}/refunds", {"amount": "40.01"}).status_code == 409


def test_another_tenant_finds_neither(old_shop: Api, rival: Api, invoice: str) -> None:
    payment = old_shop.post(f"{invoice}/payments", {"amount": "40.00"}).json()
    tries = [
        rival.get(f"{invoice}/payments"),
        rival.post(f"{invoice}/payments", {"amount": "1.00"}),
        rival.post(f"/payments/{payment['id']}/refunds", {"amount": "1.00"}),
    ]
    assert [one.status_code for one in tries] == [404, 404, 404]
