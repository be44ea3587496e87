"""The law of money under any sequence of events: what came in covers invoices or is in the balance, to the cent."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from apps.common.reading import InvalidInput
from apps.events.models import Outcome
from apps.events.resolve import NotNow
from apps.invoices.close import close_tenant
from apps.invoices.credit import credit_due, credit_now, given_on, void_invoice
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import CreditNote, Invoice, Payment
from apps.invoices.pay import pay, refund
from apps.invoices.rerating import credit_of, rate_again, usage_of
from apps.invoices.subscribe import Refused
from apps.invoices.void import void_outcome
from apps.invoices.voided import taken_off, voids_of
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket
from tests.invoices.money import assert_law

TICKETS = 12
TIERS = [{"up_to": "8", "unit_amount": "1.37"}, {"up_to": None, "unit_amount": "1.01"}]
VOLUME = {"outcome": "resolved_ticket", "model": "volume", "tiers": TIERS, "included": "1"}
FEE = {"amount": "3.33", "timing": "advance"}
HOUR = timedelta(hours=7)
amounts = some.integers(1, 2500).map(lambda cents: Decimal(cents).scaleb(-2))
steps = some.one_of(
    some.tuples(some.just("pay"), some.integers(0, 3), amounts),
    some.tuples(some.just("refund"), some.integers(0, 3), amounts),
    some.tuples(some.just("void"), some.integers(0, 2 * TICKETS - 1), amounts),
    some.tuples(some.just("credit now"), some.integers(0, 3), amounts),
    some.tuples(some.just("credit due"), some.just(0), amounts),
    some.tuples(some.just("by hand"), some.integers(0, 3), amounts),
    some.tuples(some.just("void invoice"), some.integers(0, 3), amounts),
    some.tuples(some.just("next month"), some.just(0), amounts),
)


class Shop:
    """A vendor with an invoice of November to come, and a clock that goes on by hours."""

    def __init__(self, minimum: str | None) -> None:
        self.vendor: Vendor = new_vendor()
        self.vendor.definition(void_after_billing_days=365)
        self.halden: Customer = self.vendor.customer()
        with scope(self.vendor.tenant.pk):
            TaxRate.objects.create(name="VAT", country="US", percent=Decimal("7.7"), valid_from=date(2026, 1, 1))
        plan = self.vendor.plan(base_fee=FEE, minimum=minimum, prices=[VOLUME])
        self.vendor.subscribe(self.halden, plan, "2026-11-01")
        for month, first in (("11", 0), ("12", TICKETS)):
            sent = [ticket(str(first + n), time=f"2026-{month}-10T12:00:00Z") for n in range(TICKETS)]
            self.vendor.send(*sent, at=f"2026-{month}-10 12:00")
        self.clock = (instant("2026-12-01 06:00") + HOUR * n for n in count())
        close_tenant(self.vendor.tenant.pk, at=next(self.clock))

    def do(self, what: str, which: int, amount: Decimal) -> None:
        """One thing; what the house refuses leaves no trace."""
        acts: dict[str, Callable[..., Any]] = {
            "pay": lambda at: pay(self._pick(Invoice, which), amount, at=at, by="ada", recorded_at=at),
            "refund": lambda at: refund(self._pick(Payment, which), amount, at=at, by="ada"),
            "void": lambda at: void_outcome(self._outcome(which), by="ada", reason="Reopened", at=at),
            "credit now": lambda at: credit_now(self._pick(Invoice, which), at=at),
            "by hand": lambda at: credit_by_hand(self._pick(Invoice, which), [HandLine("Outage", amount)], at=at),
            "void invoice": lambda at: void_invoice(self._pick(Invoice, which), at=at),
        }
        at, tenant = next(self.clock), self.vendor.tenant.pk
        if what == "credit due":
            credit_due(tenant, at=at)
        elif what == "next month":
            close_tenant(tenant, at=instant("2027-01-01 06:00"))
        else:
            with suppress(Refused, InvalidInput, NotNow), scope(tenant):
                acts[what](at)

    def _pick(self, model: Any, which: int) -> Any:
        rows = list(model.objects.order_by("id"))
        if not rows:
            raise Refused("There is none.")
        return rows[which % len(rows)]

    def _outcome(self, which: int) -> Any:
        return Outcome.objects.get(event__external_id=str(which)).pk


def assert_credits_add_up(shop: Shop) -> None:
    """An invoice's credits are its notes; each note is its lines and taxes, and went to the invoice or the balance."""
    with scope(shop.vendor.tenant.pk):
        for invoice in Invoice.objects.all():
            notes = list(CreditNote.objects.filter(invoice=invoice))
            assert sum((one.total for one in notes), Decimal(0)) == invoice.credited
            for one in notes:
                parts = [*one.document["lines"], *one.document["taxes"]]
                assert sum((Decimal(part["amount"]) for part in parts), Decimal(0)) == one.total
                assert Decimal(one.document["to_balance"]) == one.total - one.applied
                assert 0 <= one.applied <= one.total


@settings(max_examples=25)
@given(some.sampled_from([None, "9.00"]), some.lists(steps, min_size=4, max_size=12))
def test_the_law_holds_after_every_step(minimum: str | None, history: list[tuple[str, int, Decimal]]) -> None:
    shop = Shop(minimum)
    for one in history:
        shop.do(*one)
        assert_law(shop.vendor, shop.halden)
        assert_credits_add_up(shop)


@settings(max_examples=15)
@given(some.sampled_from([None, "9.00"]), some.lists(some.integers(0, TICKETS - 1), max_size=12), some.data())
def test_whatever_the_order_credits_come_to_what_the_invoice_costs_less(
    minimum: str | None, voids: list[int], data: Any
) -> None:
    """Credit after each void or after many, by day or at once: the sum is the most that the invoice ever cost less."""
    shop = Shop(minimum)
    shop.do("next month", 0, Decimal(1))
    with scope(shop.vendor.tenant.pk):
        invoice = Invoice.objects.get(period_start="2026-11-01", purpose="cycle")
    most = Decimal(0)
    for one in voids:
        with scope(shop.vendor.tenant.pk):
            void_outcome(shop._outcome(one), by="ada", reason="Reopened", at=instant("2027-01-01 07:00"))
            if data.draw(some.booleans()):
                credit_now(invoice, at=instant("2027-01-01 08:00"))
                most = max(most, less(invoice))
    with scope(shop.vendor.tenant.pk):
        credit_now(invoice, at=instant("2027-01-02 08:00"))
        most = max(most, less(invoice))
        invoice.refresh_from_db()
        assert (invoice.credited, len(given_on(invoice))) == (most, CreditNote.objects.count())


def less(invoice: Invoice) -> Decimal:
    """What the invoice would cost less without all that was voided of it."""
    counts = [*usage_of(invoice.document), *taken_off(voids_of(invoice))]
    return credit_of(invoice.document, rate_again(invoice.document, counts), []).total


def test_a_void_of_an_outcome_that_is_on_no_invoice_credits_nothing() -> None:
    shop = Shop(None)
    shop.do("void", TICKETS, Decimal(1))
    shop.do("credit due", 0, Decimal(1))
    with scope(shop.vendor.tenant.pk), pytest.raises(CreditNote.DoesNotExist):
        CreditNote.objects.get()
