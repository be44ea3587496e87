"""Closing: what is due and what is not, which fees, which numbers, and that nothing is billed twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from apps.invoices.bill import CLOSE
from apps.invoices.cancel import cancel
from apps.invoices.close import Closed, close_tenant, fence_some
from apps.invoices.law import classes
from apps.invoices.models import Cycle, Invoice
from apps.invoices.subscribe import Refused, subscribe
from apps.outbox.models import OutboxEntry
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.statements import about, asked
from tests.threads import times

DECEMBER_1 = "2026-12-01 05:00"
"""Midnight in New York, where Halden is."""
IN_ADVANCE = {"amount": "99.00", "timing": "advance"}


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def close(vendor: Vendor, at: str) -> Closed:
    return close_tenant(vendor.tenant.pk, at=instant(at))


def invoices(vendor: Vendor) -> list[Invoice]:
    with scope(vendor.tenant.pk):
        return list(Invoice.objects.order_by("number"))


def lines(invoice: Invoice) -> list[tuple[Any, ...]]:
    return [(line["kind"], line["period"]["start"], line["amount"]) for line in invoice.document["lines"]]


def test_a_cycle_is_closed_at_the_local_midnight_of_its_end_and_not_before(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    assert close(northwind, "2026-12-01 04:59:59") == Closed(0, 0, 0)
    assert close(northwind, DECEMBER_1) == Closed(1, 1, 0)


def test_a_second_run_finds_nothing_to_do(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    assert close(northwind, DECEMBER_1) == Closed(0, 0, 0)


def test_a_tenants_grace_is_waited_for(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(grace=timedelta(hours=6))
    assert close(northwind, "2026-12-01 10:59").closed == 0
    assert close(northwind, "2026-12-01 11:00").closed == 1


def test_a_late_run_closes_all_cycles_that_have_ended_each_with_its_own_usage(
    northwind: Vendor, halden: Customer
) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-09-01")
    northwind.send(*[ticket(f"s{n}", time="2026-09-10T12:00:00Z") for n in range(110)], at="2026-09-10 12:00")
    northwind.send(*[ticket(f"o{n}", time="2026-10-10T12:00:00Z") for n in range(101)], at="2026-10-10 12:00")
    assert close(northwind, DECEMBER_1) == Closed(3, 3, 0)
    assert [one.total for one in invoices(northwind)] == [Decimal("108.90"), Decimal("99.99"), Decimal("99.00")]


def test_one_portion_closes_all_that_a_customer_has_due(northwind: Vendor, halden: Customer) -> None:
    """Workers bill between two portions: an earlier month must not be billed while a later one still changes."""
    northwind.subscribe(halden, northwind.plan(), "2026-09-01")
    assert fence_some(northwind.tenant.pk, at=instant(DECEMBER_1)) == 3
    with scope(northwind.tenant.pk):
        assert Customer.objects.get().closed_through == date(2026, 12, 1)
        assert not Cycle.objects.due(instant(DECEMBER_1)).exists()


def test_in_arrears_a_cycles_fee_is_billed_with_its_usage(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    [invoice] = invoices(northwind)
    assert lines(invoice) == [("base_fee", "2026-11-01", "99.00"), ("usage", "2026-11-01", "0.00")]


def test_in_advance_the_first_fee_is_an_invoice_of_its_own_at_the_start(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    assert close(northwind, "2026-11-01 03:59") == Closed(0, 0, 0)
    assert close(northwind, "2026-11-01 04:00") == Closed(0, 1, 0)
    assert lines(invoices(northwind)[0]) == [("base_fee", "2026-11-01", "99.00")]


def test_in_advance_a_close_bills_its_usage_and_the_next_cycles_fee(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close(northwind, DECEMBER_1)
    assert lines(invoices(northwind)[1]) == [("base_fee", "2026-12-01", "99.00"), ("usage", "2026-11-01", "0.00")]


def test_a_final_invoice_has_no_advance_fee(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="cycle_end", at=instant("2026-11-18 12:00"))
    assert close(northwind, "2027-03-01 00:00") == Closed(1, 2, 0)
    assert lines(invoices(northwind)[1]) == [("usage", "2026-11-01", "0.00")]


def test_a_fee_is_prorated_by_day_and_included_units_are_not(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-21")
    northwind.send(*[ticket(str(n), time="2026-11-22T12:00:00Z") for n in range(100)], at="2026-11-22 12:00")
    close(northwind, DECEMBER_1)
    assert lines(invoices(northwind)[0]) == [("base_fee", "2026-11-21", "33.00"), ("usage", "2026-11-21", "0.00")]


def test_usage_before_a_backdated_subscription_is_priced_once_it_exists(northwind: Vendor, halden: Customer) -> None:
    northwind.send(*[ticket(str(n), time="2026-11-03T12:00:00Z") for n in range(101)], at="2026-11-03 12:00")
    with scope(northwind.tenant.pk):
        assert classes(northwind.tenant.pk, at=instant(DECEMBER_1))["unbilled"] == 101
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    assert invoices(northwind)[0].total == Decimal("99.99")


def test_a_closed_day_can_not_be_subscribed(northwind: Vendor, halden: Customer) -> None:
    plan = northwind.plan()
    subscription = northwind.subscribe(halden, plan, "2026-11-01")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="cycle_end", at=instant("2026-11-18 12:00"))
    close(northwind, DECEMBER_1)
    with scope(northwind.tenant.pk), pytest.raises(Refused, match="before 2026-12-01 are closed"):
        subscribe(halden, plan, start=date(2026, 11, 30))


def test_an_event_of_a_closed_month_is_booked_late_on_an_open_day(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    [result] = northwind.send(ticket("late", time="2026-11-20T12:00:00Z"), at="2026-12-03 12:00")
    with scope(northwind.tenant.pk):
        from apps.events.models import Outcome

        outcome = Outcome.objects.get(pk=result.outcome)
    assert (outcome.booked_day, outcome.late) == (date(2026, 12, 3), True)


def test_numbers_are_a_series_of_each_tenant_and_year(northwind: Vendor, globex: Vendor) -> None:
    for vendor in (northwind, globex):
        vendor.definition()
        vendor.subscribe(vendor.customer(), vendor.plan(), "2026-11-01")
        close(vendor, "2027-01-01 05:00")
    for vendor in (northwind, globex):
        assert [one.number for one in invoices(vendor)] == ["CF-2027-0001", "CF-2027-0002"]


def test_eight_runs_at_once_issue_each_invoice_once_and_no_number_is_missing(northwind: Vendor) -> None:
    northwind.definition()
    plan = northwind.plan(base_fee=IN_ADVANCE)
    for n in range(30):
        northwind.subscribe(northwind.customer(f"c{n}"), plan, "2026-11-01")
    runs = times(8, lambda _: close(northwind, DECEMBER_1))
    assert sum(runs, Closed()) == Closed(30, 60, 0)
    assert [one.number for one in invoices(northwind)] == [f"CF-2026-{n:04}" for n in range(1, 61)]


def statements_to_close(vendor: Vendor, at: str) -> int:
    with asked() as statements:
        close(vendor, at)
    return len(statements)


def test_a_batch_costs_as_many_statements_whatever_its_size(northwind: Vendor, globex: Vendor) -> None:
    counted = []
    for vendor, size in ((northwind, 3), (globex, 40)):
        vendor.definition()
        plan = vendor.plan()
        for n in range(size):
            vendor.subscribe(vendor.customer(f"c{n}"), plan, "2026-11-01")
        vendor.send(ticket("1", "c0", time="2026-11-10T12:00:00Z"), at="2026-11-10 12:00")
        counted.append(statements_to_close(vendor, DECEMBER_1))
    assert counted[0] == counted[1]


def test_behind_the_number_series_stand_only_the_rows_that_need_a_number(northwind: Vendor, halden: Customer) -> None:
    """Other workers of the tenant wait meanwhile."""
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with asked() as statements:
        close(northwind, DECEMBER_1)
    [taking] = about(statements, "invoices_numberseries")
    behind = statements[statements.index(taking) + 1 :]
    assert [one.split()[:3] for one in behind[:2]] == [
        ["INSERT", "INTO", "invoices_invoice"],
        ["INSERT", "INTO", "invoices_invoiceline"],
    ]
    assert behind[2].startswith("RELEASE SAVEPOINT")


def test_those_that_wait_are_found_in_their_order_without_looking_at_all_of_them(northwind: Vendor) -> None:
    """Of a hundred thousand cycles that wait each batch reads its own hundred."""
    with scope(northwind.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        plan = CLOSE.waiting(instant(DECEMBER_1)).order_by("ends_at", "id")[:100].explain()
    assert "invoices_cycle_unbilled" in plan
    assert "Sort" not in plan


def test_a_cycle_that_can_not_be_invoiced_is_counted_and_does_not_stop_the_others(northwind: Vendor) -> None:
    """The customer of one cycle has lost its time zone: whatever the cause, the other invoice is issued."""
    northwind.definition()
    plan = northwind.plan()
    good, bad = northwind.customer("good"), northwind.customer("bad")
    for customer in (good, bad):
        northwind.subscribe(customer, plan, "2026-11-01")
    with scope(northwind.tenant.pk):
        from apps.plans.models import Subscription

        Subscription.objects.filter(customer=bad).update(end=date(2026, 12, 1))
        Customer.objects.filter(pk=bad.pk).update(time_zone="Nowhere/Atlantis")
    assert close(northwind, DECEMBER_1) == Closed(2, 1, 1)
    with scope(northwind.tenant.pk):
        Customer.objects.filter(pk=bad.pk).update(time_zone="Europe/Berlin")
    assert close(northwind, DECEMBER_1) == Closed(0, 1, 0)


def test_an_invoice_of_nothing_is_paid(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    close(northwind, DECEMBER_1)
    assert (invoices(northwind)[0].total, invoices(northwind)[0].status) == (0, "paid")


def test_each_invoice_puts_its_pdf_and_its_mail_in_the_outbox(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    with scope(northwind.tenant.pk):
        handlers = set(OutboxEntry.objects.values_list("handler", flat=True))
    assert handlers == {"apps.invoices.deliver.store_pdf", "apps.invoices.deliver.mail_invoice"}


def test_an_issued_document_does_not_change_with_the_customer(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    close(northwind, DECEMBER_1)
    with scope(northwind.tenant.pk):
        Customer.objects.update(name="Halden & Sons")
    assert invoices(northwind)[0].document["buyer"]["name"] == "Halden Outfitters"


def test_a_reader_can_redo_the_total_from_the_document(northwind: Vendor, halden: Customer) -> None:
    tiers = [
        {"up_to": "10", "unit_amount": "0.995"},
        {"up_to": None, "unit_amount": "0.333", "flat_amount": "5.00"},
    ]
    prices = [{"outcome": "resolved_ticket", "model": "graduated", "tiers": tiers}]
    northwind.subscribe(halden, northwind.plan(prices=prices), "2026-11-01")
    northwind.send(*[ticket(str(n), time="2026-11-03T12:00:00Z") for n in range(13)], at="2026-11-03 12:00")
    close(northwind, DECEMBER_1)
    [invoice] = invoices(northwind)
    usage = invoice.document["lines"][1]
    steps = sum(Decimal(step["amount"]) for step in usage["breakdown"])
    assert steps == Decimal("9.95") + Decimal("5") + Decimal("0.999")
    assert (usage["amount"], usage["amount_exact"]) == ("15.95", "15.949")
    assert invoice.total == Decimal("99.00") + Decimal("15.95")


def test_days_to_pay_are_the_customers_own(northwind: Vendor, halden: Customer) -> None:
    """New York's 1 November has 25 hours: thirty times 24 hours after its midnight it is still 30 November there."""
    northwind.subscribe(halden, northwind.plan(), "2026-10-01")
    close(northwind, "2026-11-01 04:00")
    (invoice,) = invoices(northwind)
    assert (invoice.issued_on, invoice.due_on) == (date(2026, 11, 1), date(2026, 12, 1))
    assert invoice.due_at == instant("2026-12-01 05:00")
