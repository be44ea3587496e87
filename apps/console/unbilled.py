"""What a customer used and no subscription prices, and billing it by hand."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.common.reading import Fields
from apps.console.access import ConsoleRequest, console, page
from apps.console.formerrors import sentence
from apps.console.input_rows import Input
from apps.invoices.bill_unbilled import Rate, bill_unbilled
from apps.invoices.subscribe import Refused
from apps.invoices.unbilled import Unbilled, unbilled
from apps.tenants.access import access_customer


@console(change="bill")
def customer_unbilled(request: ConsoleRequest, external_id: str) -> HttpResponse:
    """By outcome and stretch of days, less what was billed by hand; a POST drafts an invoice of what got a price."""
    customer = access_customer(external_id)
    stretches = unbilled(customer)
    inputs = [Input(one.key, f"Each, {customer.currency}", request.POST.get(one.key, "").strip()) for one in stretches]
    if request.method == "POST":
        rates = _read(inputs, customer.currency)
        if not any(one.error for one in inputs):
            try:
                draft = bill_unbilled(customer, rates, at=request.at)
            except Refused as error:
                messages.error(request, str(error))
            else:
                messages.success(request, "Here is the draft: look at it, then issue it.")
                return redirect("console:invoice", draft.pk)
    wrong = any(one.error for one in inputs)
    context: dict[str, Any] = {"customer": customer, "rows": _rows(stretches, inputs), "section": "customers"}
    return page(request, "console/unbilled.html", context, status=422 if wrong else 200)


def _read(inputs: Sequence[Input], currency: str) -> dict[str, Rate]:
    """What was typed, by stretch; what is wrong is noted at its input."""
    rates = {}
    for one in inputs:
        fields = Fields({"each": one.value or None})
        fields.currency = currency
        if fields.given("each"):
            rates[one.name] = Rate(fields.price("each"))
        for problem in fields.problems:
            one.error = sentence(problem.message)
    return rates


def _rows(stretches: Sequence[Unbilled], inputs: Sequence[Input]) -> list[dict[str, Any]]:
    return [{"one": one, "input": field} for one, field in zip(stretches, inputs, strict=True)]
