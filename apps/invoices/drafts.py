"""Invoices before they are issued: looked at, added to, and then issued or thrown away.

A draft has no number, no dates and no rows for its lines. What it is rated on and what it counted stand still: its days
are closed. Parties, dates and taxes are those of the day of issue.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.events import usage
from apps.events.usage import Sums
from apps.invoices.balance import lock_customers
from apps.invoices.basis import Basis
from apps.invoices.document import Heading, Unissued, build, frozen
from apps.invoices.draft import drafted
from apps.invoices.issue import fill, heading, issue
from apps.invoices.issuer import Issuer, read_issuer
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import unlink
from apps.plans.one_offs import OneOff

LONGEST_NOTE = 2_000


class NotDraft(Refused):
    """The invoice is no draft any more: it was issued or thrown away."""


def locked(invoice_id: UUID) -> Invoice:
    """The draft, kept from all others until the transaction ends. Raises NotDraft, and Invoice.DoesNotExist."""
    rows = Invoice.objects.select_for_update(of=("self",)).select_related("customer")
    invoice: Invoice = rows.prefetch_related("subscription__plan_version__plan").get(pk=invoice_id)
    if invoice.status != Invoice.Status.DRAFT:
        raise NotDraft(f"{invoice.number or 'This draft'} is {invoice.get_status_display().lower()}, not a draft.")
    return invoice


def issue_draft(invoice_id: UUID, *, at: datetime) -> Invoice:
    """Issue the draft as of now: parties, dates and taxes are today's, then it gets its number. Raises NotDraft."""
    lock_customers([Invoice.objects.values_list("customer_id", flat=True).get(pk=invoice_id)])
    invoice, issuer = locked(invoice_id), read_issuer()
    _freeze(invoice, heading(issuer, invoice.customer, at=at), issuer)
    issue([invoice], lambda _: invoice.save(force_update=True), issuer, at=at)
    return invoice


def discard_draft(invoice_id: UUID) -> Invoice:
    """Throw the draft away: it is void and never had a number. What it counted is not billed again by itself.

    What it billed by hand is left to bill again.
    """
    invoice = locked(invoice_id)
    invoice.status = Invoice.Status.VOID
    invoice.save(update_fields=["status"])
    return invoice


def add_charge(invoice_id: UUID, charge: OneOff, *, at: datetime) -> Invoice:
    """Put a one-off on the draft and rate it again. Raises NotDraft."""
    return _rated_again(invoice_id, lambda basis: replace(basis, charges=(*basis.charges, charge)), at=at)


def remove_charge(invoice_id: UUID, position: int, *, at: datetime) -> Invoice:
    """Take one of the draft's one-offs off it, by its place among them from 0. Raises NotDraft, or Refused.

    Outcomes that it bills are left to bill again.
    """

    def without(basis: Basis) -> Basis:
        if not 0 <= position < len(basis.charges):
            raise Refused("This draft has no such one-off charge any more.")
        counted = basis.charges[position].counted
        if counted:
            unlink(invoice_id, counted.outcome, counted.period.start)
        return replace(basis, charges=(*basis.charges[:position], *basis.charges[position + 1 :]))

    return _rated_again(invoice_id, without, at=at)


def write_note(invoice_id: UUID, text: str) -> Invoice:
    """Put a note to the customer on the draft; an empty one takes it away. Raises NotDraft."""
    invoice = locked(invoice_id)
    invoice.document = {**invoice.document, "note": text.strip()}
    invoice.save(update_fields=["document"])
    return invoice


def _rated_again(invoice_id: UUID, change: Callable[[Basis], Basis], *, at: datetime) -> Invoice:
    """The draft on another basis, with the same counts."""
    invoice, issuer = locked(invoice_id), read_issuer()
    basis = change(Basis.from_json(invoice.document["rated"]))
    plan = invoice.subscription.plan_version if invoice.subscription else None
    document = build(drafted(basis, _counted(invoice)), Unissued(at), issuer=issuer, buyer=invoice.customer, plan=plan)
    fill(invoice, {**document, "note": invoice.document.get("note", "")}).save(force_update=True)
    return invoice


def _counted(invoice: Invoice) -> tuple[Sums, ...]:
    """What the draft counts; nothing where it bills no usage."""
    if invoice.purpose != Invoice.Purpose.CYCLE:
        return ()
    return tuple(usage.totals(invoice.customer_id, invoice.period))


def _freeze(invoice: Invoice, top: Heading, issuer: Issuer) -> None:
    fill(invoice, frozen(invoice.document, top, issuer=issuer, buyer=invoice.customer))


def charges_of(invoice: Invoice) -> Sequence[OneOff]:
    """The one-offs of a draft, in the order in which `remove_charge` counts them."""
    return Basis.from_json(invoice.document["rated"]).charges
