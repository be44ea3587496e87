"""Drafts: closing under review, what may be changed before issue, issuing, throwing away, and invoices by hand."""

from datetime import date
from decimal import Decimal

import pytest

from apps.events.models import Outcome
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.charges import add_charge as charge_subscription
from apps.invoices.close import Closed, close_tenant
from apps.invoices.drafts import NotDraft, add_charge, discard_draft, issue_draft, remove_charge, write_note
from apps.invoices.find import outcomes_of, with_state
from apps.invoices.models import Charge, CreditNote, Invoice, InvoiceLine
from apps.invoices.void import void_outcome
from apps.outbox.models import OutboxEntry
from apps.plans.one_offs import OneOff
from apps.taxes.models import TaxRate
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

CLOSED = instant("2026-12-01 05:00")
ISSUED = instant("2026-12-03 12:00")
TRAINING = OneOff("A day of training", Decimal("800.00"))


@pytest.fixture
def halden(northwind: Vendor) -> Customer:
    northwind.definition()
    customer = northwind.customer()
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    return customer


@pytest.fixture
def draft(northwind: Vendor, halden: Customer) -> Invoice:
    """November: 101 tickets, 99.99 USD, closed and waiting for a look."""
    northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    northwind.send(*[ticket(f"{n}", time="2026-11-10T12:00:00Z") for n in range(101)], at="2026-11-10 12:00")
    assert close_tenant(northwind.tenant.pk, at=CLOSED) == Closed(1, 1, 0)
    with scope(northwind.tenant.pk):
        return Invoice.objects.get()


def read(vendor: Vendor) -> Invoice:
    with scope(vendor.tenant.pk):
        return Invoice.objects.select_related("customer").get()


def states(vendor: Vendor) -> set[str]:
    with scope(vendor.tenant.pk):
        return set(with_state(Outcome.objects.all(), at=ISSUED).values_list("state", flat=True))


def test_under_review_closing_makes_a_draft_without_number_dates_and_lines(northwind: Vendor, draft: Invoice) -> None:
    assert (draft.status, draft.number, draft.issued_at, draft.due_at) == ("draft", None, None, None)
    assert (draft.document["number"], draft.document["issued_on"], draft.total) == ("", None, Decimal("99.99"))
    with scope(northwind.tenant.pk):
        assert (InvoiceLine.objects.count(), OutboxEntry.objects.count()) == (0, 0)


def test_a_second_close_makes_no_second_draft(northwind: Vendor, draft: Invoice) -> None:
    assert close_tenant(northwind.tenant.pk, at=CLOSED) == Closed(0, 0, 0)


