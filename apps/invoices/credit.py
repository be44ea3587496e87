"""Credit notes: what was voided after it was billed, days of a fee that a cut cycle lost, and whole invoices.

A credit first takes off what is due on its invoice; the rest becomes the customer's balance. All verbs lock as
apps/invoices/balance.py says: the customer, the invoice, and at last the number series. Two runs at once never credit
twice: what was given is read under the invoice's lock, and a void is looked at once (CreditedVoid).
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import OperationalError

from apps.common.money import exact
from apps.common.periods import midnight
from apps.invoices.balance import TooMuch, hold, settle
from apps.invoices.credit_document import credit_document, lines_of
from apps.invoices.models import BalanceEntry, CreditedVoid, CreditNote, CreditNoteLine, Cycle, Invoice
from apps.invoices.numbers import take_numbers
from apps.invoices.rerating import Credit, credit_of, rate_again, usage_of
from apps.invoices.voided import Void, taken_off, taken_off_by_hand, voids_of, waiting
from apps.outbox.outbox import put_all
from apps.tenants.models import Customer, Profile
from apps.tenants.scope import scope

log = logging.getLogger(__name__)
AFTER_ISSUE = ("apps.invoices.deliver.store_credit_note_pdf", "apps.invoices.deliver.mail_credit_note")


def credit_due(tenant_id: UUID, *, at: datetime) -> int:
    """Make the credit notes that are due at `at`, in transactions of their own, and return how many.

    For every invoice with voids that were recorded before the last midnight of its customer one note of them all; and
    one for each cycle that was cut after its fee was billed. Run again it makes none. An invoice that can't be credited
    is told in the log and spoils nothing: the next run tries it again.
    """
    with scope(tenant_id):
        cut = _fees_lost(at)
        due = _voided_before_today(at=at)
    notes = 0
    for cycle_id, fee_on in cut:
        with _spoiling_nothing(fee_on):
            with scope(tenant_id):
                notes += fee_on is not None and credit_fee(fee_on, at=at) is not None
            # Apart: billing locks cycles before customers. Killed in between, the next run finds nothing to credit.
            with scope(tenant_id):
                Cycle.objects.filter(pk=cycle_id).update(fee_cut=False)
    for invoice_id, before in due.items():
        with _spoiling_nothing(invoice_id), scope(tenant_id):
            notes += credit_voids(invoice_id, before=before, at=at) is not None
    return notes


@contextmanager
def _spoiling_nothing(invoice_id: UUID | None) -> Iterator[None]:
    """What goes wrong with one invoice keeps no other waiting; a database that is away is everybody's."""
    try:
        yield
    except OperationalError:
        raise
    except Exception:
        log.exception("Invoice %s could not be credited; the next run tries again", invoice_id)


def credit_now(invoice: Invoice, *, at: datetime) -> CreditNote | None:
    """Credit at once what was voided of the invoice until now; None where that comes to nothing.

    Raises Refused for a draft: its voids wait until it is issued.
    """
    return credit_voids(invoice.pk, before=None, at=at)


def credit_voids(invoice_id: UUID, *, before: datetime | None, at: datetime) -> CreditNote | None:
    """Credit the voids recorded before this instant, or all, and mark them as looked at."""
    held = hold(invoice_id)
    known = voids_of(held)
    new = [one for one in known if not one.looked_at and (before is None or one.recorded_at < before)]
    if not new:
        return None
    counted = [one for one in known if (one.looked_at or one in new) and one.in_time(held)]
    credit = _outstanding(held, counted)
    note = issue_credit(held, credit, CreditNote.Reason.OUTCOMES, at=at) if credit.total > 0 else None
    CreditedVoid.objects.bulk_create(
        CreditedVoid(
            resolution_id=one.resolution_id,
            invoice=held,
            credit_note=note if one.in_time(held) else None,
            at=at,
        )
        for one in new
    )
    return note


def credit_fee(invoice_id: UUID, *, at: datetime) -> CreditNote | None:
    """Give back the days of a fee billed in advance that a cut cycle lost; None where nothing is to be given."""
    held = hold(invoice_id)
    credit = _outstanding(held, [one for one in voids_of(held) if one.looked_at and one.in_time(held)])
    return issue_credit(held, credit, CreditNote.Reason.FEE, at=at) if credit.total > 0 else None


def void_invoice(invoice: Invoice, *, reason: str = "", at: datetime) -> Invoice:
    """Void an issued invoice: one credit note of all that was not credited yet; what was paid goes to the balance.

    Its outcomes are not billed again by themselves; those of one by hand are left to bill again. A second time it is
    left as it is. Raises Refused for a draft.
    """
    held = hold(invoice.pk)
    if held.status == Invoice.Status.VOID:
        return held
    credit = credit_of(held.document, None, given_on(held))
    held.status = Invoice.Status.VOID
    if credit.total > 0:
        issue_credit(held, credit, CreditNote.Reason.VOID, note=reason, at=at)
    settle(held)
    return held


