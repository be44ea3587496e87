"""Drafts in the console: looked at, added to, issued and discarded, each of which asks first; invoices by hand."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.tenants.models import Profile, Role
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.console.desk import client_of, text_of


@pytest.fixture
def draft(northwind: Vendor) -> Invoice:
    """November of Halden, 99.00 USD, waiting for a look."""
    northwind.definition()
    northwind.subscribe(northwind.customer(), northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 05:00"))
    return read(northwind)


def read(vendor: Vendor) -> Invoice:
    with scope(vendor.tenant.pk):
        found: Invoice = Invoice.objects.get()
    return found


def post(vendor: Vendor, draft: Invoice, role: str = Role.FINANCE, **data: Any) -> Any:
    return client_of(vendor, role).post(reverse("console:invoice", args=[draft.pk]), data)


def test_a_draft_is_listed_and_shown_as_one(northwind: Vendor, draft: Invoice) -> None:
    client = client_of(northwind)
    assert "Draft" in text_of(client.get("/invoices", {"status": "draft"}))
    assert "It has no number yet" in text_of(client.get(reverse("console:invoice", args=[draft.pk])))


@pytest.mark.parametrize(
    ("do", "question"), [("issue", "Issue this invoice to Halden"), ("discard", "Discard this draft for Halden")]
)
def test_it_asks_before_it_issues_or_discards(northwind: Vendor, draft: Invoice, do: str, question: str) -> None:
    assert question in text_of(post(northwind, draft, do=do))
    assert read(northwind).status == "draft"


def test_it_is_issued_on_yes(northwind: Vendor, draft: Invoice) -> None:
    assert post(northwind, draft, do="issue", confirmed="yes").status_code == 302
    assert read(northwind).status == "issued"


def test_it_is_discarded_on_yes_and_still_has_a_page(northwind: Vendor, draft: Invoice) -> None:
    assert post(northwind, draft, do="discard", confirmed="yes").status_code == 302
    assert read(northwind).status == "void"
    assert "Discarded draft" in text_of(client_of(northwind).get(reverse("console:invoice", args=[draft.pk])))


def test_a_charge_is_added_and_removed(northwind: Vendor, draft: Invoice) -> None:
    post(northwind, draft, do="add", description="Training", amount="1,800.00")
    assert read(northwind).total == Decimal("1899.00")
    post(northwind, draft, do="remove", position="0")
    assert read(northwind).total == Decimal("99.00")


def test_an_amount_that_is_too_fine_is_said_at_its_field(northwind: Vendor, draft: Invoice) -> None:
    answer = post(northwind, draft, do="add", description="Training", amount="10.005")
    assert (answer.status_code, answer.context["form"].errors["amount"]) == (
        422,
        ["This must have at most 2 decimals, as USD has."],
    )


def test_a_note_is_written(northwind: Vendor, draft: Invoice) -> None:
    post(northwind, draft, do="note", note="As agreed by telephone.")
    page = client_of(northwind).get(reverse("console:invoice", args=[draft.pk]))
    assert "As agreed by telephone." in text_of(page)


def test_its_pdf_is_refused_in_words(northwind: Vendor, draft: Invoice) -> None:
    answer = client_of(northwind).get(reverse("console:invoice_pdf", args=[draft.pk]), follow=True)
    assert "It has no PDF" in text_of(answer)


def test_a_viewer_sees_it_and_may_not_touch_it(northwind: Vendor, draft: Invoice) -> None:
    assert post(northwind, draft, Role.VIEWER, do="issue", confirmed="yes").status_code == 403
    assert read(northwind).status == "draft"


def test_an_invoice_by_hand_begins_as_a_draft(northwind: Vendor) -> None:
    customer = northwind.customer()
    data = {"customer": str(customer.pk), "description": "Training", "amount": "800"}
    answer = client_of(northwind).post(reverse("console:invoice_new"), data)
    assert answer.url == reverse("console:invoice", args=[read(northwind).pk])
    assert (read(northwind).status, read(northwind).total) == ("draft", Decimal("800.00"))


def test_in_yen_there_are_no_decimals(northwind: Vendor) -> None:
    customer = northwind.customer(currency="JPY")
    data = {"customer": str(customer.pk), "description": "Training", "amount": "800.50"}
    answer = client_of(northwind).post(reverse("console:invoice_new"), data)
    assert answer.context["form"].errors["amount"] == ["This must have at most 0 decimals, as JPY has."]
