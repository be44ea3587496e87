"""What is billed by hand names its outcomes: its lines open into them, and what is taken back of them is credited.

Halden has no subscription. His tickets of 3 to 6 November are billed by hand on the 18th, and issued.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Count, Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.events import resolve
from apps.events.models import Outcome, Resolution
from apps.events.resolve import NotNow
from apps.invoices.bill_unbilled import Rate, bill_unbilled
from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.credit import credit_due, credit_now, void_invoice
from apps.invoices.drafts import discard_draft, issue_draft, remove_charge
from apps.invoices.find import outcomes_of, with_state
from apps.invoices.models import BilledByHand, CreditedVoid, CreditNote, Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import unbilled
from apps.invoices.void import void_outcome
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.cast import Vendor, instant, new_vendor, ticket
from tests.console.desk import client_of, text_of
from tests.invoices.money import bill as close_cycles
from tests.invoices.test_counted import contact_of, table, url
from tests.threads import at_once, times

NOON, EVENING, NEXT_DAY = "2026-11-18 12:00", "2026-11-18 20:00", "2026-11-19 06:00"


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    return northwind.customer()


def send(vendor: Vendor, *days: int, **fields: Any) -> None:
    """A ticket of each day of November, named by its day."""
    for day in days:
        event = ticket(str(day), time=f"2026-11-{day:02}T18:00:00Z", **fields)
        vendor.send(event, at=f"2026-11-{day:02} 18:00")


def late(vendor: Vendor, id: str, day: int) -> None:
    """A ticket of a day that is billed by now."""
    vendor.send(ticket(id, time=f"2026-11-{day:02}T19:00:00Z"), at=EVENING)


def draft(vendor: Vendor, customer: Customer, each: str = "2.00") -> Invoice:
    """A draft of all that is left, at so much each."""
    with scope(vendor.tenant.pk):
        rates = {one.key: Rate(Decimal(each)) for one in unbilled(customer)}
        return bill_unbilled(customer, rates, at=instant(NOON))


def bill(vendor: Vendor, customer: Customer, each: str = "2.00") -> Invoice:
    made = draft(vendor, customer, each)
    with scope(vendor.tenant.pk):
        return issue_draft(made.pk, at=instant(NOON))


def void(vendor: Vendor, *events: str, at: str = EVENING) -> None:
    with scope(vendor.tenant.pk):
        for one in events:
            outcome = Outcome.objects.get(event__external_id=one)
            void_outcome(outcome.pk, by="ada", reason="Reopened", at=instant(at))


def void_whole(vendor: Vendor, invoice: Invoice) -> None:
    with scope(vendor.tenant.pk):
        void_invoice(invoice, at=instant(EVENING))


def due(vendor: Vendor, at: str = NEXT_DAY) -> int:
    return credit_due(vendor.tenant.pk, at=instant(at))


def notes(vendor: Vendor) -> list[tuple[str, Decimal, Decimal]]:
    """(reason, tax, total) of each credit note."""
    with scope(vendor.tenant.pk):
        return list(CreditNote.objects.order_by("id").values_list("reason", "tax", "total"))


def left(vendor: Vendor, customer: Customer) -> list[tuple[date, date, Decimal]]:
    with scope(vendor.tenant.pk):
        return [(one.period.start, one.period.last, one.quantity) for one in unbilled(customer)]


def events_of(vendor: Vendor, invoice: Invoice, line: int | None = None) -> list[str]:
    with scope(vendor.tenant.pk):
        one = Invoice.objects.get(pk=invoice.pk)
        found = outcomes_of(one, None if line is None else one.document["lines"][line])
        return list(found.order_by("event__received_at").values_list("event__external_id", flat=True))


def state_of(vendor: Vendor, event: str, at: str = NEXT_DAY) -> tuple[str, Any]:
    with scope(vendor.tenant.pk):
        one = with_state(Outcome.objects.filter(event__external_id=event), at=instant(at)).get()
        return one.state, one.invoice_id


def forget_rows(vendor: Vendor) -> None:
    """As it was before lines by hand named their outcomes."""
    with scope(vendor.tenant.pk):
        BilledByHand.objects.all().delete()


# Opening


def test_the_line_opens_on_a_page(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    invoice = bill(northwind, halden)
    line, client = url(invoice, "resolved_ticket"), client_of(northwind)
    assert line in text_of(client.get(f"/invoices/{invoice.pk}"))
    page = text_of(client.get(line))
    assert ("T-3" in page, "T-5" in page, "Invoiced" in page) == (True, True, True)


def test_the_contact_opens_it_in_the_portal(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    invoice = bill(northwind, halden)
    page = contact_of(northwind, invoice).get(url(invoice, "resolved_ticket", place="portal"))
    assert "T-3" in text_of(page)


def test_the_draft_opens_too(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    made = draft(northwind, halden)
    assert "T-3" in text_of(client_of(northwind).get(url(made, "resolved_ticket")))


def test_the_api_opens_the_invoice_and_the_line(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    invoice, api = bill(northwind, halden), Api(northwind.api_key)
    [line] = api.get(f"/invoices/{invoice.pk}").json()["lines"]
    for asked in ({}, {"line": line["id"]}):
        found = api.get(f"/invoices/{invoice.pk}/outcomes", **asked).json()["data"]
        assert [(one["event"], one["state"]) for one in found] == [("5", "invoiced"), ("3", "invoiced")]
        assert {one["invoice"] for one in found} == {str(invoice.pk)}


def test_an_events_story_names_the_line(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    invoice, api = bill(northwind, halden), Api(northwind.api_key)
    [line] = api.get(f"/invoices/{invoice.pk}").json()["lines"]
    story = api.get("/events/3").json()
    assert (story["invoice"]["id"], story["invoice_line"]) == (str(invoice.pk), line["id"])
    page = text_of(client_of(northwind).get(f"/events/{story['outcome']['id']}"))
    assert "it is billed by hand, as 1 at 2" in page


def test_the_csv_sums_to_the_line(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, quantity="2.5")
    send(northwind, 5)
    invoice, client = bill(northwind, halden), client_of(northwind)
    rows = table(client.get(url(invoice, "resolved_ticket", "line_outcomes")))
    assert sum(Decimal(row["quantity"]) for row in rows) == Decimal("3.5")
    assert invoice.document["lines"][0]["quantity"] == "3.5"
    assert len(table(client.get(f"/invoices/{invoice.pk}/outcomes.csv"))) == 2


def test_two_stretches_of_an_outcome_open_each_into_its_own(northwind: Vendor, halden: Customer) -> None:
    """A subscription of 5 to 18 November stands between them."""
    send(northwind, 3, 10, 25)
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant(NOON))
    invoice = bill(northwind, halden)
    assert [events_of(northwind, invoice, line) for line in (0, 1, None)] == [["3"], ["25"], ["3", "25"]]


def test_a_one_off_beside_it_opens_into_nothing(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    made = draft(northwind, halden)
    with scope(northwind.tenant.pk):
        assert not outcomes_of(made, made.document["lines"][0] | {"outcome": None}).exists()


def test_globex_can_not_open_it(northwind: Vendor, globex: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    invoice = bill(northwind, halden)
    assert client_of(globex).get(url(invoice, "resolved_ticket")).status_code == 404
    with scope(globex.tenant.pk):
        assert not BilledByHand.objects.exists()


# What is left to bill


def test_what_arrives_later_is_on_the_next_invoice(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    first = bill(northwind, halden)
    late(northwind, "late", 3)
    assert left(northwind, halden) == [(date(2026, 11, 3), date(2026, 11, 3), Decimal(1))]
    second = bill(northwind, halden)
    assert (events_of(northwind, first), events_of(northwind, second)) == (["3", "5"], ["late"])


def test_a_late_one_is_billed_though_another_was_taken_back(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    bill(northwind, halden)
    void(northwind, "5")
    late(northwind, "late", 5)
    assert left(northwind, halden) == [(date(2026, 11, 5), date(2026, 11, 5), Decimal(1))]


def test_what_was_taken_back_before_is_not_billed(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    void(northwind, "3", at=NOON)
    assert events_of(northwind, bill(northwind, halden)) == ["5"]
    assert due(northwind) == 0


def test_neither_is_what_was_taken_back_once_its_day_was_closed(northwind: Vendor, halden: Customer) -> None:
    """Its day, the 3rd, is closed with November's cycle, and its sum still has it."""
    send(northwind, 3, 10)
    northwind.subscribe(halden, northwind.plan(), "2026-11-05")
    close_cycles(northwind)
    void(northwind, "3", at="2026-12-02 12:00")
    assert left(northwind, halden) == []