def issue_credit(
    invoice: Invoice, credit: Credit, reason: CreditNote.Reason, *, note: str = "", at: datetime
) -> CreditNote:
    """Write a credit note on the invoice, numbered, and move its money. Needs `hold`, and a credit of something.

    Raises Refused for more than is left of the invoice.
    """
    with exact():
        left = invoice.total - invoice.credited
    if credit.total > left:
        raise TooMuch(left, invoice.currency, f"of invoice {invoice.number} is left to credit")
    document = credit_document(invoice, credit, reason=reason, note=note, at=at)
    with exact():
        invoice.credited += credit.total
    settle(invoice)
    [number] = take_numbers(_prefix(), [invoice.customer.today(at).year])
    made: CreditNote = CreditNote.objects.create(
        invoice=invoice,
        customer=invoice.customer,
        number=number,
        reason=reason,
        note=note,
        currency=invoice.currency,
        period_start=invoice.period_start,
        period_end=invoice.period_end,
        issued_at=at,
        document={**document, "number": number},
        **{name: Decimal(document[name]) for name in ("subtotal", "discount", "tax", "total", "applied")},
    )
    lines = lines_of(document, invoice)
    for line in lines:
        line.credit_note = made
    CreditNoteLine.objects.bulk_create(lines)
    _to_balance(made, at=at)
    put_all([(handler, [str(made.pk)]) for handler in AFTER_ISSUE], at=at)
    return made


def given_on(invoice: Invoice) -> list[dict[str, Any]]:
    """The documents of the invoice's credit notes, oldest first."""
    return list(CreditNote.objects.filter(invoice=invoice).order_by("pk").values_list("document", flat=True))


def _outstanding(invoice: Invoice, voids: Sequence[Void]) -> Credit:
    """What the invoice is to be credited by now, less what was given."""
    document = invoice.document
    counts = [*usage_of(document), *taken_off(voids)]
    again = rate_again(document, counts, _fee_ends(invoice), taken_off_by_hand(voids))
    return credit_of(document, again, given_on(invoice))


def _to_balance(note: CreditNote, *, at: datetime) -> None:
    if note.to_balance:
        BalanceEntry.objects.create(
            customer_id=note.customer_id,
            kind=BalanceEntry.Kind.CREDIT,
            currency=note.currency,
            amount=note.to_balance,
            invoice_id=note.invoice_id,
            credit_note=note,
            at=at,
        )


def _prefix() -> str:
    prefix: str = Profile.objects.values_list("credit_note_prefix", flat=True).get()
    return prefix


def _voided_before_today(*, at: datetime) -> dict[UUID, datetime]:
    """Invoices with voids of the days before their customer's today, each with the midnight at which that began."""
    rows = waiting(at=at)
    customers = Customer.objects.in_bulk({customer_id for _, customer_id, _ in rows})
    today = {key: midnight(one.today(at), one.zone) for key, one in customers.items()}
    return {invoice: today[customer] for invoice, customer, recorded in rows if recorded < today[customer]}


def _fees_lost(at: datetime) -> list[tuple[UUID, UUID | None]]:
    """Closed cycles with fewer days than their fee was billed for, and by which invoice; those of a draft wait."""
    cycles = Cycle.objects.filter(fee_cut=True, closed_at__lte=at).order_by("pk")
    found = [(cycle.pk, fee_invoice(cycle)) for cycle in cycles]
    return [
        (cycle_id, invoice.pk if invoice else None)
        for cycle_id, invoice in found
        if invoice is None or invoice.status != Invoice.Status.DRAFT
    ]


def fee_invoice(cycle: Cycle) -> Invoice | None:
    """The invoice that billed the cycle's fee in advance: that of the start, or that of the cycle before.

    A draft that was thrown away billed nothing, so nothing of it is given back.
    """
    rows = Invoice.objects.filter(subscription=cycle.subscription_id)
    rows = rows.exclude(number=None, status=Invoice.Status.VOID)
    start = rows.filter(cycle=cycle, purpose=Invoice.Purpose.START)
    close = rows.filter(cycle__index=cycle.index - 1, purpose=Invoice.Purpose.CYCLE)
    found: Invoice | None = start.first() or close.first()
    return found


def _fee_ends(invoice: Invoice) -> dict[date, date]:
    """By first day, the end of every closed cycle that has fewer days than the invoice billed its fee for."""
    billed = {
        date.fromisoformat(fee["period"]["start"]): date.fromisoformat(fee["period"]["end"])
        for fee in invoice.document["rated"]["fees"]
        if fee["period"]
    }
    closed = Cycle.objects.filter(subscription=invoice.subscription_id, closed_at__isnull=False, start__in=billed)
    return {start: end for start, end in closed.values_list("start", "end") if end < billed[start]}
