"""Overdue: an invoice can be paid in time until the end of the customer's own day of `due_at`, wherever he lives.

Koru in Auckland, 13 hours ahead of UTC, and Lanai in Honolulu, 10 behind, both have until 1 December to pay October.
"""

from datetime import date, timedelta

import pytest

from apps.console.invoices import search
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.invoices.remind import NotOverdue, remind
from apps.tenants.scope import scope
from tests.cast import Vendor, instant

PLACES = {"koru": "Pacific/Auckland", "lanai": "Pacific/Honolulu"}
MIDNIGHTS = [
    ("2026-11-30 11:00", "the last day begins in Auckland", []),
    ("2026-12-01 10:59:59", "its last second there", []),
    ("2026-12-01 11:00", "it is over there, and one hour old in Honolulu", ["koru"]),
    ("2026-12-02 09:59:59", "its last second in Honolulu", ["koru"]),
    ("2026-12-02 10:00", "it is over in both", ["koru", "lanai"]),
]


@pytest.fixture
def billed(northwind: Vendor) -> Vendor:
    """Both were billed for October at their own midnight, with 30 days to pay."""
    northwind.definition()
    plan = northwind.plan()
    for name, place in PLACES.items():
        northwind.subscribe(northwind.customer(name, time_zone=place), plan, "2026-10-01")
    for midnight in ("2026-10-31 11:00", "2026-11-01 10:00"):
        close_tenant(northwind.tenant.pk, at=instant(midnight))
    return northwind


def names(invoices: list[Invoice]) -> list[str]:
    return sorted(one.customer.external_id for one in invoices)


def test_both_have_the_first_of_december_on_their_document(billed: Vendor) -> None:
    with scope(billed.tenant.pk):
        assert {one.due_on for one in Invoice.objects.all()} == {date(2026, 12, 1)}


@pytest.mark.parametrize(("at", "told", "late"), MIDNIGHTS)
def test_each_is_overdue_once_his_own_first_of_december_is_over(
    billed: Vendor, at: str, told: str, late: list[str]
) -> None:
    with scope(billed.tenant.pk):
        assert names(list(Invoice.objects.overdue(instant(at)))) == late, told


@pytest.mark.parametrize(("at", "told", "late"), MIDNIGHTS)
def test_an_invoice_says_of_itself_what_the_list_says(billed: Vendor, at: str, told: str, late: list[str]) -> None:
    with scope(billed.tenant.pk):
        rows = Invoice.objects.select_related("customer")
        assert names([one for one in rows if one.status_at(instant(at)) == "overdue"]) == late, told


@pytest.mark.parametrize(("at", "told", "late"), MIDNIGHTS)
def test_the_filters_issued_and_overdue_share_them(billed: Vendor, at: str, told: str, late: list[str]) -> None:
    with scope(billed.tenant.pk):
        shares = [names(list(search("", one, at=instant(at)))) for one in ("overdue", "issued")]
    assert shares == [late, sorted(set(PLACES) - set(late))], told


@pytest.mark.parametrize(("name", "last"), [("koru", "2026-12-01 10:59"), ("lanai", "2026-12-02 09:59")])
def test_none_is_reminded_of_before(billed: Vendor, name: str, last: str) -> None:
    with scope(billed.tenant.pk):
        invoice = Invoice.objects.select_related("customer").get(customer__external_id=name)
        with pytest.raises(NotOverdue, match="until the end of 2026-12-01"):
            remind(invoice, at=instant(last))
        assert remind(invoice, at=instant(last) + timedelta(minutes=1))


def test_what_is_paid_is_never_overdue(billed: Vendor) -> None:
    with scope(billed.tenant.pk):
        Invoice.objects.update(status=Invoice.Status.PAID)
        assert not Invoice.objects.overdue(instant("2027-01-01 00:00")).exists()


def test_nor_is_anything_of_a_vendor_without_customers(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert not Invoice.objects.overdue(instant("2027-01-01 00:00")).exists()