def test_what_is_held_waits_for_its_release(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    with scope(northwind.tenant.pk):
        pk = Outcome.objects.get().pk
        resolve.hold(resolve.lock(pk), by="ada", reason="Questioned", at=instant(NOON))
    assert left(northwind, halden) == []
    with scope(northwind.tenant.pk):
        resolve.release(resolve.lock(pk), by="ada", reason="Answered", at=instant(EVENING))
    assert left(northwind, halden) == [(date(2026, 11, 18), date(2026, 11, 18), Decimal(1))]


def test_what_awaits_confirmation_is_billed_once_it_is_confirmed(northwind: Vendor) -> None:
    northwind.definition(settlement={"window_seconds": 30 * 86_400, "mode": "on_confirmation"})
    halden = northwind.customer()
    send(northwind, 3, 5)
    assert left(northwind, halden) == []
    with scope(northwind.tenant.pk):
        pk = Outcome.objects.get(event__external_id="3").pk
        resolve.confirm(resolve.lock(pk), by="ada", at=instant("2026-11-10 12:00"))
    assert left(northwind, halden) == [(date(2026, 11, 10), date(2026, 11, 10), Decimal(1))]


def test_a_draft_that_is_thrown_away_frees_them(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    made = draft(northwind, halden)
    with scope(northwind.tenant.pk):
        discard_draft(made.pk)
    assert events_of(northwind, bill(northwind, halden)) == ["3"]


def test_a_line_that_is_taken_off_a_draft_frees_its_own(northwind: Vendor, halden: Customer) -> None:
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting", unit="meeting")
    send(northwind, 3)
    northwind.send(ticket("m", type="meeting.booked", time="2026-11-05T18:00:00Z"), at="2026-11-05 18:00")
    made = draft(northwind, halden)
    with scope(northwind.tenant.pk):
        remove_charge(made.pk, 0, at=instant(NOON))
    assert left(northwind, halden) == [(date(2026, 11, 5), date(2026, 11, 5), Decimal(1))]
    assert events_of(northwind, made) == ["3"]


def test_a_void_invoice_frees_them_and_still_opens(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    first = bill(northwind, halden)
    void_whole(northwind, first)
    assert state_of(northwind, "3") == ("settled", None)
    second = bill(northwind, halden)
    assert events_of(northwind, first) == events_of(northwind, second) == ["3", "5"]
    assert state_of(northwind, "3") == ("invoiced", second.pk)


def test_of_two_who_bill_it_at_once_while_more_arrives_each_ticket_is_billed_once(
    northwind: Vendor, halden: Customer
) -> None:
    send(northwind, 3)

    def attempt() -> None:
        try:
            draft(northwind, halden)
        except Refused:
            return

    def arrive() -> None:
        for n in range(10):
            late(northwind, f"late-{n}", 3)

    at_once(attempt, arrive, attempt, attempt)
    attempt()
    with scope(northwind.tenant.pk):
        billed = BilledByHand.objects.values("outcome").annotate(times=Count("pk")).values_list("times", flat=True)
        lines = [line for one in Invoice.objects.all() for line in one.document["lines"]]
        assert list(billed) == [1] * 11
        assert sum(Decimal(line["quantity"]) for line in lines) == 11


# Subscriptions on days that are billed


def test_a_change_of_plan_can_not_price_what_is_billed_by_hand(northwind: Vendor, halden: Customer) -> None:
    """The meeting of the 18th settles on the 20th; it is billed, and the new plan would price it from the 19th on."""
    window = {"window_seconds": 2 * 86_400, "mode": "auto"}
    northwind.definition("meeting", trigger="meeting.booked", name="Booked meeting", unit="meeting", settlement=window)
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.send(ticket("m", type="meeting.booked", time="2026-11-18T08:00:00Z"), at="2026-11-18 08:00")
    bill(northwind, halden)
    wider = northwind.plan("wide", prices=[{"outcome": "meeting", "model": "unit", "unit_amount": "9.00"}])
    with scope(northwind.tenant.pk), pytest.raises(Refused, match="meeting is billed by hand through 2026-11-20"):
        change_plan(subscription, wider, when="now", at=instant(NOON))


def test_days_that_are_billed_by_hand_do_not_come_back(northwind: Vendor) -> None:
    """The ticket of the 18th settles on the 20th, behind the end; then the end would be moved to the cycle's."""
    northwind.definition(settlement={"window_seconds": 2 * 86_400, "mode": "auto"})
    halden = northwind.customer()
    plan = northwind.plan()
    subscription = northwind.subscribe(halden, plan, "2026-11-01")
    northwind.send(ticket("1", time="2026-11-18T08:00:00Z"), at="2026-11-18 08:00")
    with scope(northwind.tenant.pk):
        cancel(subscription, when="now", at=instant(NOON))
    bill(northwind, halden)
    with scope(northwind.tenant.pk), pytest.raises(Refused, match="billed by hand through 2026-11-20"):
        change_plan(subscription, plan, when="cycle_end", at=instant(NOON))


# Credits


def test_a_void_after_billing_is_credited_once(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5, 6)
    invoice = bill(northwind, halden)
    void(northwind, "3")
    assert (due(northwind, EVENING), due(northwind), due(northwind)) == (0, 1, 0)
    assert notes(northwind) == [("outcomes", Decimal(0), Decimal(2))]
    assert state_of(northwind, "3") == ("credited", invoice.pk)


def test_the_note_names_the_line_and_how_many(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5, 6)
    invoice = bill(northwind, halden, "0.333")
    void(northwind, "3")
    due(northwind)
    with scope(northwind.tenant.pk):
        [line] = CreditNote.objects.get().document["lines"]
        [row] = CreditNote.objects.get().lines.values_list("line", "quantity", "amount")
        assert row == (invoice.lines.get().pk, Decimal(1), Decimal("0.33"))
    assert [(step["quantity"], step["amount"]) for step in line["breakdown"]] == [("3", "1"), ("-2", "-0.67")]


def test_it_is_credited_with_the_tax_of_the_invoice(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        Profile.objects.update(country="US")
        tax = TaxRate.objects.create(name="Tax", country="US", percent=Decimal("7.5"), valid_from=date(2026, 1, 1))
    send(northwind, 3, 5)
    bill(northwind, halden, "10.00")
    with scope(northwind.tenant.pk):
        TaxRate.objects.filter(pk=tax.pk).update(percent=Decimal(20))
    void(northwind, "3")
    due(northwind)
    assert notes(northwind) == [("outcomes", Decimal("0.75"), Decimal("10.75"))]


def test_on_request_it_is_credited_at_once(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    invoice = bill(northwind, halden)
    void(northwind, "3")
    money = f"/invoices/{invoice.pk}/money"
    client = client_of(northwind)
    assert "1 outcome of it was taken back and waits" in text_of(client.get(f"/invoices/{invoice.pk}"))
    client.post(money, {"do": "credit_now", "confirmed": "yes"})
    assert notes(northwind) == [("outcomes", Decimal(0), Decimal(2))]
    assert due(northwind) == 0


def test_one_by_one_or_all_at_once_comes_to_the_same(northwind: Vendor, halden: Customer) -> None:
    """Three at 0.333 are 1.00. Each note alone rounds its own way; together they give back the 1.00."""
    send(northwind, 3, 5, 6)
    bill(northwind, halden, "0.333")
    for day, event in enumerate(("3", "5", "6"), start=19):
        void(northwind, event, at=f"2026-11-{day} 12:00")
        due(northwind, f"2026-11-{day + 1} 06:00")
    assert [total for _, _, total in notes(northwind)] == [Decimal(text) for text in ("0.33", "0.34", "0.33")]


def test_of_eight_who_credit_at_once_one_does(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    invoice = bill(northwind, halden)
    void(northwind, "3")

    def attempt(_: int) -> bool:
        with scope(northwind.tenant.pk):
            return credit_now(invoice, at=instant(EVENING)) is not None

    assert sum(times(8, attempt)) == 1
    assert len(notes(northwind)) == 1


def test_a_void_while_it_is_billed_is_either_not_billed_or_credited(northwind: Vendor, halden: Customer) -> None:
    """All but the first of the 3rd are taken back while somebody bills."""
    send(northwind, 3)
    for n in range(16):
        late(northwind, f"late-{n}", 3)

    def take_back() -> None:
        for n in range(16):
            void(northwind, f"late-{n}", at=NOON)

    invoice, _ = at_once(lambda: bill(northwind, halden), take_back)
    due(northwind)
    with scope(northwind.tenant.pk):
        one = Invoice.objects.get(pk=invoice.pk)
        assert one.total == 2 * outcomes_of(one).count()
        assert one.total - one.credited == 2


def test_a_void_after_its_day_was_closed_is_credited_too(northwind: Vendor, halden: Customer) -> None:
    """A subscription from the 19th on closes November in December."""
    send(northwind, 3, 5)
    invoice = bill(northwind, halden)
    northwind.subscribe(halden, northwind.plan(), "2026-11-19")
    close_cycles(northwind)
    void(northwind, "3", at="2026-12-02 12:00")
    assert due(northwind, "2026-12-03 06:00") == 1
    with scope(northwind.tenant.pk):
        assert CreditNote.objects.get().invoice_id == invoice.pk


def test_a_void_signal_of_inside_the_window_is_credited(northwind: Vendor) -> None:
    window = {"window_seconds": 30 * 86_400, "mode": "auto", "void_on": [{"type": "ticket.reopened"}]}
    northwind.definition(settlement=window)
    halden = northwind.customer()
    send(northwind, 3)
    bill(northwind, halden)
    northwind.send({"id": "s", "type": "ticket.reopened", "customer": "halden", "subject": "T-3"}, at=EVENING)
    assert due(northwind) == 1


def test_voids_of_a_draft_wait_until_it_is_issued(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    made = draft(northwind, halden)
    void(northwind, "3")
    assert due(northwind) == 0
    with scope(northwind.tenant.pk):
        issue_draft(made.pk, at=instant(EVENING))
    assert due(northwind) == 1


def test_beyond_its_term_a_void_is_refused(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    invoice = bill(northwind, halden)
    with pytest.raises(NotNow, match=f"invoice {invoice.number} was issued over 30 days ago"):
        void(northwind, "3", at="2026-12-19 12:00")


def test_of_a_void_invoice_nothing_is_credited_any_more(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    void_whole(northwind, bill(northwind, halden))
    void(northwind, "3")
    assert due(northwind) == 0
    assert [reason for reason, _, _ in notes(northwind)] == ["void"]


def test_billed_again_it_is_credited_on_the_invoice_that_stands(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    first = bill(northwind, halden)
    void_whole(northwind, first)
    second = bill(northwind, halden)
    void(northwind, "3")
    with scope(northwind.tenant.pk):
        assert credit_now(first, at=instant(EVENING)) is None
    due(northwind)
    with scope(northwind.tenant.pk):
        assert CreditNote.objects.get(reason="outcomes").invoice_id == second.pk


# Lines of before


def test_a_line_of_before_says_that_it_can_not_open(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3, 5)
    invoice = bill(northwind, halden)
    forget_rows(northwind)
    page = text_of(client_of(northwind).get(url(invoice, "resolved_ticket")))
    assert "it was not kept which outcomes it counts" in page


def test_what_a_line_of_before_bills_is_not_left(northwind: Vendor, halden: Customer) -> None:
    """Of two that were billed then and one that came later, the later one is left, and is billed."""
    send(northwind, 3, 5)
    bill(northwind, halden)
    forget_rows(northwind)
    assert left(northwind, halden) == []
    late(northwind, "late", 3)
    assert left(northwind, halden) == [(date(2026, 11, 3), date(2026, 11, 3), Decimal(1))]
    assert events_of(northwind, bill(northwind, halden)) == ["late"]


def test_what_a_line_of_before_billed_in_part_is_not_billed_again(northwind: Vendor, halden: Customer) -> None:
    """5 were billed, and of their two outcomes the second has 3 by now."""
    send(northwind, 3, quantity="5")
    bill(northwind, halden)
    forget_rows(northwind)
    void(northwind, "3")
    send(northwind, 4, 6, quantity="3")
    send(northwind, 7)
    assert left(northwind, halden) == [(date(2026, 11, 7), date(2026, 11, 7), Decimal(1))]


def test_a_void_of_what_a_line_of_before_bills_is_credited_by_hand(northwind: Vendor, halden: Customer) -> None:
    send(northwind, 3)
    bill(northwind, halden)
    forget_rows(northwind)
    void(northwind, "3")
    assert due(northwind) == 0


# Whatever happens

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "send", "void", "bill", "bill", "issue", "discard", "void invoice", "credit"]),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=25,
)


class Play:
    """A month of Halden, in which these things are done one after the other."""

    def __init__(self) -> None:
        self.vendor = new_vendor()
        self.vendor.definition()
        self.halden = self.vendor.customer()
        self.day = instant("2026-11-18 12:00")

    def go(self, what: str, n: int, step: int) -> None:
        getattr(self, what.replace(" ", "_"))(n, step)

    def send(self, n: int, step: int) -> None:
        time = f"2026-11-{n + 1:02}T18:00:00Z"
        self.vendor.send(ticket(str(step), time=time, quantity=str(n % 3 + 1)), at=f"2026-11-{n + 1:02} 18:00")

    def void(self, n: int, step: int) -> None:
        with scope(self.vendor.tenant.pk):
            outcomes = list(Outcome.objects.order_by("pk"))
            if outcomes:
                void_outcome(outcomes[n % len(outcomes)].pk, by="ada", reason="Reopened", at=self.day)

    def bill(self, n: int, step: int) -> None:
        with scope(self.vendor.tenant.pk):
            rates = {one.key: Rate(Decimal("2.00")) for one in unbilled(self.halden)}
            if rates:
                bill_unbilled(self.halden, rates, at=self.day)

    def issue(self, n: int, step: int) -> None:
        for one in self.invoices("draft")[:1]:
            with scope(self.vendor.tenant.pk):
                issue_draft(one.pk, at=self.day)

    def discard(self, n: int, step: int) -> None:
        for one in self.invoices("draft")[:1]:
            with scope(self.vendor.tenant.pk):
                discard_draft(one.pk)

    def void_invoice(self, n: int, step: int) -> None:
        for one in self.invoices("issued", "paid")[:1]:
            with scope(self.vendor.tenant.pk):
                void_invoice(one, at=self.day)

    def credit(self, n: int, step: int) -> None:
        credit_due(self.vendor.tenant.pk, at=instant(NEXT_DAY))

    def invoices(self, *statuses: str) -> Sequence[Invoice]:
        with scope(self.vendor.tenant.pk):
            return list(Invoice.objects.filter(status__in=statuses).order_by("pk"))


def assert_each_is_billed_once_or_left(play: Play) -> None:
    """Every ticket is voided, left, or on one invoice that stands, whose lines come to what they open into."""
    with scope(play.vendor.tenant.pk):
        live = BilledByHand.objects.exclude(invoice__status=Invoice.Status.VOID)
        billed = list(live.values_list("outcome", flat=True))
        voided = set(Resolution.objects.filter(kind="void").values_list("outcome", flat=True))
        free = Outcome.objects.exclude(pk__in={*billed, *voided}).aggregate(sum=Sum("quantity"))["sum"]
        assert len(billed) == len(set(billed))
        assert sum(one.quantity for one in unbilled(play.halden)) == (free or 0)
        for one in Invoice.objects.exclude(number=None, status="void"):
            for line in one.document["lines"]:
                opened = outcomes_of(one, line).aggregate(sum=Sum("quantity"))["sum"]
                assert opened == Decimal(line["quantity"])


def assert_credited_is_what_was_taken_back(play: Play) -> None:
    with scope(play.vendor.tenant.pk):
        for one in Invoice.objects.filter(status__in=["issued", "paid"]):
            taken = outcomes_of(one).filter(resolutions__kind="void").aggregate(sum=Sum("quantity"))["sum"] or 0
            assert one.credited == 2 * taken
        assert CreditedVoid.objects.filter(credit_note=None).count() == 0


@settings(max_examples=25)
@given(steps=STEPS)
def test_in_any_history_each_ticket_is_billed_once_and_credited_once(steps: list[tuple[str, int]]) -> None:
    play = Play()
    begin = [("send", 2), ("send", 4), ("bill", 0), ("issue", 0), ("void", 0)]
    for step, (what, n) in enumerate([*begin, *steps]):
        play.go(what, n, step)
        assert_each_is_billed_once_or_left(play)
    play.credit(0, 0)
    assert_credited_is_what_was_taken_back(play)
