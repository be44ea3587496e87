"""The last quarter of 2026 at Northwind Support AI, told by date: how results are judged, settled and taken back.

Halden is in New York, where the clocks go back on 1 November at 06:00 UTC. Its plan: 50.00 USD a month in arrears, a
ticket at 1.00, a meeting at 10.00, a saved account at 5.00. All times below are UTC; the days booked are Halden's.

A ticket counts from 4 stars on unless it is reopened within 72 hours; from 10 November, 12:00 on (version 2) with 5
stars, unless within 48. A meeting counts once it is held, within 72 hours. An account is saved once a month.

    what                                                              October  November  December
    5 Oct     10 tickets with 5 stars (2 with 3 stars don't count)         10
    7 Oct     one of them is reopened before it settled                    -1
    9 Oct     another is reopened after it settled: it stays                0
    12 Oct    one is voided by word, settled and not yet billed            -1
    20 Oct    a reopening is reported before its ticket, of 19 Oct          0
    29 Oct    03:30 and 72 hours: 31 October, 23:30 in New York             1
    29 Oct    04:30 and 72 hours: 1 November, 00:30, the next cycle                   1
    30 Oct    04:30 and 72 hours over the change: 1 November, 23:30                   1
    5 Nov     two billed ones are voided: credits, the invoice stays        0
    9 Nov     4 tickets with 4 stars, and 1 more reported on the 12th                 5
    11 Nov    3 tickets with 5 stars (4 with 4 stars don't count now)                 3
    29 Nov    2 tickets settle on 1 December, one reopened before that                          1
    10 Dec    5 tickets                                                                         5
    ---------------------------------------------------------------------------------------------
    tickets                                                                 9        10         6

    20 Oct    a meeting held in time; one never held; one held too late     1
    21 Oct    held, and reported before the meeting itself                  1
    30 Oct    held on 1 November                                                      1
    2 Nov     held on 5 November, in the window's last instant                        1
    28 Nov    held on the 29th, reported on 2 December: late                                    1
    ---------------------------------------------------------------------------------------------
    meetings                                                                2         2         1

    5 Oct     account S1, and again on the 20th and on 31 October, 23:59    1
    1 Nov     account S1 at 00:00                                                     1
    1 Dec     account S2 on 30 November, 23:59, and again at 00:00                    1         1
    ---------------------------------------------------------------------------------------------
    saved accounts                                                          1         2         1
    ---------------------------------------------------------------------------------------------
    invoice: 50.00 + tickets + 10 x meetings + 5 x accounts             84.00     90.00     71.00
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.common.periods import Period
from apps.events import resolve, usage
from apps.events.compare import compare
from apps.events.ingest import Result
from apps.events.models import Outcome, Resolution
from apps.events.state import state_of
from apps.invoices.close import Closed, close_tenant
from apps.invoices.law import classes
from apps.invoices.models import Invoice
from apps.outcomes.publish import publish_version
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

HOUR = 3600
REOPENED = [{"type": "ticket.reopened"}]
FIRST = {"condition": "properties.rating >= 4", "settlement": {"window_seconds": 72 * HOUR, "void_on": REOPENED}}
SECOND = {"condition": "properties.rating >= 5", "settlement": {"window_seconds": 48 * HOUR, "void_on": REOPENED}}
HELD = {"window_seconds": 72 * HOUR, "mode": "on_confirmation", "confirm_on": [{"type": "meeting.held"}]}
PRICES = [
    {"outcome": code, "model": "unit", "unit_amount": amount}
    for code, amount in (("resolved_ticket", "1.00"), ("meeting", "10.00"), ("saved_account", "5.00"))
]
MONTHS = {
    "October": Period(date(2026, 10, 1), date(2026, 11, 1)),
    "November": Period(date(2026, 11, 1), date(2026, 12, 1)),
    "December": Period(date(2026, 12, 1), date(2027, 1, 1)),
}


class Quarter:
    """The diary: everybody in it, what is reported, and the questions a reader would ask."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.halden: Customer = vendor.customer()
        self.tickets = vendor.definition(**FIRST)
        vendor.definition("meeting", name="Meeting", unit="meeting", trigger="meeting.booked", settlement=HELD)
        vendor.definition("saved_account", unit="account", trigger="account.saved", once_per_subject="month")
        plan = vendor.plan(prices=PRICES, base_fee={"amount": "50.00", "timing": "arrears"})
        vendor.subscribe(self.halden, plan, "2026-10-01")

    def say(self, type: str, id: str, time: str, *, told: str | None = None, **fields: Any) -> Result:
        """Report one event that happened at `time`, then or when it is told."""
        event = ticket(id, type=type, time=instant(time).isoformat()) | fields
        [result] = self.vendor.send(event, at=told or time)
        return result

    def resolved(self, id: str, time: str, rating: int = 5, **fields: Any) -> Result:
        return self.say("ticket.resolved", id, time, subject=f"T-{id}", properties={"rating": rating}, **fields)

    def reopened(self, id: str, time: str, **fields: Any) -> Result:
        return self.say("ticket.reopened", f"reopened-{id}-{time}", time, subject=f"T-{id}", **fields)

    def held(self, id: str, time: str, **fields: Any) -> Result:
        return self.say("meeting.held", f"held-{id}", time, subject=f"T-{id}", **fields)

    def saved(self, subject: str, time: str) -> Result:
        return self.say("account.saved", f"saved-{subject}-{time}", time, subject=subject)

    def outcome(self, id: str) -> Outcome:
        found: Outcome = Outcome.objects.select_related("version").get(event__external_id=id)
        return found

    def void(self, id: str, at: str) -> Resolution:
        with scope(self.vendor.tenant.pk):
            locked = resolve.lock(self.outcome(id).pk)
            return resolve.void(locked, by="ada", reason="wrong answer", at=instant(at))

    def state(self, id: str, at: str) -> str:
        with scope(self.vendor.tenant.pk):
            outcome = self.outcome(id)
            rows = {row.kind: row for row in Resolution.objects.filter(outcome=outcome)}
            closed = Customer.objects.get().closed_through
            invoiced = [day for day in (outcome.booked_day,) if day and day < closed]
            return str(state_of(outcome, rows, invoiced=invoiced, at=instant(at)))

    def booked(self, id: str) -> date | None:
        with scope(self.vendor.tenant.pk):
            return self.outcome(id).booked_day

    def close(self, at: str) -> Closed:
        return close_tenant(self.vendor.tenant.pk, at=instant(at))

    def counted(self, month: str) -> dict[str, Decimal]:
        """Usage of a month, by outcome."""
        counted: dict[str, Decimal] = {}
        with scope(self.vendor.tenant.pk):
            for one in usage.totals(self.halden.pk, MONTHS[month]):
                counted[one.definition] = counted.get(one.definition, Decimal(0)) + one.quantity
        return counted

    def invoices(self) -> list[Invoice]:
        with scope(self.vendor.tenant.pk):
            return list(Invoice.objects.order_by("number"))

    def law(self, at: str) -> dict[str, int]:
        with scope(self.vendor.tenant.pk):
            return {name: n for name, n in classes(self.vendor.tenant.pk, at=instant(at)).items() if n}


