"""The year 2026 at Northwind Support AI, told by date, and the hand-made table that every document must agree with.

Northwind sits in Berlin and collects VAT in Germany (19%, from 1 July 20%) and consumption tax in Japan (10%).

Halden Outfitters, Berlin, EUR, monthly, begins on Growth: 100.00 in advance; tickets 0.50 after 100 included, at least
40.00 a month; meetings by volume, 20.00 each up to 10 and 15.00 each for all beyond. On 15 April it changes to Scale at
the coming midnight: 300.00 in advance; tickets graduated, 0.40 up to 200 and then 0.30; meetings in packages of 5 at
60.00; an invoice's fee and usage at most 1,000.00; 10% off for three cycles.

    issued  what                                                               net      tax      total
    1 Jan   fee January 100.00                                              100.00    19.00     119.00
    1 Feb   fee February 100.00, 300 tickets 100.00, 12 meetings 180.00     380.00    72.20     452.20
    6 Feb   2 meetings voided: 10 cost 200.00, more than 12: no credit
    8 Feb   4 more voided: 6 cost 120.00                                    -60.00   -11.40     -71.40
    1 Mar   fee 100.00, 150 tickets 25.00, minimum 15.00                    140.00    26.60     166.60
    4 Mar   20 tickets voided: still the minimum: no credit
    1 Apr   fee 100.00, minimum 40.00, 20 meetings 300.00                   440.00    83.60     523.60
    10 Apr  600.00 are paid: 76.40 to the balance, which pays Scale's first
            invoice with what comes back of April's fee
    16 Apr  Scale: fee 15 of 30 days 150.00, 10% off                        135.00    25.65     160.65
    16 Apr  Growth ends: 180 tickets 40.00, 4 meetings 80.00                120.00    22.80     142.80
    16 Apr  15 of 30 days of April's fee come back                          -50.00    -9.50     -59.50
    1 May   fee 300.00, 250 tickets 95.00, 6 meetings 120.00, 51.50 off     463.50    88.07     551.57
    1 Jun   fee 300.00, 1,500 tickets 470.00, 21 meetings 300.00,
            maximum -70.00, 100.00 off                                      900.00   171.00   1,071.00
    11 Jun  100 tickets voided: still over the maximum: no credit
    1 Jul   fee July 300.00 at 20%; 400 tickets 140.00, 3 meetings 60.00,
            20.00 off, at 19%                                               480.00    94.20     574.20
    1 Aug   fee 300.00, 100 tickets 40.00, a workshop 250.00                590.00   118.00     708.00
    1 Sep   fee 300.00, 50 tickets 20.00, 5 meetings 60.00                  380.00    76.00     456.00
    5 Sep   that invoice is voided                                         -380.00   -76.00    -456.00
    1 Oct   fee 300.00, 200 tickets 80.00                                   380.00    76.00     456.00
    10 Oct  cancelled with the cycle
    1 Nov   201 tickets 80.30                                                80.30    16.06      96.36
    6 Nov   one of them voided                                               -0.30    -0.06      -0.36
    12 Nov  0.36 are refunded

Sakura, Tokyo, JPY, quarterly in arrears from 15 February: 30,000, tickets graduated, 12.5 up to 1,000 and then 9.75.

    1 Apr   45 of 90 days of the fee 15,000; 333 tickets 4,162.5 is 4,163   19,163    1,916     21,079
    1 Jul   fee 30,000; 1,234 tickets 14,781.5 is 14,782                    44,782    4,478     49,260
    1 Oct   fee 30,000, 5,000 off once                                      25,000    2,500     27,500
    1 Jan   fee 30,000; 10 tickets 125                                      30,125    3,013     33,138

Kuwait Contact, KWD, monthly from 18 January, 14 days free, a set-up charge of 25.000; recovered payments at 2.5% and
0.010 each. No tax.

    1 Feb   500.000 recovered in 5 payments, free; set-up 25.000            25.000    0.000     25.000
    1 Mar   1,234.567 recovered in 3 payments: 30.894175                    30.894    0.000     30.894
    6 Mar   the one of 234.567 voided: 25.020 remain                        -5.874    0.000     -5.874
    then, on the first of each month until 1 January, ten invoices of 0.000
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.events.models import Outcome
from apps.invoices.balance import balance_of
from apps.invoices.cancel import cancel
from apps.invoices.change_plan import change_plan
from apps.invoices.charges import add_charge
from apps.invoices.close import Closed, close_tenant
from apps.invoices.credit import void_invoice
from apps.invoices.give_coupon import give_coupon
from apps.invoices.law import classes
from apps.invoices.models import CreditedVoid, CreditNote, Invoice, Payment
from apps.invoices.pay import pay, refund
from apps.invoices.void import void_outcome
from apps.plans.coupons import create_coupon, read_coupon
from apps.plans.models import Subscription
from apps.taxes.change import add_rate
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket

GROWTH = {
    "currency": "EUR",
    "interval": "month",
    "base_fee": {"amount": "100.00", "timing": "advance"},
    "prices": [
        {
            "outcome": "resolved_ticket",
            "model": "unit",
            "unit_amount": "0.50",
            "included": "100",
            "minimum": "40.00",
        },
        {
            "outcome": "meeting",
            "model": "volume",
            "tiers": [{"up_to": "10", "unit_amount": "20.00"}, {"up_to": None, "unit_amount": "15.00"}],
        },
    ],
}
SCALE = {
    "currency": "EUR",
    "interval": "month",
    "base_fee": {"amount": "300.00", "timing": "advance"},
    "maximum": "1000.00",
    "prices": [
        {
            "outcome": "resolved_ticket",
            "model": "graduated",
            "tiers": [{"up_to": "200", "unit_amount": "0.40"}, {"up_to": None, "unit_amount": "0.30"}],
        },
        {"outcome": "meeting", "model": "package", "package_size": "5", "package_amount": "60.00"},
    ],
}
TOKYO = {
    "currency": "JPY",
    "interval": "quarter",
    "base_fee": {"amount": "30000", "timing": "arrears"},
    "prices": [
        {
            "outcome": "resolved_ticket",
            "model": "graduated",
            "tiers": [{"up_to": "1000", "unit_amount": "12.5"}, {"up_to": None, "unit_amount": "9.75"}],
        }
    ],
}
GULF = {
    "currency": "KWD",
    "interval": "month",
    "base_fee": None,
    "trial_days": 14,
    "one_off": [{"name": "Set-up", "amount": "25.000"}],
    "prices": [{"outcome": "recovered_payment", "model": "percentage", "percent": "2.5", "fixed_amount": "0.010"}],
}

PLANS = {"growth": GROWTH, "scale": SCALE, "tokyo": TOKYO, "gulf": GULF}
JULY = date(2026, 7, 1)
ZERO = Decimal(0)
FIRSTS = [*(date(2026, month, 1) for month in range(4, 13)), date(2027, 1, 1)]
"""Of the months after March, on which Kuwait Contact's empty cycles close."""

