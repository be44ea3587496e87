"""The journal: every document balances, and what it leaves on the accounts is what the invoices say is due."""

from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from random import Random
from types import SimpleNamespace

import pytest
from django.db import connections, transaction
from django.db.migrations.loader import MigrationLoader
from hypothesis import given
from hypothesis import strategies as st

from apps.common.periods import Period
from apps.events.models import Outcome
from apps.events.resolve import NotNow
from apps.invoices.buyer import change_buyer
from apps.invoices.close import close_tenant
from apps.invoices.credit import credit_now, void_invoice
from apps.invoices.exports import journal, postings
from apps.invoices.exports.postings import Posting, Unbalanced
from apps.invoices.exports.tables import TABLES
from apps.invoices.models import BalanceEntry, Invoice, Payment
from apps.invoices.pay import pay, refund
from apps.invoices.subscribe import Refused
from apps.invoices.void import void_outcome
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

amounts = st.decimals(0, 10**15, places=3)
type Lines = list[tuple[str, None, Decimal]]
lines = st.lists(st.tuples(st.sampled_from(["usage", "base_fee", "discount"]), st.none(), amounts), max_size=6)
rate = st.fixed_dictionaries({"rate": st.sampled_from(["19", "7.00"]), "amount": amounts.map(str)})


def total(found: list[Posting]) -> Decimal:
    return sum((one.amount for one in found), Decimal(0))


@given(lines, st.lists(rate, max_size=3))
def test_an_invoice_balances_whatever_is_on_it(lines: Lines, taxes: list[dict[str, str]]) -> None:
    signed = [(kind, None, -amount if kind == "discount" else amount) for kind, _, amount in lines]
    owed = sum((amount for *_, amount in signed), Decimal(0)) + sum(
        (Decimal(one["amount"]) for one in taxes), Decimal(0)
    )
    found = postings.of_invoice(owed, signed, taxes)
    assert total(found) == 0
    assert sum(one.amount for one in found if one.account == "receivables") == owed


@given(amounts, amounts, st.booleans())
def test_a_payment_balances_however_much_its_invoice_takes(applied: Decimal, rest: Decimal, refund: bool) -> None:
    found = postings.of_payment(applied + rest, applied, refund=refund)
    assert total(found) == 0
    assert all(one.amount for one in found)


def test_what_contradicts_itself_is_refused() -> None:
    with pytest.raises(Unbalanced):
        postings.of_invoice(Decimal("99.00"), [("base_fee", None, Decimal("98.99"))], [])


def test_accounts_of_one_document_are_summed() -> None:
    found = postings.of_invoice(
        Decimal(119), [("usage", "a", Decimal(60)), ("usage", "a", Decimal(40))], [{"rate": "19.00", "amount": "19"}]
    )
    assert [(one.account, one.amount, one.rate) for one in found] == [
        ("receivables", Decimal(119), ""),
        ("revenue:usage:a", Decimal(-100), ""),
        ("tax:19", Decimal(-19), "19"),
    ]


# Documents by their verbs


@pytest.fixture
def books(northwind: Vendor) -> Vendor:
    """Halden is billed 99.00 + 0.99 for October, pays 120.00 and gets 5.00 back; the balance pays November's in part.

    Of November's he pays 50.00, and a ticket that was voided after it was billed is credited.
    """
    trade(northwind)
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 00:10"))
    with scope(northwind.tenant.pk):
        october = Invoice.objects.get(period_start=date(2026, 10, 1))
        payment = receive(october, "120.00", "2026-11-03 09:00")
        refund(payment, Decimal("5.00"), by="tests", at=instant("2026-11-04 09:00"))
        void_outcome(Outcome.objects.earliest("pk").pk, by="tests", reason="Reopened", at=instant("2026-11-05 09:00"))
        credit_now(october, at=instant("2026-11-05 09:01"))
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 00:10"))
    with scope(northwind.tenant.pk):
        receive(Invoice.objects.get(period_start=date(2026, 11, 1)), "50.00", "2026-12-03 09:00")
    return northwind


def trade(vendor: Vendor) -> None:
    """Halden on Growth since October, with 101 tickets in it: one more than is included."""
    vendor.definition()
    vendor.subscribe(vendor.customer(time_zone="UTC"), vendor.plan(), "2026-10-01")
    vendor.send(*[ticket(f"{n}") for n in range(101)], at="2026-10-05 10:00")


def receive(invoice: Invoice, amount: str, at: str) -> Payment:
    return pay(invoice, Decimal(amount), at=instant(at), recorded_at=instant(at), by="tests", reference="=1+1")


def entries(vendor: Vendor, start: str = "2026-01-01", end: str = "2027-01-01") -> list[dict[str, str]]:
    period = Period(date.fromisoformat(start), date.fromisoformat(end))
    with scope(vendor.tenant.pk):
        return [dict(zip(journal.COLUMNS, row, strict=True)) for row in journal.rows(period)]