@pytest.fixture(scope="module")
def quarter(django_db_setup: None, django_db_blocker: Any) -> Iterator[Quarter]:
    """One quarter for all the tests below, which are its days in order."""
    from tests.cast import new_vendor

    with django_db_blocker.unblock():
        yield Quarter(new_vendor())


def test_october_5_a_ticket_counts_from_four_stars_on(quarter: Quarter) -> None:
    good = [quarter.resolved(f"a{n}", "2026-10-05 15:00") for n in range(10)]
    poor = [quarter.resolved(f"poor{n}", "2026-10-05 15:00", rating=3) for n in range(2)]
    assert {(one.billable, one.settles_at) for one in good} == {(True, instant("2026-10-08 15:00"))}
    assert {(one.billable, one.reason) for one in poor} == {(False, "condition_false")}


def test_october_5_to_20_an_account_is_saved_once_a_month(quarter: Quarter) -> None:
    assert quarter.saved("S1", "2026-10-05 12:00").billable
    assert quarter.saved("S1", "2026-10-20 12:00").reason == "already_counted"


def test_october_7_a_ticket_reopened_before_it_settled_does_not_count(quarter: Quarter) -> None:
    quarter.reopened("a0", "2026-10-07 10:00")
    assert quarter.state("a0", "2026-10-07 10:00") == "voided"
    assert quarter.counted("October")["resolved_ticket"] == 9


