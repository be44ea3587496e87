"""Reminding of invoices that are overdue: on the days that the tenant set, or by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.invoices import letters
from apps.invoices.deliver import ATTACH
from apps.invoices.models import Invoice
from apps.invoices.models.invoice import APART
from apps.outbox import mail
from apps.outbox.models import Mail
from apps.tenants.models import Profile
from apps.tenants.scope import scope

RECENT = 3
"""How many days after its day a reminder is still sent: so an outage is bridged, and old debts stay at rest."""
BATCH = 100


class NotOverdue(Exception):
    """There is nothing to remind of."""


def remind(invoice: Invoice, *, at: datetime) -> Mail | None:
    """Remind by hand; None where it was done today already. Raises NotOverdue, which tells why."""
    if invoice.status != Invoice.Status.ISSUED:
        raise NotOverdue(f"{invoice} is {invoice.get_status_display().lower()}.")
    if invoice.status_at(at) != "overdue":
        raise NotOverdue(f"{invoice} is not overdue yet: the customer can pay it until the end of {invoice.due_on}.")
    return _write(invoice, f"{invoice.customer.today(at)}", at=at)


def remind_due(tenant_id: UUID, *, at: datetime) -> int:
    """Remind of every unpaid invoice whose day for it has come; returns how many mails that wrote.

    Each step is taken once. Of several whose day has come only the newest is, and none that came long ago.
    """
    with scope(tenant_id):
        days = sorted(set(Profile.objects.values_list("reminder_days", flat=True).get()))
    written, after = 0, None
    while days:
        with scope(tenant_id):
            batch = _overdue(days, after, at)
            written += sum(_remind_of_step(invoice, days, at) for invoice in batch)
        if len(batch) < BATCH:
            break
        after = batch[-1].pk
    return written


def _overdue(days: Sequence[int], after: UUID | None, at: datetime) -> list[Invoice]:
    """The next unpaid ones that became due no longer ago than the last step, by id."""
    longest = timedelta(days=days[-1] + RECENT) + APART
    rows = Invoice.objects.overdue(at).filter(due_at__gt=at - longest).select_related("customer").order_by("pk")
    return list((rows.filter(pk__gt=after) if after else rows)[:BATCH])


def _remind_of_step(invoice: Invoice, days: Sequence[int], at: datetime) -> bool:
    step = step_of(invoice, days, at)
    return step is not None and _write(invoice, str(step), at=at) is not None


def step_of(invoice: Invoice, days: Sequence[int], at: datetime) -> int | None:
    """The newest step whose day has come, in days after the due date; None without one, or where it came long ago."""
    if invoice.due_on is None:
        return None
    late = (invoice.customer.today(at) - invoice.due_on).days
    step = max((day for day in days if day <= late), default=None)
    return step if step is not None and late - step <= RECENT else None


def _write(invoice: Invoice, day: str, *, at: datetime) -> Mail | None:
    key = f"reminder:{invoice.pk}:{day}"
    if Mail.objects.filter(key=key).exists():
        return None
    return mail.write(key, letters.of_reminder(invoice), attach=ATTACH, at=at)
