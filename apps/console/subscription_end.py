"""Ending a subscription: what it would make, and then the end itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import confirmed
from apps.invoices.cancel import cancel
from apps.invoices.ending import When
from apps.invoices.foresee import ending, foresee
from apps.invoices.subscribe import Refused
from apps.plans.models import Subscription

WHENS: dict[str, When] = {"now": "now", "cycle_end": "cycle_end"}


@console("bill")
def subscription_end(request: ConsoleRequest, id: Any) -> HttpResponse:
    """End it at the coming midnight or with its running cycle (`when`); it shows first what that makes."""
    one = Subscription.objects.select_related("customer", "plan_version__plan").get(pk=id)
    asked = request.POST if request.method == "POST" else request.GET
    when = WHENS.get(asked.get("when", ""), "cycle_end")
    try:
        if request.method == "POST" and confirmed(request):
            day = cancel(one, when=when, at=request.at)
            messages.success(request, f"It ends: {day:%-d %B %Y} is the first day without it.")
            return redirect("console:subscription", one.pk)
        found = foresee(one, ending(when, at=request.at), at=request.at)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("console:subscription", one.pk)
    context = {"subscription": one, "when": when, "found": found}
    return page(request, "console/subscription_end.html", context)