def test_issuing_a_draft_numbers_and_dates_it_and_writes_its_lines(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        issue_draft(draft.pk, at=ISSUED)
        lines = list(InvoiceLine.objects.order_by("position").values_list("kind", "amount"))
        handlers = set(OutboxEntry.objects.values_list("handler", flat=True))
    issued = read(northwind)
    assert (issued.number, issued.status, issued.issued_at) == ("CF-2026-0001", "issued", ISSUED)
    assert issued.document["number"] == "CF-2026-0001"
    assert (issued.document["issued_on"], issued.document["due_on"]) == ("2026-12-03", "2027-01-02")
    assert lines == [("base_fee", Decimal("99.00")), ("usage", Decimal("0.99"))]
    assert handlers == {"apps.invoices.deliver.store_pdf", "apps.invoices.deliver.mail_invoice"}


def test_a_draft_is_issued_with_the_parties_and_taxes_of_its_day(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        Customer.objects.update(name="Halden & Sons")
        TaxRate.objects.create(name="Sales tax", country="US", percent=10, valid_from=date(2026, 1, 1))
        issued = issue_draft(draft.pk, at=ISSUED)
    assert issued.document["buyer"]["name"] == "Halden & Sons"
    assert (issued.tax, issued.total) == (Decimal("10.00"), Decimal("109.99"))


def test_an_issued_draft_can_neither_be_issued_again_nor_changed(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        issue_draft(draft.pk, at=ISSUED)
        with pytest.raises(NotDraft, match="CF-2026-0001 is issued"):
            issue_draft(draft.pk, at=ISSUED)
        with pytest.raises(NotDraft):
            add_charge(draft.pk, TRAINING, at=ISSUED)
        with pytest.raises(NotDraft):
            discard_draft(draft.pk)


def test_a_discarded_draft_is_void_and_takes_no_number(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        discard_draft(draft.pk)
    gone = read(northwind)
    assert (gone.status, gone.number) == ("void", None)
    assert close_tenant(northwind.tenant.pk, at=ISSUED) == Closed(0, 0, 0)


def test_nothing_of_a_discarded_draft_is_due(northwind: Vendor, draft: Invoice) -> None:
    assert draft.due == Decimal("99.99")
    with scope(northwind.tenant.pk):
        assert discard_draft(draft.pk).due == 0


def test_outcomes_of_a_draft_are_not_invoiced_yet_but_can_be_listed(northwind: Vendor, draft: Invoice) -> None:
    assert states(northwind) == {"settled"}
    with scope(northwind.tenant.pk):
        assert outcomes_of(draft).count() == 101
        issue_draft(draft.pk, at=ISSUED)
    assert states(northwind) == {"invoiced"}


def test_what_is_voided_while_its_invoice_is_a_draft_is_credited_once_that_is_issued(
    northwind: Vendor, draft: Invoice
) -> None:
    """The draft keeps what it counted: its cycle is closed. The void waits for the number, and then for the night."""
    with scope(northwind.tenant.pk):
        void_outcome(Outcome.objects.latest("pk").pk, by="ada", reason="Reopened", at=instant("2026-12-02 12:00"))
    close_tenant(northwind.tenant.pk, at=ISSUED)
    with scope(northwind.tenant.pk):
        assert not CreditNote.objects.exists()
        assert issue_draft(draft.pk, at=ISSUED).total == Decimal("99.99")
    close_tenant(northwind.tenant.pk, at=instant("2026-12-04 12:00"))
    with scope(northwind.tenant.pk):
        assert [note.total for note in CreditNote.objects.all()] == [Decimal("0.99")]
        assert read(northwind).due == Decimal("99.00")


def test_a_one_off_is_put_on_a_draft_and_rated_with_the_same_usage(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        changed = add_charge(draft.pk, TRAINING, at=ISSUED)
    assert [line["kind"] for line in changed.document["lines"]] == ["base_fee", "usage", "one_off"]
    assert changed.document["lines"][1]["definitions"] == draft.document["lines"][1]["definitions"]
    assert read(northwind).total == Decimal("899.99")


def test_a_one_off_is_taken_off_again(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        add_charge(draft.pk, TRAINING, at=ISSUED)
        remove_charge(draft.pk, 0, at=ISSUED)
    assert read(northwind).document == draft.document | {"note": ""}


def test_a_note_stays_with_the_draft_and_is_issued_with_it(northwind: Vendor, draft: Invoice) -> None:
    with scope(northwind.tenant.pk):
        write_note(draft.pk, " As agreed by telephone. ")
        add_charge(draft.pk, TRAINING, at=ISSUED)
        issued = issue_draft(draft.pk, at=ISSUED)
    assert issued.document["note"] == "As agreed by telephone."


def test_a_charge_is_billed_once_by_the_draft_that_has_it(northwind: Vendor, halden: Customer) -> None:
    subscription = northwind.subscribe(halden, northwind.plan(), "2026-11-01")
    with scope(northwind.tenant.pk):
        charge_subscription(subscription, description="Set-up", amount=Decimal("50.00"), at=instant("2026-11-03 12:00"))
    close_tenant(northwind.tenant.pk, at=instant("2027-01-01 05:00"))
    with scope(northwind.tenant.pk):
        november, december = Invoice.objects.order_by("period_start")
        assert (november.total, december.total) == (Decimal("149.00"), Decimal("99.00"))
        assert Charge.objects.get().invoice_id == november.pk


def test_an_invoice_of_nothing_is_paid_when_it_is_issued(northwind: Vendor, halden: Customer) -> None:
    northwind.subscribe(halden, northwind.plan(base_fee=None), "2026-11-01")
    close_tenant(northwind.tenant.pk, at=CLOSED)
    with scope(northwind.tenant.pk):
        assert issue_draft(Invoice.objects.get().pk, at=ISSUED).status == "paid"


def test_an_invoice_by_hand_needs_no_subscription(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        draft = draft_by_hand(halden, [TRAINING, OneOff("Travel", Decimal("120.50"))], at=CLOSED)
        issued = issue_draft(draft.pk, at=ISSUED)
    assert (issued.purpose, issued.number, issued.total) == ("hand", "CF-2026-0001", Decimal("920.50"))
    assert issued.document["plan"] is None
    assert [line["description"] for line in issued.document["lines"]] == ["A day of training", "Travel"]


def test_an_invoice_by_hand_can_be_added_to_before_issue(northwind: Vendor, halden: Customer) -> None:
    with scope(northwind.tenant.pk):
        draft = draft_by_hand(halden, [TRAINING], at=CLOSED)
        add_charge(draft.pk, OneOff("Travel", Decimal("120.50")), at=ISSUED)
        remove_charge(draft.pk, 0, at=ISSUED)
    assert read(northwind).total == Decimal("120.50")
