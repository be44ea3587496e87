"""Billing cycles: up to 100 at a time are rated and become invoices, by a number of statements that does not grow.

All that needs no lock comes first; the numbers come last, and behind them only the rows that need them, so that several
workers can share a tenant. A cycle that can't be rated is left out and spoils nothing.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Case, Value, When

from apps.common.arrays import array
from apps.common.inserts import Inserts
from apps.common.statements import write
from apps.invoices.document import Unissued, build
from apps.invoices.draft import Draft, Drafting, draft_close, draft_start
from apps.invoices.facts import Facts, facts_of
from apps.invoices.issue import fill, heading, issue
from apps.invoices.issuer import Issuer, ask_issuer
from apps.invoices.models import Charge, Cycle, Invoice
from apps.invoices.subscribers import ask_subscribers
from apps.tenants.scope import current_tenant_id

log = logging.getLogger(__name__)
BATCH = 100


INVOICES = Inserts(
    Invoice,
    id="uuid",
    customer_id="uuid",
    subscription_id="uuid",
    cycle_id="uuid",
    purpose="code",
    number="text",
    status="code",
    currency="code",
    period_start="day",
    period_end="day",
    drafted_at="instant",
    issued_at="instant",
    due_at="instant",
    due_on="day",
    subtotal="number",
    discount="number",
    tax="number",
    total="number",
    paid="number",
    credited="number",
    document="json",
)
_values = attrgetter(*INVOICES.names)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why cycles are invoiced: which wait, whether usage counts, how they are rated, and the statement that marks them
    as done.
    """

    purpose: Invoice.Purpose
    waiting: Callable[[datetime], Any]
    usages: bool
    draft: Drafting
    done: str


START = Reason(
    Invoice.Purpose.START,
    Cycle.objects.fee_due,
    False,
    draft_start,
    "UPDATE invoices_cycle SET fee_due_at = NULL WHERE tenant_id = %b AND id = ANY(%b::uuid[])",
)
"""First cycles whose fee is due in advance."""
CLOSE = Reason(
    Invoice.Purpose.CYCLE,
    lambda at: Cycle.objects.unbilled(),
    True,
    draft_close,
    "UPDATE invoices_cycle SET billed = true WHERE tenant_id = %b AND id = ANY(%b::uuid[])",
)
"""Closed cycles without an invoice."""


@dataclass(frozen=True, slots=True)
class Bill:
    """One cycle's invoice, ready to be written but for its number; None where it is skipped."""

    cycle: Cycle
    invoice: Invoice | None = None
    charges: tuple[Charge, ...] = ()


@dataclass(frozen=True, slots=True)
class Billed:
    """What a batch did: cycles that were tried, and invoices made of them."""

    tried: int = 0
    invoices: int = 0


def bill_batch(reason: Reason, failed: dict[UUID, str], *, at: datetime) -> Billed:
    """Bill up to 100 waiting cycles, their rows locked.

    Cycles that another run holds are left to it; those that fail here are added to `failed`, with the reason. Where the
    tenant reviews invoices they become drafts, else they are issued.
    """
    cycles = _claim(reason, failed, at)
    if not cycles:
        return Billed()
    # Read after the lock: whoever cuts a cycle holds it, so an end that he set is seen here.
    subscribers, issuer = ask_subscribers(cycles), ask_issuer()
    facts = facts_of(cycles, usages=reason.usages, lock=True)
    subscribers()
    batch = Batch(reason, issuer(), at, failed)
    invoices = batch.write([bill for cycle in cycles if (bill := batch.ready(cycle, facts[cycle.pk]))])
    return Billed(len(cycles), invoices)


def _claim(reason: Reason, failed: dict[UUID, str], at: datetime) -> list[Cycle]:
    rows = reason.waiting(at).exclude(pk__in=failed).select_for_update(skip_locked=True, of=("self",))
    return list(rows.order_by("ends_at", "id")[:BATCH])


@dataclass(frozen=True, slots=True)
class Batch:
    """Cycles that are billed in one transaction."""

    reason: Reason
    issuer: Issuer
    at: datetime
    failed: dict[UUID, str]

    @property
    def reviewed(self) -> bool:
        return self.issuer.profile.review_invoices

    def ready(self, cycle: Cycle, facts: Facts) -> Bill | None:
        """The cycle's bill; None, told in the log, where there can't be one."""
        try:
            draft = self.reason.draft(cycle, facts)
            if self.issuer.skips(draft):
                return Bill(cycle)
            top = Unissued(self.at) if self.reviewed else heading(self.issuer, cycle.customer, at=self.at)
            plan = cycle.subscription.plan_version
            document = build(draft, top, issuer=self.issuer, buyer=cycle.customer, plan=plan)
            return Bill(cycle, fill(self._invoice(cycle, draft), document), facts.charges)
        except Exception:
            self._fail(cycle)
            return None

    def _invoice(self, cycle: Cycle, draft: Draft) -> Invoice:
        return Invoice(
            customer=cycle.customer,
            subscription_id=cycle.subscription_id,
            cycle_id=cycle.pk,
            purpose=self.reason.purpose,
            status=Invoice.Status.DRAFT,
            currency=draft.terms.currency,
            period_start=draft.period.start,
            period_end=draft.period.end,
            drafted_at=self.at,
        )

    def write(self, bills: Sequence[Bill]) -> int:
        """Write all together; where the database refuses that, each alone, and leave out what it refuses then.

        Returns how many invoices that made.
        """
        try:
            with transaction.atomic():
                return self._write(bills)
        except DatabaseError:
            log.exception("%d cycles could not be invoiced together; now each alone", len(bills))
            return sum(self._write_alone(bill) for bill in bills)

    def _write_alone(self, bill: Bill) -> int:
        try:
            with transaction.atomic():
                return self._write([bill])
        except DatabaseError:
            self._fail(bill.cycle)
            return 0

    def _write(self, bills: Sequence[Bill]) -> int:
        """The rows of the bills, and their cycles marked as done; those that are skipped are done without."""
        invoices = [bill.invoice for bill in bills if bill.invoice]
        write(self.reason.done, [current_tenant_id(), array("uuid", [bill.cycle.pk for bill in bills])])
        if self.reviewed:
            insert(invoices)
        else:
            issue(invoices, insert, self.issuer, at=self.at)
        _mark_charges(bills)
        return len(invoices)

    def _fail(self, cycle: Cycle) -> None:
        """Note it, and the exception that is being handled."""
        log.exception("Cycle %s could not be invoiced; the next run tries again", cycle.pk)
        error = sys.exception()
        self.failed[cycle.pk] = f"{type(error).__name__}: {error}"


def insert(invoices: Sequence[Invoice]) -> None:
    """Write the rows of new invoices."""
    INVOICES.write(current_tenant_id(), [_values(invoice) for invoice in invoices])


def _mark_charges(bills: Sequence[Bill]) -> None:
    """The charges of the bills are on them now."""
    billed = {charge.pk: bill.invoice.pk for bill in bills if bill.invoice for charge in bill.charges}
    if billed:
        cases = (When(pk=charge, then=Value(invoice)) for charge, invoice in billed.items())
        Charge.objects.filter(pk__in=billed).update(invoice=Case(*cases))
