"""Taking an outcome back by an explicit word, as long as its definition allows it."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.events import resolve
from apps.events.models import Resolution
from apps.events.resolve import NotNow
from apps.invoices.find import invoice_of


def void_outcome(outcome_id: UUID, *, by: str, reason: str, at: datetime) -> Resolution:
    """Void the outcome; a second void is the first one again.

    Before its day is closed, or it is billed by hand, it is not billed; after that a credit is due for it, until
    `void_after_billing_days` of its definition have passed since the invoice was issued. Raises NotNow from then on,
    and Outcome.DoesNotExist.
    """
    standing = resolve.lock(outcome_id)
    if Resolution.Kind.VOID not in standing.resolutions:
        _refuse_too_late(standing, at)
    return resolve.void(standing, by=by, reason=reason, at=at)


def _refuse_too_late(standing: resolve.Standing, at: datetime) -> None:
    invoice = invoice_of(standing.outcome.pk)
    days = standing.outcome.version.void_after_billing_days
    if invoice and invoice.issued_at and at > invoice.issued_at + timedelta(days=days):
        raise NotNow(f"It can't be voided any more: invoice {invoice.number} was issued over {days} days ago.")
