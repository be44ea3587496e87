"""Makes the demo: the vendor and its customers, then their history, told to the real code in order of time.

Every step can be killed and run again. What the vendor offers and its customers are made in one transaction; events
carry the ids that the seed gives them, so what is there already answers "duplicate"; what is void or closed stays so.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.db.models import Min

from apps.common.periods import midnight, zone
from apps.demo import vendor
from apps.demo.buyers import BUYERS, Buyer
from apps.demo.history import EVENTS, Delivery, History, TakeBack, first_day, tell
from apps.events import message
from apps.events.ingest import MAX_BATCH, record
from apps.events.models import Event
from apps.events.resolve import lock, void
from apps.invoices.buyer import add_buyer
from apps.invoices.close import Closed, close_tenant
from apps.invoices.credit import credit_now
from apps.invoices.find import outcomes_of
from apps.invoices.models import Cycle, Invoice
from apps.invoices.pay import pay
from apps.invoices.subscribe import subscribe
from apps.invoices.void import void_outcome
from apps.outbox.models import OutboxEntry
from apps.outcomes.publish import create_definition, publish_version
from apps.plans.coupons import create_coupon, read_coupon, redeem
from apps.plans.models import Coupon, Plan
from apps.plans.published import create_plan, newest_version
from apps.taxes.change import add_rate
from apps.tenants.customers import invite_contact
from apps.tenants.logo import put_logo
from apps.tenants.models import Customer, Profile, Tenant, User
from apps.tenants.provision import provision
from apps.tenants.scope import scope

SEED = 2026
STEP = timedelta(hours=1)
"""How long events are gathered before they are recorded together, as if a client sent its batch every hour."""

FOUNDED = timedelta(days=150)
STRICTER = timedelta(days=45)
KNOWN = timedelta(days=120)
"""How long before the seeding the vendor published, published again, and got to know its customers."""

LOGO = Path(__file__).parent / "logo.png"

YEARS = timedelta(days=3 * 365)
"""How long the taxes have held already."""

LATE_PAYER, LATENESS = "tannwald", timedelta(days=14)
ROUND_PAYER, ROUNDING = "brightwater", Decimal(50)
"""The customer who pays in round sums as soon as an invoice comes: what is too much pays part of the next."""


def seed(
    *,
    at: datetime,
    slug: str = vendor.SLUG,
    number: int = SEED,
    events: int = EVENTS,
    step: timedelta = STEP,
    say: Callable[[str], None] = lambda line: None,
) -> Tenant:
    """The demo's vendor with its whole history up to `at`, or up to the instant of the run that this one continues."""
    tenant = provision(slug=slug, name=vendor.NAME, owner=vendor.OWNER, password=vendor.PASSWORD)
    with scope(tenant.pk):
        at = begun() or set_up(at)
    say("the vendor, its outcomes and plans, and eight customers are there")
    history = tell(number, at.date(), events=events)
    Telling(tenant.pk, history, say).run(until=at, step=step)
    with scope(tenant.pk):
        complete_mails(at)
        take_back_what_was_billed(at)
    return tenant


def begun() -> datetime | None:
    """The instant of the run that set this vendor up."""
    first: datetime | None = Customer.objects.aggregate(first=Min("created_at"))["first"]
    return first and first + KNOWN


def set_up(at: datetime) -> datetime:
    """The vendor's outcomes, plans and customers with their contacts and subscriptions; `at`, for the next who asks."""
    Profile.objects.update(**vendor.PROFILE)
    founded = at - FOUNDED
    put_logo(LOGO.read_bytes(), at=founded)
    for rate in vendor.TAXES:
        add_rate(**rate | {"percent": Decimal(rate["percent"])}, valid_from=founded.date() - YEARS)
    for coupon in vendor.COUPONS:
        create_coupon(read_coupon(coupon), at=founded)
    tickets = create_definition({"code": "resolved_ticket", "trigger": "ticket.resolved", **vendor.TICKET}, at=founded)
    publish_version(tickets.definition, vendor.STRICTER_TICKET, at=at - STRICTER)
    create_definition(vendor.MEETING, at=founded)
    create_definition(vendor.PAYMENT, at=founded)
    for code, (name, terms) in vendor.PLANS.items():
        create_plan(code=code, name=name, terms=terms, at=founded)
    for buyer in reversed(BUYERS):  # lists show the newest first, and the largest shall stand on top
        welcome(buyer, at)
    return at


def welcome(buyer: Buyer, at: datetime) -> None:
    customer = add_buyer(**buyer.fields(), created_at=at - KNOWN)
    contact = invite_contact(customer, buyer.contact)
    User.objects.filter(pk=contact.user_id, name="").update(name=buyer.contact_name)
    version = newest_version(Plan.objects.get(code=buyer.plan))
    billing = "anniversary" if buyer.anniversary else "calendar"
    subscription = subscribe(customer, version, start=first_day(buyer, at.date()), billing=billing)
    if buyer.coupon:
        coupon = Coupon.objects.get(code=buyer.coupon)
        redeem(subscription, coupon, first=0, today=subscription.start, at=at - KNOWN)


