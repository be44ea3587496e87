"""What a customer used and no subscription prices."""

from django.http import HttpResponse

from apps.console.access import ConsoleRequest, console, page
from apps.invoices.unbilled import unbilled
from apps.tenants.access import access_customer


@console()
def customer_unbilled(request: ConsoleRequest, external_id: str) -> HttpResponse:
    """By outcome and stretch of days, less what was billed by hand."""
    customer = access_customer(external_id)
    context = {"customer": customer, "stretches": unbilled(customer)}
    return page(request, "console/unbilled.html", context)
