"""What the customer's pages call overdue: not what he can still pay today."""

from datetime import timedelta

import pytest

from apps.common.clock import now
from apps.common.periods import midnight
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.tenants.scope import scope
from tests.console.desk import text_of
from tests.portal.conftest import Portal


@pytest.mark.parametrize(("days_ago", "late"), [(0, False), (1, True)])
def test_list_and_invoice_say_overdue_from_the_day_after(halden: Portal, days_ago: int, late: bool) -> None:
    at = now()
    last_day = halden.customer.today(at) - timedelta(days=days_ago)
    close_tenant(halden.vendor.tenant.pk, at=at + timedelta(days=40))
    with scope(halden.vendor.tenant.pk):
        Invoice.objects.update(due_at=midnight(last_day, halden.customer.zone), due_on=last_day)
        invoice = Invoice.objects.order_by("number")[0]
    for path in ("/portal/invoices", f"/portal/invoices/{invoice.pk}"):
        assert ("Overdue" in text_of(halden.client.get(path))) == late
