"""All who move money at once, on the same customers and in one series: each waits for the others, and none for ever."""

from collections.abc import Callable
from itertools import batched
from uuid import UUID

import pytest

from apps.invoices.close import Closed, close_tenant
from apps.invoices.credit import void_invoice
from apps.invoices.drafts import issue_draft
from apps.invoices.models import CreditNote, Invoice
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.invoices.money import assert_law, paid
from tests.threads import at_once

NOW = instant("2027-07-03 12:00")
MONTHS = [instant(f"2027-{month:02}-02 12:00") for month in range(8, 13)]


@pytest.fixture
def customers(northwind: Vendor) -> list[Customer]:
    """Four with an invoice of October each, overpaid so that there is a balance, and eight drafts."""
    northwind.definition()
    plan = northwind.plan()
    four = [northwind.customer(f"c{n}") for n in range(4)]
    for customer in four:
        northwind.subscribe(customer, plan, "2026-10-01")
    assert close_tenant(northwind.tenant.pk, at=instant("2026-11-01 12:00")) == Closed(4, 4, 0)
    for invoice in of_october(northwind):
        paid(northwind, invoice, "150.00")
    review(northwind, True)
    assert close_tenant(northwind.tenant.pk, at=NOW) == Closed(32, 32, 0)
    review(northwind, False)
    return four


def review(vendor: Vendor, on: bool) -> None:
    """Drafts wait for a look, or not. Credit notes are numbered in the invoices' series, so that all want that one."""
    with scope(vendor.tenant.pk):
        Profile.objects.update(review_invoices=on, credit_note_prefix="CF")


def of_october(vendor: Vendor) -> list[Invoice]:
    with scope(vendor.tenant.pk):
        return list(Invoice.objects.exclude(number=None).order_by("id")[:4])


def test_issuing_paying_voiding_and_closing_at_once_never_block_each_other(
    northwind: Vendor, customers: list[Customer], caplog: pytest.LogCaptureFixture
) -> None:
    """A close that was blocked would bill each cycle alone and log it, so nothing may be logged."""
    with scope(northwind.tenant.pk):
        drafts = list(Invoice.objects.filter(status="draft").values_list("pk", flat=True))

    def issuer(some: tuple[UUID, ...]) -> Callable[[], None]:
        def issue_them() -> None:
            for draft in some:
                with scope(northwind.tenant.pk):
                    issue_draft(draft, at=NOW)

        return issue_them

    def void(invoice: Invoice) -> None:
        with scope(northwind.tenant.pk):
            void_invoice(invoice, at=NOW)

    def close() -> None:
        for at in MONTHS:
            assert close_tenant(northwind.tenant.pk, at=at) == Closed(4, 4, 0)

    october = of_october(northwind)
    at_once(
        *[issuer(some) for some in batched(drafts, 4)],
        *[lambda one=one: paid(northwind, one, "50.00") for one in october[:2]],
        *[lambda one=one: void(one) for one in october[2:]],
        close,
    )
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    with scope(northwind.tenant.pk):
        invoices = Invoice.objects.filter(issued_at__gte=NOW).values_list("number", flat=True)
        numbers = [*invoices, *CreditNote.objects.values_list("number", flat=True)]
    assert sorted(numbers) == [f"CF-2027-{n:04}" for n in range(1, 32 + 20 + 2 + 1)]
    for customer in customers:
        assert_law(northwind, customer)