SECTIONS = {"halden": "Halden Outfitters", "sakura": "Sakura, Tokyo", "gulf": "Kuwait Contact"}
DAY = re.compile(r"^ {4}(\d{1,2} [A-Z][a-z]{2}) ")
AMOUNTS = re.compile(r" {2,}(-?[\d,.]+) {2,}(-?[\d,.]+) {2,}(-?[\d,.]+)$")


@dataclass(frozen=True, order=True)
class Row:
    """One document: the customer's day of its issue, net, tax and total; a credit note's are negative."""

    day: date
    net: Decimal
    tax: Decimal
    total: Decimal


def table(external_id: str) -> list[Row]:
    """The lines of the customer's part of the table above that end in three amounts."""
    text = (__doc__ or "").split(f"\n{SECTIONS[external_id]}")[1].split("\n\n")[1]
    rows: list[Row] = []
    day = date(2026, 1, 1)
    for line in text.splitlines():
        if named := DAY.match(line):
            month_day = datetime.strptime(f"{named[1]} 2026", "%d %b %Y").replace(tzinfo=UTC).date()
            day = month_day.replace(year=day.year + (month_day < day))
        if amounts := AMOUNTS.search(line):
            rows.append(Row(day, *(Decimal(one.replace(",", "")) for one in amounts.groups())))
    return rows


