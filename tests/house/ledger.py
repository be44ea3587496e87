"""A vendor with rows in every table that belongs to a tenant: what the building inspector tries to get at."""

from decimal import Decimal

from apps.events import resolve
from apps.events.models import Claim, Event, Judgement, LedgerCheck, Outcome, PendingSum, Resolution, Signal
from apps.events.reconciled import Reconciliation
from apps.events.watched import Arrivals, MutedType, Silence, Watch
from apps.invoices.close import close_tenant
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import (
    BalanceEntry,
    BilledByHand,
    Charge,
    CreditedVoid,
    CreditNotePdf,
    Invoice,
    InvoicePdf,
)
from apps.invoices.pay import pay
from apps.outbox.answers import keep
from apps.outbox.models import Job, JobFile, JobItem, Mail
from apps.outcomes.models import Agreement, DefinitionVersion
from apps.plans.models import Coupon, Discount, Subscription
from apps.taxes.models import TaxRate
from apps.tenants.customers import invite_contact
from apps.tenants.models import Customer, Logo, PortalLink
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, new_vendor, ticket

CLOSED_AT = instant("2026-12-02 12:00")


def fill(name: str) -> Vendor:
    """A vendor who billed November: one ticket counted, one voided, one in quarantine."""
    vendor = new_vendor(name)
    halden = vendor.customer()
    version = vendor.definition()
    vendor.subscribe(halden, vendor.plan(), "2026-11-01")
    sent = [ticket("1"), ticket("2"), ticket("3", customer="nobody")]
    vendor.send(*sent, at="2026-11-05 10:00")
    with scope(vendor.tenant.pk):
        resolve.void(
            resolve.lock(Outcome.objects.latest("id").pk),
            by="tests",
            reason="Reopened",
            at=instant("2026-11-06 09:00"),
        )
        invite_contact(halden, f"ap@{vendor.tenant.slug}.example")
        PortalLink.issue(vendor.tenant, customer=halden, expires_at=CLOSED_AT + PortalLink.LIFE)
        _write_what_has_no_verb_yet(halden, version)
        _write_what_was_looked_at()
    close_tenant(vendor.tenant.pk, at=CLOSED_AT)
    with scope(vendor.tenant.pk):
        invoice = Invoice.objects.get()
        InvoicePdf.objects.create(invoice=invoice, content=b"%PDF-1.7", made_at=CLOSED_AT)
        _write_documents(invoice, halden)
        _write_settings(Subscription.objects.get(), halden)
    return vendor


def _write_documents(invoice: Invoice, customer: Customer) -> None:
    """What comes after an invoice: a credit note, a payment, a balance, a mail, a job."""
    note = credit_by_hand(invoice, [HandLine("An outage", Decimal(1))], at=CLOSED_AT)
    CreditNotePdf.objects.create(credit_note=note, content=b"%PDF-1.7", made_at=CLOSED_AT)
    CreditedVoid.objects.create(resolution=Resolution.objects.get(), invoice=invoice, at=CLOSED_AT)
    pay(invoice, Decimal(1), at=CLOSED_AT, recorded_at=CLOSED_AT, by="tests")
    BalanceEntry.objects.create(
        customer=customer, kind=BalanceEntry.Kind.OVERPAID, currency="USD", amount=1, at=CLOSED_AT
    )
    BilledByHand.objects.create(invoice=invoice, outcome=Outcome.objects.earliest("id"), start=CLOSED_AT.date())
    Mail.objects.create(key="invoice", kind="invoice", customer=customer, subject="Invoice", text="Here it is.")
    job = Job.objects.create(kind="export", work="tests.work", started_by="ada", created_at=CLOSED_AT)
    JobItem.objects.create(job=job, ref="1", label="November")
    JobFile.objects.create(job=job, name="invoices.csv", part=0, content=b"number")


def _write_settings(subscription: Subscription, customer: Customer) -> None:
    coupon = Coupon.objects.create(code="spring", name="Spring", percent=10)
    Discount.objects.create(subscription=subscription, coupon=coupon, first=9)
    Charge.objects.create(customer=customer, subscription=subscription, description="Set-up", amount=50)
    TaxRate.objects.create(name="VAT", country="DE", percent=19, valid_from=CLOSED_AT.date())
    Logo.objects.create(sha256="0" * 64, media_type="image/png", content=b"")


def _write_what_was_looked_at() -> None:
    Reconciliation.objects.create(
        type="ticket.resolved", start=CLOSED_AT, end=CLOSED_AT, file="ids.csv", by="ada", made_at=CLOSED_AT
    )
    Arrivals.objects.create(type="ticket.resolved", hour=CLOSED_AT, count=1, last_at=CLOSED_AT)
    Watch.objects.create(through=CLOSED_AT, since=CLOSED_AT)
    Silence.objects.create(type="ticket.resolved", since=CLOSED_AT, usual=12, raised_at=CLOSED_AT)
    MutedType.objects.create(type="ticket.reopened", by="ada", at=CLOSED_AT)


def _write_what_has_no_verb_yet(customer: Customer, version: DefinitionVersion) -> None:
    Claim.objects.create(
        definition=version.definition,
        customer=customer,
        subject="T-1",
        month="ever",
        outcome=Outcome.objects.earliest("id"),
    )
    Signal.objects.create(
        event=Event.objects.latest("id"),
        definition=version.definition,
        customer=customer,
        subject="T-1",
        time=CLOSED_AT,
    )
    Judgement.objects.create(
        event=Event.objects.latest("id"), version=version, status=Event.Status.ACCEPTED, at=CLOSED_AT
    )
    LedgerCheck.objects.create(day=CLOSED_AT.date(), at=CLOSED_AT, sums=1, differing=0)
    PendingSum.objects.create(customer=customer, version=version, day=CLOSED_AT.date(), starts=CLOSED_AT, slot=0)
    Agreement.objects.create(customer=customer, version=version, signed_at=CLOSED_AT, signed_by="ap@halden")
    keep("first", "{}", status=201, request_hash="0" * 64, at=CLOSED_AT)
