"""Work over many invoices or cycles at once, as jobs that members start and watch."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.common.templatetags.counterfoil import when
from apps.events.fence import FenceBusy
from apps.invoices.bill import CLOSE, START, Reason, bill_batch
from apps.invoices.close import close_tenant, fence_portion
from apps.invoices.drafts import NotDraft, issue_draft
from apps.invoices.models import Cycle, Invoice
from apps.invoices.remind import NotOverdue, remind
from apps.outbox import jobs
from apps.outbox.jobs import Failed
from apps.outbox.models import Job
from apps.tenants.models import Profile
from apps.tenants.scope import current_tenant_id

HERE = "apps.invoices.bulk"
REST = "rest"
"""The last item of a close: what the cycles before it left, such as those that their close made due."""


def start_reminding(invoices: QuerySet[Invoice], *, by: str, at: datetime) -> Job:
    """Remind of each of these."""
    return jobs.start("remind", f"{HERE}.remind_one", labelled(invoices), by=by, at=at)


def labelled(invoices: QuerySet[Invoice]) -> Iterable[tuple[str, str]]:
    """(id, what a reader calls it) of each, oldest first."""
    rows = invoices.select_related("customer").defer("document").order_by("pk")
    return [(str(one.pk), f"{one}, {one.customer.name}") for one in rows]


def start_issuing(drafts: QuerySet[Invoice], *, by: str, at: datetime) -> Job:
    """Issue each of these, oldest first."""
    return jobs.start("issue", f"{HERE}.issue_one", labelled(drafts), by=by, at=at)


def issue_one(job: Job, ref: str, *, at: datetime) -> str:
    try:
        return str(issue_draft(UUID(ref), at=at))
    except NotDraft as reason:
        raise Failed(str(reason)) from None


def remind_one(job: Job, ref: str, *, at: datetime) -> str:
    invoice = Invoice.objects.select_related("customer").get(pk=UUID(ref))
    try:
        return "" if remind(invoice, at=at) else "It was reminded of today already."
    except NotOverdue as reason:
        raise Failed(str(reason)) from None


# Closing


def start_closing(*, by: str, at: datetime) -> Job:
    """Close and bill every cycle that is due, each an item, and then whatever is left to do."""
    items = [
        *_cycles("start", Cycle.objects.fee_due(at), "fee in advance"),
        *_cycles("close", due(at) | Cycle.objects.unbilled()),
        (REST, "What is due after that"),
    ]
    return jobs.start("close", f"{HERE}.close_one", items, by=by, at=at)


def due(at: datetime) -> Any:
    """Cycles that a close would fence now."""
    grace = Profile.objects.values_list("grace", flat=True).get()
    return Cycle.objects.due(at - grace)


def _cycles(name: str, cycles: Any, what: str = "") -> Iterable[tuple[str, str]]:
    fields = ("pk", "customer__name", "start", "end")
    for pk, customer, start, end in cycles.order_by("ends_at", "id").values_list(*fields):
        days = f"{when(start, 'MMMd')} to {when(end - timedelta(days=1), 'yMMMd')}"
        yield f"{name}:{pk}", ", ".join(filter(None, [customer, days, what]))


def close_one(job: Job, ref: str, *, at: datetime) -> str:
    """Close a cycle and bill it, or bill a fee in advance; at last, the rest."""
    if ref == REST:
        return _close_rest(at)
    name, _, text = ref.partition(":")
    reason, id = START if name == "start" else CLOSE, UUID(text)
    if reason is CLOSE:
        _fence(id, at)
    failed: dict[UUID, str] = {}
    bill_batch(_only(reason, id), failed, at=at)
    if failed:
        raise Failed(f"No invoice could be made of it: {failed[id]}")
    made = Invoice.objects.filter(cycle=id, purpose=reason.purpose).first()
    if made is None:
        return "" if reason.waiting(at).filter(pk=id).exists() else "Nothing to bill"
    return made.number or "Draft"


def _fence(cycle_id: UUID, at: datetime) -> None:
    """Close the cycle, with all that have been due as long: so the first item of many does it for the next thousand."""
    try:
        while due(at).filter(pk=cycle_id).exists():
            fence_portion(current_tenant_id(), at)
    except FenceBusy:
        raise Failed("Events came in all the time, so the cycle could not be closed. Try it again.") from None


def _only(reason: Reason, cycle_id: UUID) -> Reason:
    return replace(reason, waiting=partial(_waiting, reason, cycle_id))


def _waiting(reason: Reason, cycle_id: UUID, at: datetime) -> Any:
    return reason.waiting(at).filter(pk=cycle_id)


def _close_rest(at: datetime) -> str:
    try:
        closed = close_tenant(current_tenant_id(), at=at)
    except FenceBusy:
        raise Failed("Events came in all the time, so nothing more could be closed. Try it again.") from None
    if closed.failed:
        raise Failed(f"{closed.failed} cycles could not be invoiced; each is named above.")
    return f"{closed.invoices} more" if closed.invoices else ""