class Year:
    """The diary: everybody in it, and what happens."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.sent = 0
        with scope(vendor.tenant.pk):
            Profile.objects.update(country="DE")
            add_rate(name="VAT", country="DE", percent=Decimal(19), valid_from=date(2025, 1, 1), valid_until=JULY)
            add_rate(name="VAT", country="DE", percent=Decimal(20), valid_from=JULY)
            add_rate(name="JCT", country="JP", percent=Decimal(10), valid_from=date(2025, 1, 1))
        vendor.definition()
        vendor.definition("meeting", name="Meeting", unit="meeting", trigger="meeting.booked")
        recovered = {"trigger": "payment.recovered", "value_from": "properties.amount"}
        vendor.definition("recovered_payment", name="Recovered payment", unit="payment", **recovered)
        self.plans = {code: vendor.plan(code, **terms) for code, terms in PLANS.items()}
        self.customers = {
            "halden": vendor.customer("halden", currency="EUR", time_zone="Europe/Berlin", country="DE"),
            "sakura": vendor.customer("sakura", currency="JPY", time_zone="Asia/Tokyo", country="JP"),
            "gulf": vendor.customer("gulf", currency="KWD", time_zone="Asia/Kuwait", country="KW"),
        }

    # What happens

    def subscribe(self, who: str, plan: str, start: str) -> Subscription:
        return self.vendor.subscribe(self.customers[who], self.plans[plan], start)

    def report(self, who: str, type: str, day: str, count: str, **fields: Any) -> None:
        """One event of so many units, at noon in UTC."""
        self.sent += 1
        at = f"{day} 12:00"
        event = ticket(f"e{self.sent}", who, type=type, time=instant(at).isoformat(), quantity=count) | fields
        [result] = self.vendor.send(event, at=at)
        assert result.outcome, result

    def tickets(self, who: str, day: str, *counts: str) -> None:
        for count in counts:
            self.report(who, "ticket.resolved", day, count)

    def meetings(self, who: str, day: str, *counts: str) -> None:
        for count in counts:
            self.report(who, "meeting.booked", day, count)

    def recovered(self, day: str, *amounts: str) -> None:
        for amount in amounts:
            self.report("gulf", "payment.recovered", day, "1", properties={"amount": amount})

    def void(self, who: str, code: str, day: str, quantity: str, *, on: str) -> None:
        """Take back the outcome of so many units that was booked on `day`."""
        with scope(self.vendor.tenant.pk):
            found = Outcome.objects.get(
                customer=self.customers[who],
                version__definition__code=code,
                booked_day=day,
                quantity=quantity,
                resolutions=None,
            )
            void_outcome(found.pk, by="ada", reason="Wrong answer", at=instant(f"{on} 12:00"))

    def void_payment(self, day: str, amount: str, *, on: str) -> None:
        with scope(self.vendor.tenant.pk):
            found = Outcome.objects.get(customer=self.customers["gulf"], booked_day=day, value=amount)
            void_outcome(found.pk, by="ada", reason="Charged back", at=instant(f"{on} 12:00"))

    def close(self, day: str) -> Closed:
        """All that is due in the morning of the day, when it has begun in Tokyo, Kuwait and Berlin."""
        return close_tenant(self.vendor.tenant.pk, at=instant(f"{day} 06:00"))

    def invoice(self, who: str, day: str, total: str) -> Invoice:
        """The customer's invoice of this day and total."""
        rows = Invoice.objects.filter(customer=self.customers[who], total=total)
        [found] = [one for one in rows if day_of(one) == date.fromisoformat(day)]
        return found

    def pay(self, who: str, issued: str, total: str, amount: str, *, on: str) -> Payment:
        at = instant(f"{on} 12:00")
        with scope(self.vendor.tenant.pk):
            return pay(self.invoice(who, issued, total), Decimal(amount), at=at, by="ada", recorded_at=at)

    def refund(self, payment: Payment, amount: str, *, on: str) -> None:
        with scope(self.vendor.tenant.pk):
            refund(payment, Decimal(amount), by="ada", at=instant(f"{on} 12:00"))

    def void_invoice(self, who: str, issued: str, total: str, *, on: str) -> None:
        with scope(self.vendor.tenant.pk):
            wrong = self.invoice(who, issued, total)
            void_invoice(wrong, reason="Wrong address", at=instant(f"{on} 12:00"))

    def change(self, subscription: Subscription, plan: str, *, on: str) -> Subscription:
        """To another plan at the coming midnight."""
        with scope(self.vendor.tenant.pk):
            return change_plan(subscription, self.plans[plan], when="now", at=instant(f"{on} 12:00"))

    def cancel(self, subscription: Subscription, *, on: str) -> None:
        """With the running cycle."""
        with scope(self.vendor.tenant.pk):
            cancel(subscription, when="cycle_end", at=instant(f"{on} 12:00"))

    def charge(self, subscription: Subscription, description: str, amount: str, *, on: str) -> None:
        with scope(self.vendor.tenant.pk):
            at = instant(f"{on} 12:00")
            add_charge(subscription, description=description, amount=Decimal(amount), at=at)

    def give(self, subscription: Subscription, *, on: str, **terms: Any) -> None:
        """Make a coupon, and give it."""
        with scope(self.vendor.tenant.pk):
            at = instant(f"{on} 12:00")
            give_coupon(subscription, create_coupon(read_coupon(terms), at=at), at=at)

    # Questions

    def documents(self, who: str) -> list[Row]:
        """What was issued to the customer, as rows of the table."""
        with scope(self.vendor.tenant.pk):
            customer = self.customers[who]
            invoices = [row_of(one, 1) for one in Invoice.objects.filter(customer=customer)]
            return sorted([*invoices, *(row_of(one, -1) for one in CreditNote.objects.filter(customer=customer))])

    def found(self, who: str, day: str, total: str) -> Invoice:
        with scope(self.vendor.tenant.pk):
            return self.invoice(who, day, total)

    def balance(self, who: str) -> Decimal:
        with scope(self.vendor.tenant.pk):
            return balance_of(self.customers[who])

    def due(self, who: str) -> dict[str, Decimal]:
        """What is still due, by number of the invoice."""
        with scope(self.vendor.tenant.pk):
            return {str(one): one.due for one in Invoice.objects.filter(customer=self.customers[who]) if one.due}


