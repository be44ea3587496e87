"""What no subscription prices: by outcome and days, less what was billed by hand."""

from datetime import date
from decimal import Decimal

import pytest

from apps.events import resolve
from apps.events.models import Outcome
from apps.invoices.bill_unbilled import Rate, bill_unbilled
from apps.invoices.cancel import cancel
from apps.invoices.drafts import add_charge, discard_draft, issue_draft
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import unbilled
from apps.plans.one_offs import OneOff
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.threads import times

NOON = instant("2026-11-18 12:00")


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def send(vendor: Vendor, *days: str) -> None:
    for day in days:
        vendor.send(ticket(day, time=f"{day}T18:00:00Z"), at=f"{day} 18:00")


def listed(vendor: Vendor, customer: Customer) -> list[tuple[str, date, date, Decimal]]:
    with scope(vendor.tenant.pk):
        return [(one.outcome, one.period.start, one.period.end, one.quantity) for one in unbilled(customer)]


def test_without_a_subscription_all_that_counted_is_listed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05")
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 3), date(2026, 11, 6), Decimal(2))]


def test_what_is_priced_is_not(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-10")
    northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 3), date(2026, 11, 4), Decimal(1))]


def test_before_and_after_a_subscription_are_two_stretches(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-10", "2026-11-25", "2026-11-26")
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant("2026-11-18 12:00"))
    assert listed(northwind, halden) == [
        ("resolved_ticket", date(2026, 11, 3), date(2026, 11, 4), Decimal(1)),
        ("resolved_ticket", date(2026, 11, 25), date(2026, 11, 27), Decimal(2)),
    ]


def test_an_outcome_that_the_plan_does_not_price_is_listed(northwind: Vendor, halden: Customer) -> None:
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting", unit="meeting")
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.send(ticket("m", type="meeting.booked", time="2026-11-05T18:00:00Z"), at="2026-11-05 18:00")
    assert listed(northwind, halden) == [("meeting", date(2026, 11, 5), date(2026, 11, 6), Decimal(1))]


def test_what_was_voided_is_not_listed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03")
    with scope(northwind.tenant.pk):
        standing = resolve.lock(Outcome.objects.get().pk)
        resolve.void(standing, by="tests", reason="Reopened", at=instant("2026-11-04 12:00"))
    assert listed(northwind, halden) == []


def by_hand(vendor: Vendor, customer: Customer, **each: str) -> Invoice:
    """A draft of the stretches that begin on these days of November, at so much each."""
    rates = {f"resolved_ticket-202611{day[1:]}": Rate(Decimal(amount)) for day, amount in each.items()}
    with scope(vendor.tenant.pk):
        return bill_unbilled(customer, rates, at=NOON)


def test_billed_by_hand_it_is_a_line_of_its_outcome_and_days(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05", "2026-11-06")
    draft = by_hand(northwind, halden, _03="0.333")
    [line] = draft.document["lines"]
    assert (line["kind"], line["outcome"], line["quantity"], line["unit"]) == (
        "one_off",
        "resolved_ticket",
        "3",
        "ticket",
    )
    assert line["period"] == {"start": "2026-11-03", "end": "2026-11-07", "last": "2026-11-06"}
    assert (line["amount"], line["amount_exact"]) == ("1.00", "0.999")
    assert [step["text"] for step in line["breakdown"]] == ["3 at 0.333"]
    assert draft.total == Decimal("1.00")


def test_what_was_billed_by_hand_is_left_out(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05")
    by_hand(northwind, halden, _03="1")
    assert listed(northwind, halden) == []
    send(northwind, "2026-11-06")
    assert listed(northwind, halden) == [("resolved_ticket", date(2026, 11, 6), date(2026, 11, 7), Decimal(1))]


def test_thrown_away_it_is_listed_again(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03")
    draft = by_hand(northwind, halden, _03="1")
    with scope(northwind.tenant.pk):
        discard_draft(draft.pk)
    assert len(listed(northwind, halden)) == 1


def test_it_survives_a_change_of_the_draft_and_its_issue(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03")
    draft = by_hand(northwind, halden, _03="1")
    with scope(northwind.tenant.pk):
        add_charge(draft.pk, OneOff("Travel", Decimal("20.00")), at=NOON)
        issued = issue_draft(draft.pk, at=NOON)
        rows = list(issued.lines.order_by("position").values_list("outcome", "amount"))
    assert rows == [("resolved_ticket", Decimal(1)), (None, Decimal(20))]
    assert listed(northwind, halden) == []


def test_of_eight_who_bill_it_at_once_one_does(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03")

    def attempt(_: int) -> bool:
        try:
            by_hand(northwind, halden, _03="1")
        except Refused:
            return False
        return True

    assert sum(times(8, attempt)) == 1


def test_days_that_are_billed_by_hand_can_not_be_subscribed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, "2026-11-03", "2026-11-05")
    by_hand(northwind, halden, _03="1")
    plan = northwind.plan()
    with pytest.raises(Refused, match="billed by hand through 2026-11-05"):
        northwind.subscribe(halden, plan, "2026-11-01")
    northwind.subscribe(halden, plan, "2026-11-06")
