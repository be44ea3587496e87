"""The rows beside an invoice's Paid: they name where the money came from and went, and add up to it."""

from decimal import Decimal

from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import Invoice
from apps.invoices.paid import parts_of
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.invoices.money import NOON, bill, paid, refunded


def credited(vendor: Vendor, invoice: Invoice, amount: str) -> None:
    with scope(vendor.tenant.pk):
        credit_by_hand(invoice, [HandLine("Outage", Decimal(amount))], at=instant(NOON))


def told(vendor: Vendor, invoice: Invoice) -> list[str]:
    """The rows as words, day and amount, and last what is shown as Paid; the rows add up to it."""
    with scope(vendor.tenant.pk):
        one = Invoice.objects.get(pk=invoice.pk)
        parts = parts_of(one)
    assert sum((part.amount for part in parts), Decimal(0)) == one.paid
    return [*(f"{part.what} {part.at:%d %b} {part.amount:.2f}" for part in parts), f"paid {one.paid:.2f}"]


def test_an_invoice_that_nobody_paid_has_no_rows(northwind: Vendor, november: Invoice) -> None:
    assert told(northwind, november) == ["paid 0.00"]


def test_a_part_payment_is_one_row(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "40.00")
    assert told(northwind, november) == ["payment 03 Dec 40.00", "paid 40.00"]


def test_what_was_more_than_due_went_to_the_balance(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "40.00", at=instant("2026-12-02 12:00"))
    paid(northwind, november, "80.00")
    assert told(northwind, november) == [
        "payment 02 Dec 40.00",
        "payment 03 Dec 80.00",
        "to_balance 03 Dec -21.00",
        "paid 99.00",
    ]


def test_what_the_balance_paid_comes_first(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "120.00")
    december = bill(northwind, "2027-01-01 05:00")
    paid(northwind, december, "78.00", at=instant("2027-01-04 12:00"))
    assert told(northwind, december) == ["from_balance 01 Jan 21.00", "payment 04 Jan 78.00", "paid 99.00"]


def test_an_invoice_that_the_balance_paid_whole_is_one_row(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "250.00")
    december = bill(northwind, "2027-01-01 05:00")
    assert told(northwind, december) == ["from_balance 01 Jan 99.00", "paid 99.00"]


def test_a_refund_takes_from_the_balance_before_it_takes_from_paid(northwind: Vendor, november: Invoice) -> None:
    refunded(northwind, paid(northwind, november, "120.00"), "51.00")
    assert told(northwind, november) == [
        "payment 03 Dec 120.00",
        "to_balance 03 Dec -21.00",
        "refund 03 Dec -51.00",
        "from_balance 03 Dec 21.00",
        "paid 69.00",
    ]


def test_paid_keeps_what_a_credit_brought_to_the_balance(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "99.00")
    credited(northwind, november, "10.00")
    assert told(northwind, november) == ["payment 03 Dec 99.00", "paid 99.00"]


def test_a_refund_of_what_was_credited_takes_it_out_of_paid(northwind: Vendor, november: Invoice) -> None:
    payment = paid(northwind, november, "99.00")
    credited(northwind, november, "10.00")
    refunded(northwind, payment, "4.00")
    assert told(northwind, november) == [
        "payment 03 Dec 99.00",
        "refund 03 Dec -4.00",
        "from_balance 03 Dec 4.00",
        "to_balance 03 Dec -4.00",
        "paid 95.00",
    ]


def test_what_was_credited_and_paid_the_next_invoice_stays_there(northwind: Vendor, november: Invoice) -> None:
    payment = paid(northwind, november, "99.00")
    credited(northwind, november, "10.00")
    december = bill(northwind, "2027-01-01 05:00")
    refunded(northwind, payment, "20.00")
    assert told(northwind, december) == ["from_balance 01 Jan 10.00", "paid 10.00"]
    assert told(northwind, november) == [
        "payment 03 Dec 99.00",
        "refund 03 Dec -20.00",
        "to_balance 03 Dec -10.00",
        "paid 69.00",
    ]