def complete_mails(at: datetime) -> None:
    """Mark the mails of the past invoices as done: nobody waits for a letter about a month that never was.

    Their PDFs stay in the outbox, for the worker to make.
    """
    mails = OutboxEntry.objects.filter(handler="apps.invoices.deliver.mail_invoice", done_at=None)
    mails.update(done_at=at)


def pay_until(at: datetime) -> None:
    """Pay what the customers have paid by then: each on the day it is due, but for two of them."""
    unpaid = Invoice.objects.filter(status=Invoice.Status.ISSUED).select_related("customer").order_by("id")
    for invoice in unpaid:
        paid_at, amount = _paid_at(invoice), invoice.due
        if paid_at is None or paid_at > at:
            continue
        if invoice.customer.external_id == ROUND_PAYER:
            amount = (amount / ROUNDING).to_integral_value(ROUND_CEILING) * ROUNDING
        pay(invoice, amount, at=paid_at, by="Bank import", recorded_at=paid_at, reference=str(invoice))


def _paid_at(invoice: Invoice) -> datetime | None:
    payer = invoice.customer.external_id
    if payer == ROUND_PAYER:
        return invoice.issued_at
    return invoice.due_at and invoice.due_at + (LATENESS if payer == LATE_PAYER else timedelta())


def take_back_what_was_billed(at: datetime) -> None:
    """Two tickets of the largest customer's last invoice turn out to be no results: they are voided, and credited."""
    invoice = Invoice.objects.filter(customer__external_id=BUYERS[0].external_id).latest("id")
    tickets = outcomes_of(invoice).filter(version__definition__code="resolved_ticket")
    for outcome in tickets.order_by("id")[:2]:
        void_outcome(outcome.pk, by=vendor.OWNER, reason="Answered by a person after all", at=at)
    credit_now(invoice, at=at)


class Telling:
    """The history on its way into the ledger: what was sent is recorded, and cycles are closed when they are due."""

    def __init__(self, tenant_id: UUID, history: History, say: Callable[[str], None]) -> None:
        self.tenant_id = tenant_id
        self.deliveries = list(reversed(history.deliveries))
        self.take_backs = list(reversed(history.take_backs))
        self.say = say
        self.recorded = 0
        self.done = Closed()

    def run(self, *, until: datetime, step: timedelta) -> None:
        """Step by step, and at the instants between when something is due."""
        clock = begins(until)
        tick, due = clock + step, self.next_due()
        while clock < until:
            end = min(tick, until)
            earlier, clock = clock, due if due and clock < due < end else end
            tick += step if clock == tick else timedelta()
            self.record_sent_before(clock)
            self.void_before(clock)
            if due and due <= clock:
                self.done += close_tenant(self.tenant_id, at=clock)
                due = self.next_due()
                self.pay(clock)
            if clock == until:
                self.pay(clock)
            if clock.month != earlier.month or clock == until:
                self.say(f"{clock:%-d %B %Y}: {self.recorded:,} events, {self.done.invoices} invoices")

    def pay(self, instant: datetime) -> None:
        with scope(self.tenant_id):
            pay_until(instant)

    def next_due(self) -> datetime | None:
        """When something is to be closed or billed next."""
        with scope(self.tenant_id):
            ends: datetime | None = Cycle.objects.filter(closed_at=None).aggregate(first=Min("ends_at"))["first"]
            fees: datetime | None = Cycle.objects.aggregate(first=Min("fee_due_at"))["first"]
        return min(filter(None, (ends, fees)), default=None)

    def record_sent_before(self, instant: datetime) -> None:
        for batch in batched(sent_before(self.deliveries, instant), MAX_BATCH):
            with scope(self.tenant_id):
                record([message.read(one.event, at=instant) for one in batch], at=instant)
            self.recorded += len(batch)

    def void_before(self, instant: datetime) -> None:
        for one in sent_before(self.take_backs, instant):
            with scope(self.tenant_id):
                event = Event.objects.get(external_id=one.event_id)  # its outcome has the same id
                void(lock(event.pk), by=vendor.OWNER, reason=one.reason, at=one.at)


def begins(at: datetime) -> datetime:
    """A midnight in UTC before the first local day of any customer."""
    starts = (midnight(first_day(buyer, at.date()), zone(buyer.time_zone)) for buyer in BUYERS)
    return min(starts).astimezone(UTC).replace(hour=0, minute=0)


def sent_before[T: (Delivery, TakeBack)](waiting: list[T], instant: datetime) -> Iterator[T]:
    """Take from the end of the list, which stands in reverse order, what happened before the instant."""
    while waiting and waiting[-1].at < instant:
        yield waiting.pop()