def test_october_9_a_ticket_reopened_after_it_settled_still_counts(quarter: Quarter) -> None:
    quarter.reopened("a1", "2026-10-09 15:00")
    assert quarter.state("a1", "2026-10-09 15:00") == "settled"


def test_october_12_a_settled_ticket_is_voided_by_word(quarter: Quarter) -> None:
    row = quarter.void("a2", "2026-10-12 09:00")
    assert (row.after_fence, row.booked_day, row.quantity) == (False, date(2026, 10, 8), -1)


def test_october_20_a_reopening_that_is_reported_before_its_ticket_voids_it(quarter: Quarter) -> None:
    assert quarter.reopened("b", "2026-10-20 12:00").reason == "signal"
    quarter.resolved("b", "2026-10-19 15:00", told="2026-10-21 08:00")
    assert quarter.state("b", "2026-10-21 08:00") == "voided"


def test_october_20_to_24_a_meeting_counts_once_it_is_held_in_time(quarter: Quarter) -> None:
    for id in ("held", "never", "too-late"):
        quarter.say("meeting.booked", id, "2026-10-20 15:00")
    assert quarter.state("held", "2026-10-20 15:00") == "awaiting_confirmation"
    quarter.held("held", "2026-10-22 15:00")
    quarter.held("too-late", "2026-10-24 15:00")
    states = [quarter.state(id, "2026-10-24 15:00") for id in ("held", "never", "too-late")]
    assert states == ["settled", "expired", "expired"]


def test_october_24_a_word_can_not_confirm_what_has_expired(quarter: Quarter) -> None:
    with pytest.raises(resolve.NotNow, match="expired at 2026-10-23 15:00"), scope(quarter.vendor.tenant.pk):
        resolve.confirm(resolve.lock(quarter.outcome("never").pk), by="ada", at=instant("2026-10-24 15:00"))


def test_october_22_a_meeting_held_and_reported_before_its_booking_counts(quarter: Quarter) -> None:
    quarter.held("early", "2026-10-21 10:00")
    quarter.say("meeting.booked", "early", "2026-10-20 15:00", told="2026-10-22 10:00")
    assert quarter.state("early", "2026-10-22 10:00") == "settled"


def test_october_29_a_window_is_hours_and_the_day_it_ends_on_is_haldens(quarter: Quarter) -> None:
    quarter.resolved("before-midnight", "2026-10-29 03:30")
    quarter.resolved("after-midnight", "2026-10-29 04:30")
    quarter.resolved("over-the-change", "2026-10-30 04:30")
    assert quarter.booked("before-midnight") == date(2026, 10, 31)
    assert quarter.booked("after-midnight") == date(2026, 11, 1)
    assert quarter.booked("over-the-change") == date(2026, 11, 1), "72 hours from 00:30 end at 23:30 that week"


def test_october_31_the_month_of_an_account_ends_at_midnight_in_new_york(quarter: Quarter) -> None:
    assert quarter.saved("S1", "2026-11-01 03:59").reason == "already_counted"
    assert quarter.saved("S1", "2026-11-01 04:00").billable


def test_november_1_october_is_billed(quarter: Quarter) -> None:
    quarter.say("meeting.booked", "over-the-end", "2026-10-30 15:00")
    assert quarter.close("2026-11-01 04:00") == Closed(closed=1, invoices=1)
    assert quarter.counted("October") == {"resolved_ticket": 9, "meeting": 2, "saved_account": 1}
    assert quarter.invoices()[0].total == Decimal("84.00")


def test_november_1_the_law_with_october_billed(quarter: Quarter) -> None:
    assert quarter.law("2026-11-01 04:00") == {"fenced": 12, "open": 3, "awaiting": 1, "expired": 2, "voided": 3}


def test_november_5_meetings_held_in_november_are_novembers(quarter: Quarter) -> None:
    quarter.held("over-the-end", "2026-11-01 15:00")
    quarter.say("meeting.booked", "last-instant", "2026-11-02 15:00")
    quarter.held("last-instant", "2026-11-05 15:00")
    assert quarter.counted("November")["meeting"] == 2


def test_november_5_reopening_a_billed_ticket_out_of_its_window_changes_nothing(quarter: Quarter) -> None:
    quarter.reopened("a3", "2026-11-05 10:00")
    assert quarter.state("a3", "2026-11-05 10:00") == "invoiced"


