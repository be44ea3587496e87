"""Payments and refunds: what the invoice takes, what the balance takes, and what comes of it later."""

from decimal import Decimal

import pytest

from apps.common.reading import InvalidInput
from apps.invoices.balance import balance_of, hold_balances
from apps.invoices.models import BalanceEntry, Invoice, Payment
from apps.invoices.subscribe import Refused
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.invoices.money import NOON, assert_law, bill, paid, refunded, standing
from tests.statements import asked
from tests.threads import times


def test_a_part_payment_leaves_the_rest_due(northwind: Vendor, november: Invoice) -> None:
    payment = paid(northwind, november, "40.00")
    assert (payment.applied, standing(northwind, november)) == (Decimal(40), ("issued", "40", "0", "59", "0"))


def test_the_last_part_makes_it_paid(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "40.00")
    paid(northwind, november, "59.00")
    assert standing(northwind, november) == ("paid", "99", "0", "0", "0")


def test_what_is_too_much_goes_to_the_balance(northwind: Vendor, halden: Customer, november: Invoice) -> None:
    payment = paid(northwind, november, "120.00")
    assert (payment.applied, standing(northwind, november)) == (Decimal(99), ("paid", "99", "0", "0", "21"))
    assert_law(northwind, halden)


def test_a_paid_invoice_is_paid_again_into_the_balance(northwind: Vendor, november: Invoice) -> None:
    paid(northwind, november, "99.00")
    paid(northwind, november, "99.00")
    assert standing(northwind, november) == ("paid", "99", "0", "0", "99")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1e30"])
def test_an_amount_that_is_none_is_refused(northwind: Vendor, november: Invoice, amount: str) -> None:
    with pytest.raises(InvalidInput):
        paid(northwind, november, amount)


def test_a_payment_more_than_a_year_ahead_is_refused(northwind: Vendor, november: Invoice) -> None:
    with pytest.raises(InvalidInput):
        paid(northwind, november, "1.00", at=instant("2027-12-05 12:00"))


def test_a_payment_more_than_ten_years_ago_is_refused(northwind: Vendor, november: Invoice) -> None:
    """In zones west of UTC the year 1 begins before time does, and no page could say the day."""
    with pytest.raises(InvalidInput):
        paid(northwind, november, "1.00", at=instant("0001-01-01 00:00"))


def test_a_payment_may_be_dated_ahead_as_the_close_of_a_cycle_may(northwind: Vendor, november: Invoice) -> None:
    assert paid(northwind, november, "1.00", at=instant("2026-12-05 12:00")).applied == Decimal("1.00")


def test_a_payment_keeps_when_the_money_came_and_who_said_so(northwind: Vendor, november: Invoice) -> None:
    at = instant("2026-12-01 09:00")
    payment = paid(northwind, november, "1.00", at=at, reference="Wire 4711")
    assert (payment.at, payment.recorded_at, payment.reference, payment.by) == (at, instant(NOON), "Wire 4711", "ada")


def test_a_draft_takes_no_payment(northwind: Vendor, halden: Customer, november: Invoice) -> None:
    with scope(northwind.tenant.pk):
        draft = Invoice.objects.create(
            customer=halden,
            purpose="hand",
            status="draft",
            currency="USD",
            period_start="2026-12-01",
            period_end="2026-12-02",
            document={},
        )
    with pytest.raises(Refused, match="draft"):
        paid(northwind, draft, "1.00")


# Refunds


def test_a_refund_takes_from_the_balance_first(northwind: Vendor, halden: Customer, november: Invoice) -> None:
    payment = paid(northwind, november, "120.00")
    back = refunded(northwind, payment, "21.00")
    assert (back.applied, standing(northwind, november)) == (Decimal(0), ("paid", "99", "0", "0", "0"))
    assert_law(northwind, halden)


def test_a_refund_beyond_the_balance_makes_the_invoice_due_again(
    northwind: Vendor, halden: Customer, november: Invoice
) -> None:
    payment = paid(northwind, november, "120.00")
    back = refunded(northwind, payment, "51.00")
    assert (back.applied, standing(northwind, november)) == (Decimal(30), ("issued", "69", "0", "30", "0"))
    assert_law(northwind, halden)


def test_no_more_is_refunded_than_was_paid(northwind: Vendor, november: Invoice) -> None:
    payment = paid(northwind, november, "50.00")
    refunded(northwind, payment, "30.00")
    with pytest.raises(Refused, match=r"20\.00 USD"):
        refunded(northwind, payment, "20.01")


def test_a_refund_is_not_refunded(northwind: Vendor, november: Invoice) -> None:
    back = refunded(northwind, paid(northwind, november, "50.00"), "30.00")
    with pytest.raises(Refused):
        refunded(northwind, back, "1.00")


def test_what_paid_another_invoice_since_is_not_refunded(
    northwind: Vendor, halden: Customer, november: Invoice
) -> None:
    payment = paid(northwind, november, "198.00")
    december = bill(northwind, "2027-01-01 05:00")
    assert standing(northwind, december)[0] == "paid"
    with pytest.raises(Refused, match=r"99\.00 USD"):
        refunded(northwind, payment, "100.00")
    assert_law(northwind, halden)


# The balance


def test_the_balance_pays_what_it_can(northwind: Vendor, halden: Customer, november: Invoice) -> None:
    paid(northwind, november, "120.00")
    december = bill(northwind, "2027-01-01 05:00")
    assert standing(northwind, december) == ("issued", "21", "0", "78", "0")
    assert_law(northwind, halden)


def test_where_nobody_has_a_balance_one_statement_says_so(northwind: Vendor, november: Invoice) -> None:
    with scope(northwind.tenant.pk), asked() as statements:
        assert not hold_balances([november.customer_id])
    assert len(statements) == 1


# Many at once


def test_sixteen_payers_at_once_never_lose_or_double_a_cent(
    northwind: Vendor, halden: Customer, november: Invoice
) -> None:
    times(16, lambda n: paid(northwind, november, "7.77"))
    assert standing(northwind, november) == ("paid", "99", "0", "0", "25.32")
    assert_law(northwind, halden)


def test_eight_refunds_at_once_give_back_no_more_than_was_paid(
    northwind: Vendor, halden: Customer, november: Invoice
) -> None:
    payment = paid(northwind, november, "120.00")

    def back(n: int) -> bool:
        try:
            refunded(northwind, payment, "50.00")
        except Refused:
            return False
        return True

    assert sorted(times(8, back)) == [False] * 6 + [True] * 2
    assert standing(northwind, november) == ("issued", "20", "0", "79", "0")
    assert_law(northwind, halden)


def test_the_ledger_of_the_balance_names_its_reasons(northwind: Vendor, halden: Customer, november: Invoice) -> None:
    payment = paid(northwind, november, "120.00")
    refunded(northwind, payment, "1.00")
    with scope(northwind.tenant.pk):
        entries = list(BalanceEntry.objects.order_by("id").values_list("kind", "amount"))
        assert (entries, balance_of(halden)) == ([("overpaid", Decimal(21)), ("refunded", Decimal(-1))], Decimal(20))
        assert Payment.objects.count() == 2
