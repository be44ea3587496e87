"""November 2026 at Northwind Support AI, told by date: what Halden Outfitters saw, and what it was billed.

Halden is in New York, where the clocks go back on the 1st. Its plan: 99.00 USD in advance; 0.99 for each resolved
ticket after 100 included; meetings graduated, 20 at 12.50 and then 10.00. A ticket counts from 4 stars on, and settles
after 72 hours.

    day      tickets  meetings
    1-10        120        18     settled
    12            8                below 4 stars: not billable
    14            1                voided on the 16th, before it was settled
    15            2                voided on the 25th, settled and not yet billed
    28-30        30         6     booked on 1 to 3 December: the window runs over the end of the cycle
    ----------------------------
    November    120        24     tickets: 120 + 1 - 1 + 2 - 2
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.events import resolve
from apps.events.ingest import Result
from apps.events.models import Outcome
from apps.events.state import State, state_of
from apps.invoices.close import Closed, close_tenant
from apps.invoices.law import classes
from apps.invoices.live import Live, live
from apps.invoices.models import Invoice
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

TIERS = [{"up_to": "20", "unit_amount": "12.50"}, {"up_to": None, "unit_amount": "10.00"}]
PRICES = [
    {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.99", "included": "100"},
    {"outcome": "meeting", "model": "graduated", "tiers": TIERS},
]


def meeting(id: str, **fields: Any) -> dict[str, Any]:
    return ticket(id, type="meeting.booked") | fields


class Month:
    """The diary: everybody in it, and the questions a page would ask."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.halden: Customer = vendor.customer()
        vendor.definition(condition="properties.rating >= 4", settlement={"window_seconds": 72 * 3600})
        vendor.definition("meeting", name="Booked meeting", unit="meeting", trigger="meeting.booked")
        plan = vendor.plan(prices=PRICES, base_fee={"amount": "99.00", "timing": "advance"})
        vendor.subscribe(self.halden, plan, "2026-11-01")

    def tickets(self, day: int, count: int, rating: int = 5) -> list[Result]:
        at = f"2026-11-{day:02} 15:00"
        events = [
            ticket(f"t{day}-{n}", time=f"{at}:00Z".replace(" ", "T"), properties={"rating": rating})
            for n in range(count)
        ]
        return self.vendor.send(*events, at=at)

    def meetings(self, day: int, count: int) -> None:
        at = f"2026-11-{day:02} 15:00"
        self.vendor.send(*[meeting(f"m{day}-{n}", time=f"{at}:00Z".replace(" ", "T")) for n in range(count)], at=at)

    def void(self, result: Result, at: str) -> None:
        assert result.outcome
        with scope(self.vendor.tenant.pk):
            resolve.void(resolve.lock(result.outcome), by="ada", reason="reopened by phone", at=instant(at))

    def close(self, at: str) -> Closed:
        return close_tenant(self.vendor.tenant.pk, at=instant(at))

    def page(self, at: str) -> Live:
        with scope(self.vendor.tenant.pk):
            return live(self.halden, at=instant(at))

    def figures(self, at: str) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
        """Settled, pending and voided of each outcome on the page."""
        return {
            one.code: (one.figures.settled, one.figures.pending, one.figures.voided) for one in self.page(at).outcomes
        }

    def invoices(self) -> list[Invoice]:
        with scope(self.vendor.tenant.pk):
            return list(Invoice.objects.order_by("number"))

    def law(self, at: str) -> dict[str, int]:
        with scope(self.vendor.tenant.pk):
            return {name: n for name, n in classes(self.vendor.tenant.pk, at=instant(at)).items() if n}


@pytest.fixture(scope="module")
def month(django_db_setup: None, django_db_blocker: Any) -> Iterator[Month]:
    """One month for all the tests below, which are its days in order."""
    from tests.cast import new_vendor

    with django_db_blocker.unblock():
        yield Month(new_vendor())


def test_01_the_fee_of_the_first_cycle_is_billed_when_it_starts(month: Month) -> None:
    assert month.close("2026-11-01 04:00") == Closed(closed=0, invoices=1)
    assert month.invoices()[0].total == Decimal("99.00")


def test_02_to_10_tickets_and_meetings_are_counted_as_they_come(month: Month) -> None:
    for day in range(1, 11):
        month.tickets(day, 12)
    month.meetings(5, 18)
    assert month.figures("2026-11-10 15:01") == {"resolved_ticket": (84, 36, 0), "meeting": (18, 0, 0)}


