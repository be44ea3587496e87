"""A preview of an end or a change of plan is the very document that it makes, and leaves no trace."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from apps.invoices.change_plan import change_plan
from apps.invoices.charges import add_charge
from apps.invoices.close import close_tenant
from apps.invoices.foresee import Foreseen, ending, foresee
from apps.invoices.models import CreditNote, Cycle, Invoice
from apps.invoices.pay import pay
from apps.invoices.subscribe import Refused
from apps.plans.models import PlanVersion, Subscription
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOON = instant("2026-11-18 12:00")
END_OF_YEAR = instant("2026-12-05 12:00")
IN_ADVANCE = {"amount": "99.00", "timing": "advance"}
GRADUATED = {
    "outcome": "resolved_ticket",
    "model": "graduated",
    "tiers": [{"up_to": "10", "unit_amount": "2"}, {"up_to": None, "unit_amount": "0.333"}],
}


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    customer = northwind.customer()
    northwind.send(*[ticket(f"{n}", time="2026-11-10T12:00:00Z") for n in range(17)], at="2026-11-10 12:00")
    return customer


@pytest.fixture
def scale(northwind: Vendor, halden: Customer) -> PlanVersion:
    return northwind.plan("scale", base_fee={"amount": "300.00", "timing": "advance"}, prices=[GRADUATED])


def told(document: dict[str, Any]) -> dict[str, Any]:
    """A document but for its number and dates."""
    return {name: value for name, value in document.items() if name not in ("number", "issued_on", "due_on")}


def foreseen(vendor: Vendor, one: Subscription, change: Callable[[Subscription], Any]) -> Foreseen:
    with scope(vendor.tenant.pk):
        return foresee(one, change, at=NOON)


def made(vendor: Vendor, one: Subscription, change: Callable[[Subscription], Any], at: Any) -> list[dict[str, Any]]:
    """The documents of all invoices that are issued after the change by what is closed at `at`."""
    with scope(vendor.tenant.pk):
        change(one)
        known = list(Invoice.objects.values_list("pk", flat=True))
    close_tenant(vendor.tenant.pk, at=at)
    with scope(vendor.tenant.pk):
        return [told(one.document) for one in Invoice.objects.exclude(pk__in=known).order_by("number")]


@pytest.mark.parametrize("when", ["now", "cycle_end"])
@pytest.mark.parametrize("fee", [IN_ADVANCE, IN_ADVANCE | {"timing": "arrears"}])
@pytest.mark.parametrize("billed", [False, True])
def test_an_end_makes_what_was_foreseen(northwind: Vendor, halden: Customer, when: Any, fee: Any, billed: bool) -> None:
    one = northwind.subscribe(halden, northwind.plan(base_fee=fee, prices=[GRADUATED]), "2026-11-01")
    if billed:
        close_tenant(northwind.tenant.pk, at=instant("2026-11-02 12:00"))
    seen = foreseen(northwind, one, ending(when, at=NOON))
    assert [told(document) for document in seen.invoices] == made(northwind, one, ending(when, at=NOON), END_OF_YEAR)


@pytest.mark.parametrize("when", ["now", "cycle_end"])
@pytest.mark.parametrize("fee", [IN_ADVANCE, IN_ADVANCE | {"timing": "arrears"}])
def test_a_change_of_plan_makes_what_was_foreseen(
    northwind: Vendor, halden: Customer, scale: PlanVersion, when: Any, fee: Any
) -> None:
    one = northwind.subscribe(halden, northwind.plan(base_fee=fee, prices=[GRADUATED]), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-02 12:00"))
    own = {"base_fee": {"amount": "200.00", "timing": "advance"}}
    change = partial(change_plan, version=scale, when=when, overrides=own, at=NOON)
    seen = foreseen(northwind, one, change)
    at = instant("2026-11-19 05:00" if when == "now" else "2026-12-01 05:00")
    by_start = sorted(made(northwind, one, change, at), key=lambda document: str(document["plan"]["code"]))
    assert [told(document) for document in seen.invoices] == by_start


@pytest.mark.parametrize("paid", [False, True])
def test_the_credit_of_lost_days_is_made_as_it_was_foreseen(northwind: Vendor, halden: Customer, paid: bool) -> None:
    one = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-02 12:00"))
    if paid:
        with scope(northwind.tenant.pk):
            pay(Invoice.objects.get(), Decimal("99.00"), at=NOON, by="ada", recorded_at=NOON)
    [seen] = foreseen(northwind, one, ending("now", at=NOON)).credit_notes
    made(northwind, one, ending("now", at=NOON), instant("2026-11-19 05:00"))
    with scope(northwind.tenant.pk):
        note = CreditNote.objects.get()
    assert told(seen) == told(note.document)
    assert (seen["number"], seen["total"]) == ("", "39.60")
    assert seen["to_balance"] == ("39.60" if paid else "0.00")


def test_a_charge_that_waits_is_on_the_first_document_alone(northwind: Vendor, halden: Customer) -> None:
    one = northwind.subscribe(halden, northwind.plan(base_fee=IN_ADVANCE), "2026-11-01")
    with scope(northwind.tenant.pk):
        add_charge(one, description="Training", amount=Decimal(800), at=NOON)
    seen = foreseen(northwind, one, ending("now", at=NOON))
    kinds = [[line["kind"] for line in document["lines"]] for document in seen.invoices]
    assert kinds == [["base_fee", "one_off"], ["usage"]]
    assert [told(document) for document in seen.invoices] == made(northwind, one, ending("now", at=NOON), END_OF_YEAR)


@pytest.mark.parametrize(("skips", "documents"), [(False, 1), (True, 0)])
def test_a_cycle_with_nothing_to_bill_is_foreseen_as_it_is_made(
    northwind: Vendor, halden: Customer, skips: bool, documents: int
) -> None:
    one = northwind.subscribe(halden, northwind.plan(base_fee=None, prices=[]), "2026-11-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(skip_empty_invoices=skips)
    seen = [told(document) for document in foreseen(northwind, one, ending("now", at=NOON)).invoices]
    assert len(seen) == documents
    assert seen == made(northwind, one, ending("now", at=NOON), END_OF_YEAR)


def test_nothing_of_it_stays(northwind: Vendor, halden: Customer, scale: PlanVersion) -> None:
    one = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    foreseen(northwind, one, partial(change_plan, version=scale, when="now", at=NOON))
    with scope(northwind.tenant.pk):
        assert Subscription.objects.get().end is None
        assert str(Cycle.objects.get().end) == "2026-12-01"
        assert not Invoice.objects.exists()


def test_what_would_not_be_priced_any_more_is_listed(northwind: Vendor, halden: Customer) -> None:
    one = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.definition("meeting", trigger="meeting.booked", settlement={"window_seconds": 864_000})
    meetings = northwind.plan("meetings", prices=[{"outcome": "meeting", "model": "unit", "unit_amount": "25"}])
    other = northwind.subscribe(halden, meetings, "2026-11-01")
    northwind.send(ticket("m", type="meeting.booked", time="2026-11-17T12:00:00Z"), at="2026-11-17 12:00")
    assert foreseen(northwind, one, ending("now", at=NOON)).unbilled == []
    [stretch] = foreseen(northwind, other, ending("now", at=NOON)).unbilled
    assert (stretch.outcome, str(stretch.period.start), stretch.quantity) == ("meeting", "2026-11-27", 1)


def test_a_refusal_is_the_verbs_own(northwind: Vendor, halden: Customer) -> None:
    one = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        ending("now", at=NOON)(one)
        with pytest.raises(Refused, match="ends on 2026-11-19 already"):
            foresee(one, ending("now", at=NOON), at=NOON)
