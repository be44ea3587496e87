"""Invoices that a member writes: one-off lines for a customer, with or without a subscription."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from apps.common.periods import Period
from apps.invoices.basis import Basis
from apps.invoices.document import Unissued, build
from apps.invoices.draft import drafted
from apps.invoices.issue import fill
from apps.invoices.issuer import read_issuer
from apps.invoices.models import Invoice
from apps.plans.one_offs import OneOff
from apps.plans.terms import Terms
from apps.tenants.base import new_id
from apps.tenants.models import Customer


def draft_by_hand(customer: Customer, lines: Sequence[OneOff], *, at: datetime, id: UUID | None = None) -> Invoice:
    """A draft of these lines in the customer's currency, to be looked at and issued; its period is the day.

    `id`: its own, where rows name it already. The customer's row is locked, so that his currency stays.
    """
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    today = customer.today(at)
    period = Period(today, today + timedelta(days=1))
    basis = Basis(Terms(customer.currency, "month"), period, charges=tuple(lines), only_fees=True)
    document = build(drafted(basis), Unissued(at), issuer=read_issuer(), buyer=customer, plan=None)
    invoice = Invoice(
        id=id or new_id(),
        customer=customer,
        purpose=Invoice.Purpose.HAND,
        status=Invoice.Status.DRAFT,
        currency=customer.currency,
        period_start=period.start,
        period_end=period.end,
        drafted_at=at,
    )
    fill(invoice, document).save(force_insert=True)
    return invoice