def test_10_the_amount_so_far_is_what_a_close_would_bill_for_the_days_that_are_there(month: Month) -> None:
    so_far = Decimal("99.00") + 20 * Decimal("0.99") + 18 * Decimal("12.50")
    assert month.page("2026-11-10 15:01").amount == so_far == Decimal("343.80")


def test_12_what_is_below_four_stars_is_kept_and_does_not_count(month: Month) -> None:
    results = month.tickets(12, 8, rating=3)
    assert {(one.status, one.reason) for one in results} == {("accepted", "condition_false")}


def test_13_pending_tickets_settle_by_the_clock_alone(month: Month) -> None:
    assert month.figures("2026-11-13 14:59")["resolved_ticket"] == (108, 12, 0)
    assert month.figures("2026-11-13 15:00")["resolved_ticket"] == (120, 0, 0)


def test_16_a_ticket_voided_while_pending_is_not_pending_any_more(month: Month) -> None:
    [result] = month.tickets(14, 1)
    month.void(result, "2026-11-16 09:00")
    assert month.figures("2026-11-16 09:00")["resolved_ticket"] == (120, 0, 1)


def test_25_tickets_voided_after_they_settled_are_taken_back_where_they_were_booked(month: Month) -> None:
    for result in month.tickets(15, 2):
        month.void(result, "2026-11-25 09:00")
    assert month.figures("2026-11-25 09:00")["resolved_ticket"] == (120, 0, 3)


def test_30_what_settles_in_december_is_not_novembers(month: Month) -> None:
    for day in (28, 29, 30):
        month.tickets(day, 10)
    month.meetings(29, 6)
    assert month.figures("2026-11-30 23:00") == {"resolved_ticket": (120, 0, 3), "meeting": (24, 0, 0)}


def test_december_1_the_cycle_is_closed_at_midnight_in_new_york(month: Month) -> None:
    assert month.close("2026-12-01 04:59") == Closed()
    assert month.close("2026-12-01 05:00") == Closed(closed=1, invoices=1)
    usage = [(line["outcome"], line["quantity"], line["amount"]) for line in month.invoices()[1].document["lines"]]
    assert usage == [(None, "1", "99.00"), ("resolved_ticket", "120", "19.80"), ("meeting", "24", "290.00")]
    assert month.invoices()[1].total == Decimal("408.80")


def test_december_1_thirty_tickets_wait_for_the_next_invoice(month: Month) -> None:
    assert month.law("2026-12-01 05:00") == {"open": 30, "voided": 3, "fenced": 144}
    assert month.figures("2026-12-01 05:00")["resolved_ticket"] == (0, 30, 0)


def test_december_2_a_late_ticket_of_november_is_booked_in_december(month: Month) -> None:
    month.vendor.send(ticket("late", time="2026-11-20T15:00:00Z", properties={"rating": 5}), at="2026-12-02 12:00")
    with scope(month.vendor.tenant.pk):
        outcome = Outcome.objects.get(event__external_id="late")
    assert (outcome.booked_day, outcome.late) == (date(2026, 12, 2), True)
    [tickets, _] = month.page("2026-12-02 12:00").outcomes
    assert (tickets.figures.late, tickets.figures.settled) == (1, 11), "what is late is part of what has settled"


def test_december_3_a_void_of_a_billed_ticket_leaves_the_invoice_alone_and_asks_for_a_credit(month: Month) -> None:
    with scope(month.vendor.tenant.pk):
        billed = Outcome.objects.get(event__external_id="t1-0")
        row = resolve.void(resolve.lock(billed.pk), by="ada", reason="wrong customer", at=instant("2026-12-03 09:00"))
        state = state_of(billed, {row.kind: row}, invoiced={billed.booked_day}, at=instant("2026-12-03 09:00"))
    assert (row.after_fence, row.quantity, row.booked_day, state) == (True, 0, None, State.CREDITED)
    assert month.law("2026-12-03 09:00")["fenced"] == 144


def test_january_1_december_is_closed_with_the_tickets_that_waited(month: Month) -> None:
    month.close("2027-01-01 05:00")
    usage = {line["outcome"]: line["quantity"] for line in month.invoices()[2].document["lines"]}
    assert usage == {None: "1", "resolved_ticket": "31", "meeting": "0"}
    assert month.law("2027-01-01 05:00") == {"voided": 3, "fenced": 175}
