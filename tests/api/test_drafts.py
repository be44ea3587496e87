"""Drafts in the API: listed without a number, issued once."""

import pytest

from apps.invoices.close import close_tenant
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.cast import Vendor, instant, ticket


@pytest.fixture
def draft(api: Api, northwind: Vendor) -> str:
    """November of Halden, 99.99 USD, waiting for a look."""
    northwind.definition()
    northwind.subscribe(northwind.customer(), northwind.plan(), "2026-11-01")
    northwind.send(*[ticket(f"{n}", time="2026-11-10T12:00:00Z") for n in range(101)], at="2026-11-10 12:00")
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 05:00"))
    [listed] = api.get("/invoices", status="draft").json()["data"]
    return str(listed["id"])


def test_a_draft_has_lines_and_sums_but_neither_number_nor_dates(api: Api, draft: str) -> None:
    body = api.get(f"/invoices/{draft}").json()
    assert (body["number"], body["issued_at"], body["due_at"], body["status"]) == (None, None, None, "draft")
    assert [(line["id"], line["kind"], line["amount"]) for line in body["lines"]] == [
        (None, "base_fee", "99.00"),
        (None, "usage", "0.99"),
    ]
    assert (body["total"], body["due"]) == ("99.99", "99.99")


def test_a_draft_is_issued_and_answered_as_the_invoice_it_became(api: Api, draft: str) -> None:
    answer = api.post(f"/invoices/{draft}/issue")
    assert (answer.status_code, answer.json()["status"]) == (200, "issued")
    assert answer.json()["number"].endswith("-0001")
    assert api.get(f"/invoices/{draft}").json() == answer.json()


def test_a_draft_has_no_pdf_that_could_stay_when_it_is_issued(api: Api, draft: str) -> None:
    assert api.get(f"/invoices/{draft}/pdf").status_code == 409
    api.post(f"/invoices/{draft}/issue")
    assert api.get(f"/invoices/{draft}/pdf").content.startswith(b"%PDF-")


def test_what_is_issued_already_is_a_conflict(api: Api, draft: str) -> None:
    api.post(f"/invoices/{draft}/issue")
    answer = api.post(f"/invoices/{draft}/issue")
    assert (answer.status_code, "not a draft" in answer.json()["detail"]) == (409, True)


def test_the_same_request_again_is_answered_as_the_first_time(api: Api, draft: str) -> None:
    first = api.post(f"/invoices/{draft}/issue", idempotency_key="november")
    again = api.post(f"/invoices/{draft}/issue", idempotency_key="november")
    assert (again.status_code, again.json()) == (200, first.json())