def day_of(one: Invoice | CreditNote) -> date:
    assert one.issued_at
    return one.customer.today(one.issued_at)


def row_of(one: Invoice | CreditNote, sign: int) -> Row:
    return Row(day_of(one), sign * (one.subtotal - one.discount), sign * one.tax, sign * one.total)


type Story = Iterator[str]
"""What happens to one customer; it yields the day until whose morning it sleeps, when all that is due is closed."""


def halden(year: Year) -> Story:
    growth = year.subscribe("halden", "growth", "2026-01-01")
    yield "2026-01-01"
    year.pay("halden", "2026-01-01", "119.00", "119.00", on="2026-01-05")
    year.tickets("halden", "2026-01-14", "300")
    year.meetings("halden", "2026-01-15", "6", "4", "2")
    yield "2026-02-01"
    year.void("halden", "meeting", "2026-01-15", "2", on="2026-02-05")
    yield "2026-02-06"
    year.void("halden", "meeting", "2026-01-15", "4", on="2026-02-07")
    yield "2026-02-08"
    year.tickets("halden", "2026-02-10", "130", "20")
    year.pay("halden", "2026-02-01", "452.20", "380.80", on="2026-02-20")
    yield "2026-03-01"
    year.void("halden", "resolved_ticket", "2026-02-10", "20", on="2026-03-03")
    yield "2026-03-04"
    year.tickets("halden", "2026-03-10", "100")
    year.meetings("halden", "2026-03-11", "20")
    year.pay("halden", "2026-03-01", "166.60", "100.00", on="2026-03-10")
    year.pay("halden", "2026-03-01", "166.60", "66.60", on="2026-03-25")
    yield "2026-04-01"
    year.pay("halden", "2026-04-01", "523.60", "600.00", on="2026-04-10")
    assert year.balance("halden") == Decimal("76.40")
    year.tickets("halden", "2026-04-10", "180")
    year.meetings("halden", "2026-04-11", "4")
    yield from halden_on_scale(year, year.change(growth, "scale", on="2026-04-15"))


