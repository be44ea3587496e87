"""A vendor with rows in every table that belongs to a tenant: what the building inspector tries to get at."""

from apps.events import resolve
from apps.events.models import Claim, Event, Judgement, Outcome, Signal
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice, InvoicePdf
from apps.outbox.models import IdempotencyKey
from apps.outcomes.models import Agreement, DefinitionVersion
from apps.tenants.customers import invite_contact
from apps.tenants.models import Customer, PortalLink
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
    close_tenant(vendor.tenant.pk, at=CLOSED_AT)
    with scope(vendor.tenant.pk):
        InvoicePdf.objects.create(invoice=Invoice.objects.get(), content=b"%PDF-1.7", made_at=CLOSED_AT)
    return vendor


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
    Agreement.objects.create(customer=customer, version=version, signed_at=CLOSED_AT, signed_by="ap@halden")
    IdempotencyKey.objects.create(key="first", request_hash="0" * 64, status=201, body={})
