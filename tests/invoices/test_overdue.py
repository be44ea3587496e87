"""Overdue: an invoice can be paid in time until the end of the customer's own day of `due_at`, wherever he lives.

Koru in Auckland, 13 hours ahead of UTC, and Lanai in Honolulu, 10 behind, both have until 1 December to pay October.
"""

from datetime import date, timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader

from apps.console.invoices import search
from apps.invoices.buyer import change_buyer
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.invoices.remind import NotOverdue, remind, step_of
from apps.tenants.models import Customer
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


@pytest.mark.parametrize(
    ("place", "last"),
    [("Pacific/Honolulu", "2026-12-02 09:59:59"), ("Pacific/Kiritimati", "2026-12-01 09:59:59")],
)
def test_who_moves_keeps_the_last_day_that_stands_on_his_document(billed: Vendor, place: str, last: str) -> None:
    """To Honolulu, where the instant at which Koru's was due is one of 30 November, or an hour further ahead."""
    with scope(billed.tenant.pk):
        koru = Customer.objects.get(external_id="koru")
        change_buyer(koru, time_zone=place)
        rows, over = Invoice.objects.select_related("customer").filter(customer=koru), instant(last)
        for at, status in ((over, "issued"), (over + timedelta(seconds=1), "overdue")):
            assert rows.get().status_at(at) == status
            assert rows.overdue(at).exists() == (status == "overdue")
            assert step_of(rows.get(), [0, 1], at) == (0 if status == "issued" else 1)


def test_invoices_of_before_take_the_day_of_their_document(billed: Vendor) -> None:
    """On the day of the update, by the migration that brought the column; undone again here."""
    migration = import_module("apps.invoices.migrations.0008_due_on")
    apps = MigrationLoader(connections["owner"]).project_state(("invoices", "0008_due_on")).apps
    with transaction.atomic(using="owner"):
        rows = apps.get_model("invoices", "Invoice").objects.using("owner").filter(tenant_id=billed.tenant.pk)
        rows.update(due_on=None)
        migration.take_days_of_documents(apps, SimpleNamespace(connection=connections["owner"]))
        assert set(rows.values_list("due_on", flat=True)) == {date(2026, 12, 1)}
        transaction.set_rollback(True, using="owner")


def test_what_is_paid_is_never_overdue(billed: Vendor) -> None:
    with scope(billed.tenant.pk):
        Invoice.objects.update(status=Invoice.Status.PAID)
        assert not Invoice.objects.overdue(instant("2027-01-01 00:00")).exists()


def test_nor_is_anything_of_a_vendor_without_customers(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert not Invoice.objects.overdue(instant("2027-01-01 00:00")).exists()
