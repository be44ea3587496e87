"""What the close of a customer's running cycle would bill, were it closed now."""

from datetime import datetime, timedelta
from typing import Any

from apps.invoices.document import Heading, build
from apps.invoices.draft import draft_close
from apps.invoices.live import running_cycles
from apps.invoices.subscribe import Refused
from apps.outcomes.catalog import newest_versions
from apps.tenants.models import Customer, Profile

UNNUMBERED = ""


def preview(customer: Customer, *, at: datetime) -> dict[str, Any]:
    """The document (apps/invoices/document.py) of the running cycle, without a number; nothing is written.

    Where several subscriptions run it is that of the oldest. Raises Refused where none does.
    """
    running = running_cycles(customer, at=at)
    if not running:
        raise Refused(f"{customer.name} has no running cycle: there is nothing to invoice.")
    seller: Profile = Profile.objects.get()
    heading = Heading(UNNUMBERED, at, at + timedelta(days=seller.payment_days))
    plan = running[0].subscription.plan_version
    return build(draft_close(running[0]), heading, seller=seller, buyer=customer, plan=plan, names=newest_versions())