def test_november_5_a_reopening_of_october_that_is_told_after_billing_asks_for_a_credit(quarter: Quarter) -> None:
    quarter.reopened("a4", "2026-10-06 10:00", told="2026-11-05 10:00")
    assert quarter.state("a4", "2026-11-05 10:00") == "credited"


def test_november_6_a_word_after_billing_asks_for_a_credit(quarter: Quarter) -> None:
    row = quarter.void("a5", "2026-11-06 10:00")
    assert (row.after_fence, row.booked_day, row.quantity) == (True, None, 0)
    assert quarter.counted("October")["resolved_ticket"] == 9
    assert quarter.invoices()[0].total == Decimal("84.00")


def test_november_9_to_12_the_version_in_force_at_an_events_time_judges_it(quarter: Quarter) -> None:
    before = [quarter.resolved(f"d{n}", "2026-11-09 15:00", rating=4) for n in range(4)]
    with scope(quarter.vendor.tenant.pk):
        content = {"name": "Resolved ticket", "unit": "ticket"} | SECOND
        publish_version(quarter.tickets.definition, content, at=instant("2026-11-10 12:00"))
    weak = [quarter.resolved(f"weak{n}", "2026-11-11 15:00", rating=4) for n in range(4)]
    strong = [quarter.resolved(f"e{n}", "2026-11-11 15:00") for n in range(3)]
    told_later = quarter.resolved("d4", "2026-11-09 15:00", rating=4, told="2026-11-12 15:00")
    assert all(one.billable for one in (*before, *strong, told_later))
    assert {one.reason for one in weak} == {"condition_false"}
    assert strong[0].settles_at == instant("2026-11-13 15:00")


def test_november_30_a_ticket_reopened_before_it_settles_in_december(quarter: Quarter) -> None:
    for id in ("f0", "f1"):
        quarter.resolved(id, "2026-11-29 15:00")
    quarter.reopened("f0", "2026-11-30 09:00")
    quarter.say("meeting.booked", "told-late", "2026-11-28 15:00")
    assert quarter.counted("December") == {"resolved_ticket": 1}


def test_december_1_november_is_billed(quarter: Quarter) -> None:
    assert quarter.saved("S2", "2026-12-01 04:59").billable
    assert quarter.close("2026-12-01 04:59") == Closed()
    assert quarter.close("2026-12-01 05:00") == Closed(closed=1, invoices=1)
    assert quarter.counted("November") == {"resolved_ticket": 10, "meeting": 2, "saved_account": 2}
    assert quarter.invoices()[1].total == Decimal("90.00")


def test_december_1_novembers_invoice_names_both_versions_and_what_each_judged(quarter: Quarter) -> None:
    [tickets] = [one for one in quarter.invoices()[1].document["lines"] if one["outcome"] == "resolved_ticket"]
    assert [(one["version"], one["quantity"]) for one in tickets["definitions"]] == [(1, "7"), (2, "3")]


def test_december_1_a_new_month_for_the_same_account(quarter: Quarter) -> None:
    assert quarter.saved("S2", "2026-12-01 05:00").billable


def test_december_2_a_meeting_held_in_november_and_told_in_december_is_decembers(quarter: Quarter) -> None:
    quarter.held("told-late", "2026-11-29 15:00", told="2026-12-02 12:00")
    with scope(quarter.vendor.tenant.pk):
        row = Resolution.objects.get(outcome=quarter.outcome("told-late"))
    assert (row.booked_day, row.late) == (date(2026, 12, 2), True)


def test_january_1_december_is_billed(quarter: Quarter) -> None:
    for n in range(5):
        quarter.resolved(f"g{n}", "2026-12-10 15:00")
    assert quarter.close("2027-01-01 05:00") == Closed(closed=1, invoices=1)
    assert quarter.counted("December") == {"resolved_ticket": 6, "meeting": 1, "saved_account": 1}
    assert [one.total for one in quarter.invoices()] == [Decimal("84.00"), Decimal("90.00"), Decimal("71.00")]


def test_january_1_the_law_agrees_with_the_table(quarter: Quarter) -> None:
    """25 tickets, 5 meetings and 4 accounts were billed; 4 tickets voided in time; 2 meetings expired."""
    assert quarter.law("2027-01-01 05:00") == {"fenced": 34, "voided": 4, "expired": 2}


def test_january_1_usage_is_the_sum_of_the_ledger(quarter: Quarter) -> None:
    with scope(quarter.vendor.tenant.pk):
        assert compare().differences == []
