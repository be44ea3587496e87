"""Credit notes: what voids after billing give back, when, with which tax, and that nothing is given twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.events.models import Outcome
from apps.events.resolve import NotNow
from apps.invoices.cancel import cancel
from apps.invoices.close import Closed, close_tenant
from apps.invoices.credit import credit_due, credit_now, void_invoice
from apps.invoices.find import with_state
from apps.invoices.law import classes
from apps.invoices.models import CreditedVoid, CreditNote, CreditNoteLine, Cycle, Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.void import void_outcome
from apps.outbox.models import OutboxEntry
from apps.plans.models import Coupon, Discount, Subscription
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.invoices.money import assert_law, bill, paid, refunded, standing
from tests.threads import times

EACH = {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "1.00"}
SECOND, THIRD = "2026-12-02 15:00", "2026-12-03 05:00"
"""In the afternoon a void is recorded; at the midnight after it is due for credit."""


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def november(vendor: Vendor, halden: Customer, tickets: int = 10, **plan: Any) -> Invoice:
    """The invoice of November's tickets, 1.00 each without a fee unless the plan says otherwise."""
    vendor.subscribe(halden, vendor.plan(**{"base_fee": None, "prices": [EACH]} | plan), "2026-11-01")
    vendor.send(*[ticket(str(n), time="2026-11-10T12:00:00Z") for n in range(tickets)], at="2026-11-10 12:00")
    return bill(vendor)


def void(vendor: Vendor, *events: int, at: str = SECOND) -> None:
    with scope(vendor.tenant.pk):
        for one in events:
            outcome = Outcome.objects.get(event__external_id=str(one))
            void_outcome(outcome.pk, by="ada", reason="Reopened", at=instant(at))


def due(vendor: Vendor, at: str = THIRD) -> int:
    return credit_due(vendor.tenant.pk, at=instant(at))


def notes(vendor: Vendor) -> list[tuple[str, str, Decimal, Decimal]]:
    with scope(vendor.tenant.pk):
        return list(CreditNote.objects.order_by("id").values_list("number", "reason", "total", "applied"))


# Voids after billing


def test_a_void_after_billing_is_credited_after_the_customers_midnight(northwind: Vendor, halden: Customer) -> None:
    november(northwind, halden)
    void(northwind, 0)
    assert (due(northwind, "2026-12-03 04:59"), due(northwind, THIRD)) == (0, 1)
    assert notes(northwind) == [("CN-2026-0001", "outcomes", Decimal(1), Decimal(1))]