def halden_on_scale(year: Year, scale: Subscription) -> Story:
    year.give(scale, on="2026-04-15", code="spring", name="Spring", percent="10", cycles=3)
    yield "2026-04-16"
    assert year.balance("halden") == 0  # 76.40, and 59.50 of April's fee, paid a part of what begins here
    year.pay("halden", "2026-04-16", "160.65", "24.75", on="2026-04-20")
    year.pay("halden", "2026-04-16", "142.80", "142.80", on="2026-04-20")
    year.tickets("halden", "2026-04-20", "250")
    year.meetings("halden", "2026-04-21", "6")
    yield "2026-05-01"
    year.pay("halden", "2026-05-01", "551.57", "551.57", on="2026-05-04")
    year.tickets("halden", "2026-05-20", "1400", "100")
    year.meetings("halden", "2026-05-21", "21")
    yield "2026-06-01"
    year.pay("halden", "2026-06-01", "1071.00", "1071.00", on="2026-06-05")
    year.void("halden", "resolved_ticket", "2026-05-20", "100", on="2026-06-10")
    yield "2026-06-11"
    year.tickets("halden", "2026-06-20", "400")
    year.meetings("halden", "2026-06-21", "3")
    yield "2026-07-01"
    year.pay("halden", "2026-07-01", "574.20", "574.20", on="2026-07-05")
    year.charge(scale, "Workshop", "250.00", on="2026-07-10")
    year.tickets("halden", "2026-07-20", "100")
    yield "2026-08-01"
    year.pay("halden", "2026-08-01", "708.00", "708.00", on="2026-08-05")
    year.tickets("halden", "2026-08-20", "50")
    year.meetings("halden", "2026-08-21", "5")
    yield "2026-09-01"
    year.void_invoice("halden", "2026-09-01", "456.00", on="2026-09-05")
    year.tickets("halden", "2026-09-20", "200")
    yield "2026-10-01"
    year.pay("halden", "2026-10-01", "456.00", "456.00", on="2026-10-05")
    year.cancel(scale, on="2026-10-10")
    year.tickets("halden", "2026-10-20", "200", "1")
    yield "2026-11-01"
    last = year.pay("halden", "2026-11-01", "96.36", "96.36", on="2026-11-03")
    year.void("halden", "resolved_ticket", "2026-10-20", "1", on="2026-11-05")
    yield "2026-11-06"
    assert year.balance("halden") == Decimal("0.36")
    year.refund(last, "0.36", on="2026-11-12")


def sakura(year: Year) -> Story:
    plan = year.subscribe("sakura", "tokyo", "2026-02-15")
    yield "2026-02-15"
    year.tickets("sakura", "2026-03-10", "333")
    yield "2026-04-01"
    year.tickets("sakura", "2026-05-10", "1234")
    yield "2026-07-01"
    year.give(plan, on="2026-07-02", code="once", name="Once", amount="5000", currency="JPY", cycles=1)
    yield "2026-10-01"
    year.tickets("sakura", "2026-11-10", "10")
    yield "2027-01-01"


