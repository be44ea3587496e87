"""The journal: every document balances, and what it leaves on the accounts is what the invoices say is due."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.periods import Period
from apps.invoices.close import close_tenant
from apps.invoices.exports import journal, postings
from apps.invoices.exports.postings import Posting, Unbalanced
from apps.invoices.models import BalanceEntry, CreditNote, CreditNoteLine, Invoice, Payment
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


# A month of documents


@pytest.fixture
def books(northwind: Vendor) -> Vendor:
    """Halden is billed 99.00 + 0.99 for October, pays 120.00, gets back 10.00; November's invoice takes the balance.

    Of November's invoice he pays 50.00 and is credited 20.00.
    """
    northwind.definition()
    halden = northwind.customer(time_zone="UTC")
    northwind.subscribe(halden, northwind.plan(), "2026-10-01")
    northwind.send(*[ticket(f"{n}") for n in range(101)], at="2026-10-05 10:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 00:10"))
    with scope(northwind.tenant.pk):
        october = Invoice.objects.get(period_start=date(2026, 10, 1))
        pay(october, "120.00", "99.99", at="2026-11-03 09:00")
        credit(october, "10.00", "0", at="2026-11-04 09:00")
        move(october, "20.01", BalanceEntry.Kind.OVERPAID, at="2026-11-03 09:00")
        move(october, "10.00", BalanceEntry.Kind.CREDIT, at="2026-11-04 09:00")
        Invoice.objects.filter(pk=october.pk).update(paid="99.99", credited="10.00", status=Invoice.Status.PAID)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 00:10"))
    with scope(northwind.tenant.pk):
        november = Invoice.objects.get(period_start=date(2026, 11, 1))
        if not BalanceEntry.objects.filter(kind=BalanceEntry.Kind.APPLIED).exists():
            move(november, "-30.01", BalanceEntry.Kind.APPLIED, at="2026-12-01 00:10")
        pay(november, "50.00", "50.00", at="2026-12-03 09:00")
        credit(november, "18.00", "18.00", at="2026-12-04 09:00")
        Invoice.objects.filter(pk=november.pk).update(paid="80.01", credited="18.00")
    return northwind


def pay(invoice: Invoice, amount: str, applied: str, *, at: str) -> None:
    Payment.objects.create(
        customer=invoice.customer,
        invoice=invoice,
        currency="USD",
        amount=amount,
        applied=applied,
        at=instant(at),
        by="tests",
        reference="=1+1",
    )


def move(invoice: Invoice, amount: str, kind: str, *, at: str) -> None:
    BalanceEntry.objects.create(
        customer=invoice.customer, kind=kind, currency="USD", amount=amount, invoice=invoice, at=instant(at)
    )


def credit(invoice: Invoice, amount: str, applied: str, *, at: str) -> None:
    days = {"period_start": invoice.period_start, "period_end": invoice.period_end}
    note = CreditNote.objects.create(
        invoice=invoice,
        customer=invoice.customer,
        number=f"CN-{at}",
        reason=CreditNote.Reason.HAND,
        currency="USD",
        issued_at=instant(at),
        subtotal=amount,
        total=amount,
        applied=applied,
        document={"taxes": []},
        **days,
    )
    CreditNoteLine.objects.create(
        credit_note=note, position=0, kind="base_fee", description="Fee", amount=amount, amount_exact=amount, **days
    )


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
    assert len(by_document) == 7


def test_receivables_are_what_the_invoices_say_is_due(books: Vendor) -> None:
    with scope(books.tenant.pk):
        due = sum(invoice.due for invoice in Invoice.objects.all())
    assert balances(entries(books))["receivables"] == due == Decimal("0.99")


def test_the_customers_balance_is_what_he_has_to_his_credit(books: Vendor) -> None:
    with scope(books.tenant.pk):
        credit = sum(BalanceEntry.objects.values_list("amount", flat=True))
    assert -balances(entries(books)).get("customer_balance", Decimal(0)) == credit == 0


def test_the_bank_is_what_was_paid(books: Vendor) -> None:
    assert balances(entries(books))["bank"] == Decimal("170.00")


def test_a_document_falls_on_the_day_that_stands_on_it(books: Vendor) -> None:
    assert {str(row["date"]) for row in entries(books, "2026-11-01", "2026-12-01")} == {
        "2026-11-01",
        "2026-11-03",
        "2026-11-04",
    }
