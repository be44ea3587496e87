"""The demo in the database: made by the real code, the same each time, and true to the books."""

from calendar import monthrange
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from apps.common.money import minor_digits
from apps.demo.history import tell
from apps.demo.seed import seed
from apps.events.compare import compare
from apps.events.models import Event, Outcome, Quarantine, Resolution
from apps.invoices import law
from apps.invoices.balance import with_balance
from apps.invoices.models import BalanceEntry, CreditNote, Cycle, Invoice
from apps.outbox.models import OutboxEntry
from apps.plans.models import Discount
from apps.tenants.models import Customer, Tenant
from apps.tenants.scope import scope
from tests.demo.conftest import AT, EVENTS, STEP, small_demo

DELIVER = "apps.invoices.deliver"


def events_of(tenant: Tenant) -> list[tuple]:
    with scope(tenant.pk):
        return list(Event.objects.order_by("external_id").values_list("external_id", "time", "status", "reason"))


def invoices_of(tenant: Tenant) -> list[tuple]:
    with scope(tenant.pk):
        rows = Invoice.objects.order_by("number")
        return list(rows.values_list("number", "customer__external_id", "issued_at", "subtotal", "total"))


def test_the_same_seed_makes_the_same_events_and_invoices(demo):
    other = small_demo()
    assert events_of(other) == events_of(demo)
    assert invoices_of(other) == invoices_of(demo)


def test_every_event_of_the_history_was_taken_in(demo):
    sent = {one.event["id"] for one in tell(7, AT.date(), events=EVENTS).deliveries if one.at < AT}
    assert {row[0] for row in events_of(demo)} == sent


def test_each_customer_has_three_closed_cycles_and_a_running_one(demo):
    with scope(demo.pk):
        for customer in Customer.objects.all():
            cycles = Cycle.objects.filter(customer=customer)
            assert cycles.exclude(closed_at=None).filter(billed=True).count() == 3
            running = cycles.get(closed_at=None)
            assert running.start == customer.closed_through <= customer.today(AT) < running.end


def test_the_law_holds(demo):
    with scope(demo.pk):
        classes = law.classes(demo.pk, at=AT)
        assert sum(classes.values()) == Outcome.objects.count()
    assert classes["unbilled"] == 0
    assert min(classes["open"], classes["fenced"]) > 0


def test_usage_is_the_sum_of_the_ledger(demo):
    with scope(demo.pk):
        assert compare().differences == []


def test_some_are_pending_not_billable_and_in_quarantine(demo):
    with scope(demo.pk):
        assert Outcome.objects.filter(awaits_confirmation=False, settles_at__gt=AT).exists()
        assert Event.objects.filter(reason="condition_false").exists()
        reasons = set(Quarantine.objects.values_list("reason", flat=True))
    assert reasons == {"unknown_customer", "unknown_type", "value_missing"}


def test_voids_came_before_the_fence_but_for_two_that_are_credited(demo):
    with scope(demo.pk):
        assert Resolution.objects.filter(after_fence=True).count() == 2
        note = CreditNote.objects.select_related("invoice__customer").get()
        assert note.invoice.customer.external_id == "halden"
        assert note.invoice.credited == note.total > 0


def test_no_mail_waits_for_a_past_invoice_but_every_pdf_does(demo):
    with scope(demo.pk):
        waiting = OutboxEntry.objects.filter(done_at=None)
        assert not waiting.filter(handler=f"{DELIVER}.mail_invoice").exists()
        assert waiting.filter(handler=f"{DELIVER}.store_pdf").count() == Invoice.objects.count()


def test_one_customer_paid_in_round_sums_and_has_a_balance(demo):
    with scope(demo.pk):
        [customer] = with_balance(Customer.objects.all()).filter(balance__gt=0)
        assert customer.external_id == "brightwater"


def test_what_was_overpaid_pays_the_next_invoice_when_it_comes(demo):
    with scope(demo.pk):
        moved = BalanceEntry.objects.filter(customer__external_id="brightwater").order_by("pk")
        kinds = list(moved.values_list("kind", "at", "invoice__issued_at"))
    assert [kind for kind, _, _ in kinds] == ["overpaid", *(3 * ["applied", "overpaid"])]
    assert all(at == issued_at for _, at, issued_at in kinds)


def test_the_coupon_was_made_and_given_before_the_invoices_that_it_lowers(demo):
    with scope(demo.pk):
        discount = Discount.objects.select_related("coupon").get()
        lowered = Invoice.objects.filter(discount__gt=0).earliest("issued_at")
        assert discount.coupon.created_at <= discount.created_at < lowered.issued_at


def test_what_fell_due_is_paid_but_for_one_customer(demo):
    with scope(demo.pk):
        paid = Invoice.objects.filter(status=Invoice.Status.PAID)
        overdue = Invoice.objects.overdue(AT)
        assert paid.exists()
        assert all(invoice.due == 0 for invoice in paid)
        assert {invoice.customer.external_id for invoice in overdue} == {"tannwald"}


def test_an_invoice_adds_up_by_hand(demo):
    with scope(demo.pk):
        documents = list(Invoice.objects.values_list("document", flat=True))
    for document in documents:
        cent = Decimal(1).scaleb(-minor_digits(document["currency"]))
        for line in document["lines"]:
            exact = fee_by_hand(document, line) if line["kind"] == "base_fee" else usage_by_hand(line)
            assert Decimal(line["amount"]) == exact.quantize(cent, ROUND_HALF_UP), line
        net = sum(Decimal(line["amount"]) for line in document["lines"])
        assert net == Decimal(document["subtotal"]) - Decimal(document["discount"])
        assert net + tax_by_hand(document, net).quantize(cent, ROUND_HALF_UP) == Decimal(document["total"])


def tax_by_hand(document: dict, net: Decimal) -> Decimal:
    """All of the net at the one rate of the buyer's country."""
    return net * {"GB": Decimal("0.20"), "AU": Decimal("0.10")}.get(document["buyer"]["country"], Decimal(0))


def fee_by_hand(document: dict, line: dict) -> Decimal:
    """The fee, or of a month that was begun late so many days of it as are left."""
    fee = Decimal(document["rated"]["terms"]["base_fee"]["amount"])
    start, end = (date.fromisoformat(line["period"][bound]) for bound in ("start", "end"))
    days = monthrange(start.year, start.month)[1]
    return fee * (end - start).days / days if end.day == 1 else fee


def usage_by_hand(line: dict) -> Decimal:
    """Quantity times price of each step; a percentage has no price for each."""
    steps = [(step["quantity"], step["unit_amount"], step["amount"]) for step in line["breakdown"]]
    return sum((Decimal(n) * Decimal(each) if each else Decimal(amount) for n, each, amount in steps), Decimal(0))


def test_invoices_are_numbered_without_a_gap(demo):
    numbers = [row[0] for row in invoices_of(demo)]
    assert numbers == [f"NW-2026-{position:04}" for position in range(1, len(numbers) + 1)]


def test_one_that_was_stopped_half_way_goes_on_to_the_same_end(demo):
    slug = f"{demo.slug}-again"

    class Stopped(Exception):
        pass

    def stop_in_october(line: str) -> None:
        if "October" in line:
            raise Stopped

    with pytest.raises(Stopped):
        seed(at=AT, slug=slug, number=7, events=EVENTS, step=STEP, say=stop_in_october)
    later = AT.replace(day=24)
    whole = seed(at=later, slug=slug, number=7, events=EVENTS, step=STEP)
    assert events_of(whole) == events_of(demo)
    assert invoices_of(whole) == invoices_of(demo)