def gulf(year: Year) -> Story:
    year.subscribe("gulf", "gulf", "2026-01-18")
    yield "2026-01-18"
    year.recovered("2026-01-20", "100.000", "100.000", "100.000", "100.000", "100.000")
    yield "2026-02-01"
    year.recovered("2026-02-10", "234.567", "500.000", "500.000")
    yield "2026-03-01"
    year.void_payment("2026-02-10", "234.567", on="2026-03-05")
    yield "2026-03-06"
    for month in range(4, 13):
        yield f"2026-{month:02}-01"


def tell(year: Year, *stories: Story) -> None:
    """Let the stories happen side by side, day by day."""
    asleep = {story: next(story) for story in stories}
    while asleep:
        day = min(asleep.values())
        year.close(day)
        for story in [one for one, until in asleep.items() if until == day]:
            until = next(story, None)
            asleep = {one: then for one, then in asleep.items() if one is not story}
            asleep |= {story: until} if until else {}


@pytest.fixture(scope="module")
def year(django_db_setup: None, django_db_blocker: Any) -> Iterator[Year]:
    """The whole year, told once for all the questions below."""
    with django_db_blocker.unblock():
        told = Year(new_vendor())
        tell(told, halden(told), sakura(told), gulf(told))
        yield told


@pytest.mark.parametrize("who", ["halden", "sakura"])
def test_every_document_agrees_with_the_table_to_the_minor_unit(year: Year, who: str) -> None:
    assert year.documents(who) == sorted(table(who))


def test_so_does_every_document_in_dinars_and_months_without_any_cost_nothing(year: Year) -> None:
    nothing = [Row(first, ZERO, ZERO, ZERO) for first in FIRSTS]
    assert year.documents("gulf") == sorted([*table("gulf"), *nothing])


def test_in_july_the_fee_is_taxed_at_the_new_rate_and_the_usage_of_june_at_the_old_one(year: Year) -> None:
    taxes = year.found("halden", "2026-07-01", "574.20").document["taxes"]
    assert [(one["rate"], one["base"], one["amount"]) for one in taxes] == [
        ("20", "300.00", "60.00"),
        ("19", "180.00", "34.20"),
    ]


def test_what_was_voided_under_a_minimum_a_maximum_or_into_a_dearer_tier_is_noted_without_credit(year: Year) -> None:
    with scope(year.vendor.tenant.pk):
        looked_at = CreditedVoid.objects.filter(credit_note=None).order_by("at")
        days = [one.at.date().isoformat() for one in looked_at]
    assert days == ["2026-02-06", "2026-03-04", "2026-06-11"]


@pytest.mark.parametrize(("who", "due"), [("halden", "0"), ("sakura", "130977"), ("gulf", "50.020")])
def test_what_is_due_at_the_end_is_what_was_billed_less_what_was_credited_and_paid(
    year: Year, who: str, due: str
) -> None:
    assert sum(year.due(who).values()) == Decimal(due)
    assert year.balance(who) == 0


def test_no_number_is_missing(year: Year) -> None:
    with scope(year.vendor.tenant.pk):
        for documents in (Invoice.objects, CreditNote.objects):
            numbers = sorted(documents.values_list("number", flat=True))
            by_series: dict[str, list[int]] = {}
            for series, _, number in (one.rpartition("-") for one in numbers):
                by_series.setdefault(series, []).append(int(number))
            assert all(found == list(range(1, len(found) + 1)) for found in by_series.values()), by_series


def test_every_outcome_is_in_one_class(year: Year) -> None:
    with scope(year.vendor.tenant.pk):
        counted = classes(year.vendor.tenant.pk, at=instant("2027-01-02 00:00"))
    assert {name: count for name, count in counted.items() if count} == {"fenced": year.sent}


def test_closing_the_year_again_does_nothing(year: Year) -> None:
    assert year.close("2027-01-01") == Closed()
