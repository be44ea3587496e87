"""What the close of a customer's running cycle would bill, were it closed now."""

from datetime import datetime
from typing import Any

from apps.invoices.document import Unissued, build
from apps.invoices.draft import Draft, draft_close
from apps.invoices.issuer import Issuer, read_issuer
from apps.invoices.live import running_cycles
from apps.invoices.models import Cycle
from apps.invoices.subscribe import Refused
from apps.tenants.models import Customer


def preview(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """The document (apps/invoices/document.py) of the running cycle, as a draft; nothing is written.

    Where several subscriptions run it is that of the oldest. Raises Refused where none does.
    """
    running = running_cycles(customer, at=at)
    if not running:
        raise Refused(f"{customer.name} has no running cycle: there is nothing to invoice.")
    return document_of(running[0], draft_close(running[0]), read_issuer(), at=at)


def document_of(cycle: Cycle, draft: Draft, issuer: Issuer, *, at: datetime) -> dict[str, Any]:
    """The document that a draft of the cycle would become, as if it were issued at `at`."""
    plan = cycle.subscription.plan_version
    return build(draft, Unissued(at), issuer=issuer, buyer=cycle.customer, plan=plan)