def test_all_voids_of_a_day_are_one_note(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    void(northwind, 0, 1, 2)
    assert due(northwind) == 1
    assert standing(northwind, invoice) == ("issued", "0", "3", "7", "0")


def test_run_again_it_makes_none(northwind: Vendor, halden: Customer) -> None:
    november(northwind, halden)
    void(northwind, 0)
    assert (due(northwind), due(northwind)) == (1, 0)


def test_the_close_makes_what_is_due_and_prints_zeros(northwind: Vendor, halden: Customer) -> None:
    november(northwind, halden)
    void(northwind, 0)
    assert close_tenant(northwind.tenant.pk, at=instant(THIRD)) == Closed(0, 0, 0)
    assert len(notes(northwind)) == 1


def test_an_invoice_that_can_not_be_credited_keeps_no_other_waiting(
    northwind: Vendor, halden: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    """Halden's document was spoiled, whoever did that; Kestrel's void is credited all the same, and cycles close."""
    kestrel = northwind.customer("kestrel", name="Kestrel Bank")
    northwind.subscribe(kestrel, northwind.plan("kestrel", prices=[EACH]), "2026-11-01")
    northwind.send(ticket("99", "kestrel", time="2026-11-10T12:00:00Z"), at="2026-11-10 12:00")
    november(northwind, halden)
    void(northwind, 0, 99)
    with scope(northwind.tenant.pk):
        spoiled = Invoice.objects.get(customer=halden)
        Invoice.objects.filter(pk=spoiled.pk).update(document=spoiled.document | {"rated": {}})
    assert close_tenant(northwind.tenant.pk, at=instant("2027-01-01 05:00")).invoices == 2
    with scope(northwind.tenant.pk):
        assert [note.customer_id for note in CreditNote.objects.all()] == [kestrel.pk]
    assert f"Invoice {spoiled.pk} could not be credited" in caplog.text


def test_on_request_it_is_credited_at_once(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    void(northwind, 0)
    with scope(northwind.tenant.pk):
        assert credit_now(invoice, at=instant(SECOND))
        assert credit_now(invoice, at=instant(SECOND)) is None


def test_what_is_paid_already_becomes_the_balance(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    paid(northwind, invoice, "8.00")
    void(northwind, 0, 1, 2)
    due(northwind)
    assert standing(northwind, invoice) == ("paid", "8", "3", "0", "1")
    assert_law(northwind, halden)


def test_a_refund_after_a_credit_takes_the_balance_and_then_reopens(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    payment = paid(northwind, invoice, "10.00")
    void(northwind, 0, 1, 2)
    due(northwind)
    refunded(northwind, payment, "3.00")
    assert standing(northwind, invoice) == ("paid", "7", "3", "0", "0")
    refunded(northwind, payment, "7.00")
    assert standing(northwind, invoice) == ("issued", "0", "3", "7", "0")
    assert_law(northwind, halden)


def test_a_minimum_leaves_nothing_to_credit_and_says_so(northwind: Vendor, halden: Customer) -> None:
    november(northwind, halden, minimum="50.00")
    void(northwind, 0)
    assert (due(northwind), due(northwind)) == (0, 0)
    with scope(northwind.tenant.pk):
        assert list(CreditedVoid.objects.values_list("credit_note", flat=True)) == [None]


def test_below_a_minimum_only_what_is_above_it_is_credited(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden, minimum="8.00")
    void(northwind, 0, 1, 2, 3)
    due(northwind)
    assert standing(northwind, invoice)[2:4] == ("2", "8")
    with scope(northwind.tenant.pk):
        assert list(CreditNoteLine.objects.values_list("kind", "amount")) == [("usage", 4), ("minimum", -2)]


def test_a_volume_tier_may_make_fewer_cost_more(northwind: Vendor, halden: Customer) -> None:
    tiers = [{"up_to": "9", "unit_amount": "2.00"}, {"up_to": None, "unit_amount": "1.00"}]
    november(northwind, halden, prices=[{"outcome": "resolved_ticket", "model": "volume", "tiers": tiers}])
    void(northwind, 0)
    assert due(northwind) == 0


def test_what_a_second_day_voids_is_credited_less_what_was_given(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden, minimum="8.00")
    void(northwind, 0)
    void(northwind, 1, 2, at="2026-12-03 15:00")
    assert (due(northwind), due(northwind, "2026-12-04 05:00")) == (1, 1)
    assert [one[2] for one in notes(northwind)] == [Decimal(1), Decimal(1)]
    assert standing(northwind, invoice)[2] == "2"


def test_a_void_beyond_its_term_is_marked_and_credits_nothing(northwind: Vendor, halden: Customer) -> None:
    """By word it would be refused; a signal of inside the window that arrives late is recorded all the same."""
    northwind.definition(
        "meeting",
        trigger="meeting.booked",
        void_after_billing_days=1,
        settlement={"window_seconds": 86400, "void_on": [{"type": "meeting.cancelled"}]},
    )
    price = EACH | {"outcome": "meeting"}
    northwind.subscribe(halden, northwind.plan(base_fee=None, prices=[price]), "2026-11-01")
    booked = {"id": "m", "type": "meeting.booked", "customer": "halden", "subject": "M"}
    northwind.send(booked | {"time": "2026-11-10T12:00:00Z"}, at="2026-11-10 12:00")
    bill(northwind)
    late = booked | {"id": "c", "type": "meeting.cancelled", "time": "2026-11-10T13:00:00Z"}
    northwind.send(late, at="2026-12-02 06:00")
    assert due(northwind) == 0
    with scope(northwind.tenant.pk):
        assert list(CreditedVoid.objects.values_list("credit_note", flat=True)) == [None]
        [outcome] = with_state(Outcome.objects.filter(version__definition__code="meeting"), at=instant(THIRD))
        assert outcome.state == "credited"


def test_by_word_a_void_is_taken_to_the_end_of_its_term_and_told_again_after_it(
    northwind: Vendor, halden: Customer
) -> None:
    november(northwind, halden)
    with scope(northwind.tenant.pk):
        end = Invoice.objects.get().issued_at + timedelta(days=30)
        moment = timedelta(microseconds=1)
        taken, refused = (Outcome.objects.get(event__external_id=id).pk for id in "01")
        first = void_outcome(taken, by="ada", reason="Reopened", at=end)
        with pytest.raises(NotNow, match="over 30 days ago"):
            void_outcome(refused, by="ada", reason="Reopened", at=end + moment)
        again = void_outcome(taken, by="jo", reason="Once more", at=end + moment)
    assert (again.pk, again.by, again.reason) == (first.pk, "ada", "Reopened")


def test_a_credited_outcome_stays_on_its_invoice_and_in_its_class(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    void(northwind, 0)
    due(northwind)
    with scope(northwind.tenant.pk):
        outcome = with_state(Outcome.objects.filter(event__external_id="0"), at=instant(THIRD)).get()
        assert (outcome.state, outcome.invoice_id) == ("credited", invoice.pk)
        assert classes(northwind.tenant.pk, at=instant(THIRD))["fenced"] == 10


# Tax


def vat(vendor: Vendor, percent: str = "19") -> None:
    with scope(vendor.tenant.pk):
        TaxRate.objects.create(name="VAT", country="US", percent=Decimal(percent), valid_from=date(2026, 1, 1))


def test_a_credit_has_the_tax_of_its_line(northwind: Vendor, halden: Customer) -> None:
    vat(northwind)
    november(northwind, halden)
    void(northwind, 0)
    due(northwind)
    with scope(northwind.tenant.pk):
        note = CreditNote.objects.get()
        assert (note.subtotal, note.tax, note.total) == (Decimal(1), Decimal("0.19"), Decimal("1.19"))
        assert note.document["taxes"] == [{"name": "VAT", "rate": "19", "base": "1.00", "amount": "0.19"}]


def test_a_discount_is_taken_back_with_what_it_was_taken_from(northwind: Vendor, halden: Customer) -> None:
    """Ten at 1.00 less half, and 19% on the rest: 5.95. Without two of them 4.76, so 1.19 is credited."""
    vat(northwind)
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=None, prices=[EACH]), "2026-11-01")
    with scope(northwind.tenant.pk):
        coupon = Coupon.objects.create(code="half", name="Half", percent=50)
        Discount.objects.create(subscription=subscription, coupon=coupon, first=0)
    northwind.send(*[ticket(str(n), time="2026-11-10T12:00:00Z") for n in range(10)], at="2026-11-10 12:00")
    bill(northwind)
    void(northwind, 0, 1)
    due(northwind)
    with scope(northwind.tenant.pk):
        note = CreditNote.objects.get()
        assert (note.subtotal, note.discount, note.tax, note.total) == (2, 1, Decimal("0.19"), Decimal("1.19"))
        assert [(one["kind"], one["amount"]) for one in note.document["lines"]] == [
            ("usage", "2.00"),
            ("discount", "-1.00"),
        ]


def test_credits_of_all_lines_come_to_the_whole_tax(northwind: Vendor, halden: Customer) -> None:
    """0.02 at 19% is no cent of tax, ten times; all credits together are the 0.04 that 0.20 was billed with."""
    vat(northwind)
    invoice = november(northwind, halden, prices=[EACH | {"unit_amount": "0.02"}])
    for n in range(10):
        void(northwind, n, at=f"2026-12-{2 + n:02d} 15:00")
        due(northwind, f"2026-12-{3 + n:02d} 05:00")
    assert standing(northwind, invoice)[2:4] == ("0.24", "0")


# The whole invoice


def test_a_voided_invoice_is_credited_whole_and_what_was_paid_is_the_balance(
    northwind: Vendor, halden: Customer
) -> None:
    invoice = november(northwind, halden)
    paid(northwind, invoice, "4.00")
    with scope(northwind.tenant.pk):
        void_invoice(invoice, reason="Wrong plan", at=instant(SECOND))
    assert standing(northwind, invoice) == ("void", "4", "10", "0", "4")
    assert notes(northwind) == [("CN-2026-0001", "void", Decimal(10), Decimal(6))]
    assert_law(northwind, halden)


def test_voided_twice_it_is_credited_once(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    with scope(northwind.tenant.pk):
        void_invoice(invoice, at=instant(SECOND))
        void_invoice(invoice, at=instant(SECOND))
    assert len(notes(northwind)) == 1


def test_what_was_credited_before_is_not_credited_again(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    void(northwind, 0)
    due(northwind)
    with scope(northwind.tenant.pk):
        void_invoice(invoice, at=instant(THIRD))
    assert [one[2] for one in notes(northwind)] == [Decimal(1), Decimal(9)]


def test_its_outcomes_are_credited_and_still_on_it(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    with scope(northwind.tenant.pk):
        void_invoice(invoice, at=instant(SECOND))
        told = with_state(Outcome.objects.all(), at=instant(THIRD)).values_list("state", "invoice_id")
        assert set(told) == {("credited", invoice.pk)}
    void(northwind, 0, at="2026-12-02 16:00")
    assert (due(northwind), due(northwind)) == (0, 0)


def test_a_void_invoice_takes_no_payment(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    with scope(northwind.tenant.pk):
        void_invoice(invoice, at=instant(SECOND))
    with pytest.raises(Refused):
        paid(northwind, invoice, "1.00")


# Days of a fee that a cut cycle lost


def test_days_of_an_advance_fee_that_a_cut_cycle_lost_are_credited_at_its_close(
    northwind: Vendor, halden: Customer
) -> None:
    northwind.subscribe(
        halden, northwind.plan(base_fee={"amount": "90.00", "timing": "advance"}, prices=[EACH]), "2026-11-01"
    )
    start = bill(northwind, "2026-11-01 06:00")
    with scope(northwind.tenant.pk):
        cancel(Subscription.objects.get(), when="now", at=instant("2026-11-10 12:00"))
    assert due(northwind, "2026-11-10 13:00") == 0
    bill(northwind, "2026-11-11 06:00")
    assert notes(northwind) == [("CN-2026-0001", "fee", Decimal(60), Decimal(60))]
    assert standing(northwind, start) == ("issued", "0", "60", "30", "0")
    with scope(northwind.tenant.pk):
        assert not Cycle.objects.filter(fee_cut=True).exists()


# Drafts, numbers, many at once


def test_voids_of_a_draft_wait_until_it_is_issued(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    invoice = november(northwind, halden)
    void(northwind, 0)
    assert due(northwind) == 0
    with pytest.raises(Refused), scope(northwind.tenant.pk):
        credit_now(invoice, at=instant(THIRD))


def test_a_note_is_numbered_mailed_and_made_a_pdf_once(northwind: Vendor, halden: Customer) -> None:
    november(northwind, halden)
    void(northwind, 0)
    due(northwind)
    with scope(northwind.tenant.pk):
        handlers = OutboxEntry.objects.filter(handler__contains="credit_note").values_list("handler", flat=True)
        assert sorted(one.rpartition(".")[2] for one in handlers) == ["mail_credit_note", "store_credit_note_pdf"]


def test_eight_runs_at_once_credit_once(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden)
    void(northwind, 0, 1, 2)
    assert sum(times(8, lambda n: due(northwind))) == 1
    assert standing(northwind, invoice)[2] == "3"


def test_numbers_of_notes_have_no_gaps_though_some_fail(northwind: Vendor, halden: Customer) -> None:
    invoice = november(northwind, halden, tickets=16)

    def take(n: int) -> None:
        void(northwind, n)
        with scope(northwind.tenant.pk):
            credit_now(invoice, at=instant(SECOND))

    times(16, take)
    numbers = sorted(one[0] for one in notes(northwind))
    assert numbers == [f"CN-2026-{n + 1:04d}" for n in range(len(numbers))]
    assert standing(northwind, invoice)[2] == "16"