def balances(rows: list[dict[str, str]]) -> dict[str, Decimal]:
    """What is on each account: debits less credits."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[row["account"]] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    return dict(found)


def test_debits_and_credits_are_equal(books: Vendor) -> None:
    assert sum(balances(entries(books)).values()) == 0


def test_each_document_is_balanced(books: Vendor) -> None:
    by_document: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in entries(books):
        key = row["document"], row["number"], str(row["date"])
        by_document[key] += Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
    assert set(by_document.values()) == {Decimal(0)}
    assert len(by_document) == 7  # two invoices, two payments, a refund, a credit note, and what the balance paid


def check(vendor: Vendor) -> dict[str, Decimal]:
    """The journal says what the invoices and the balance say; returns what is on each account."""
    found = balances(entries(vendor))
    with scope(vendor.tenant.pk):
        due = sum((invoice.due for invoice in Invoice.objects.all()), Decimal(0))
        credit = sum(BalanceEntry.objects.values_list("amount", flat=True), Decimal(0))
    assert found.get("receivables", Decimal(0)) == due
    assert -found.get("customer_balance", Decimal(0)) == credit
    assert sum(found.values()) == 0
    return found


def test_receivables_and_balance_are_what_the_documents_say(books: Vendor) -> None:
    """99.99 + 99.00, less 115.00 and 50.00 that came in, less 0.99 that was credited."""
    assert check(books)["receivables"] == Decimal("33.00")


@pytest.mark.parametrize("seed", range(3))
def test_whatever_befalls_the_documents_the_books_agree(northwind: Vendor, seed: int) -> None:
    """Taxed at 8.875 %: payments, refunds, voids with their credits, void invoices, over three months, at random."""
    chance = Random(seed)
    with scope(northwind.tenant.pk):
        TaxRate.objects.create(name="Sales tax", country="US", percent="8.875", valid_from=date(2026, 1, 1))
    trade(northwind)
    for month in (11, 12):
        closed = instant(f"2026-{month}-01 00:10")
        close_tenant(northwind.tenant.pk, at=closed)
        for hour in range(1, 13):
            with suppress(Refused, NotNow), scope(northwind.tenant.pk):
                befall(chance, closed + timedelta(hours=hour))
        check(northwind)


def befall(chance: Random, at: datetime) -> None:
    invoice = chance.choice(list(Invoice.objects.exclude(issued_at=None)))
    match chance.choice(["pay", "pay", "refund", "void outcome", "void outcome", "void invoice"]):
        case "pay":
            amount = Decimal(chance.randint(1, 15_000)) / 100
            pay(invoice, amount, at=at, recorded_at=at, by="tests")
        case "refund" if payments := list(Payment.objects.filter(kind="payment").order_by("pk")):
            refund(chance.choice(payments), Decimal(chance.randint(1, 5_000)) / 100, by="tests", at=at)
        case "void outcome":
            void_outcome(chance.choice(list(Outcome.objects.all())).pk, by="tests", reason="Reopened", at=at)
            credit_now(invoice, at=at)
        case "void invoice" if chance.random() < 0.3:
            void_invoice(invoice, at=at)


def test_the_bank_is_what_was_paid(books: Vendor) -> None:
    assert balances(entries(books))["bank"] == Decimal("165.00")


def test_a_document_falls_on_the_day_that_stands_on_it(books: Vendor) -> None:
    assert {str(row["date"]) for row in entries(books, "2026-11-01", "2026-12-01")} == {
        "2026-11-01",
        "2026-11-03",
        "2026-11-04",
        "2026-11-05",
    }


def test_a_document_stays_on_its_day_when_its_customer_moves(books: Vendor) -> None:
    """November's invoice says 1 December; in Los Angeles, where Halden is now, its instant is one of 30 November."""
    with scope(books.tenant.pk):
        change_buyer(Customer.objects.get(), time_zone="America/Los_Angeles")
    [day] = {str(row["date"]) for row in entries(books) if row["document"] == "invoice" and row["number"][-1] == "2"}
    assert day == "2026-12-01"


@pytest.mark.parametrize("zone", ["Pacific/Honolulu", "Pacific/Kiritimati"])
def test_no_row_of_any_file_moves_with_its_customer(books: Vendor, zone: str) -> None:
    """A month that was exported stays as it was: what the balance paid goes with its invoice, a payment has its day."""
    year = Period(date(2026, 1, 1), date(2027, 1, 1))
    with scope(books.tenant.pk):
        before = [[row[0] for row in table.rows(year)] for table in (*TABLES.values(), journal.JOURNAL)]
        change_buyer(Customer.objects.get(), time_zone=zone)
        assert [[row[0] for row in table.rows(year)] for table in (*TABLES.values(), journal.JOURNAL)] == before


def test_payments_of_before_get_the_day_that_they_are_to_their_customer_now(books: Vendor) -> None:
    """On the day of the update, by the migration that brought days; undone again here."""
    migration = import_module("apps.invoices.migrations.0005_payment_day")
    apps = MigrationLoader(connections["owner"]).project_state(("invoices", "0005_payment_day")).apps
    with transaction.atomic(using="owner"):
        payments = apps.get_model("invoices", "Payment").objects.using("owner").filter(tenant_id=books.tenant.pk)
        before = list(payments.order_by("pk").values_list("day", flat=True))
        payments.update(day=date(1970, 1, 1))
        migration.tell_days(apps, SimpleNamespace(connection=connections["owner"]))
        assert list(payments.order_by("pk").values_list("day", flat=True)) == before
        transaction.set_rollback(True, using="owner")
