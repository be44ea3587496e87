"""Subscriptions: who is on which plan, from when to when, and the cycles that came of it."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.plans import outcome_names
from apps.console.words import base_fee, clauses
from apps.invoices.cancel import cancel
from apps.invoices.ending import When
from apps.invoices.models import Cycle, Invoice
from apps.invoices.subscribe import CurrencyDiffers, Refused, subscribe
from apps.plans.models import Billing, Plan, Subscription
from apps.plans.published import newest_version, terms_of
from apps.tenants.models import Customer

CYCLES = 24
STATES = {"active": "Active", "scheduled": "Scheduled", "ended": "Ended"}


class Billed(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own is not generic when it runs
    """A choice of what has a name and a currency; its queryset is set in the tenant's scope."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}, {obj.currency}"


class SubscriptionForm(forms.Form):
    """Who, on what, from when."""

    customer = Billed(None, empty_label="Choose a customer")
    plan = Billed(None, empty_label="Choose a plan", help_text="In the customer's currency.")
    start = forms.DateField(
        label="From",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="A day in the past prices what was counted since, as far as nothing is closed yet.",
    )
    billing = forms.ChoiceField(
        label="Cycles begin",
        widget=forms.RadioSelect,
        initial=Billing.CALENDAR,
        choices=[
            (Billing.CALENDAR, "On the first of the month, quarter or year"),
            (Billing.ANNIVERSARY, "On the day of the month that it starts on"),
        ],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rows: dict[str, Any] = {"customer": Customer.objects.all(), "plan": Plan.objects.all()}
        for name, choices in rows.items():
            field = self.fields[name]
            if isinstance(field, Billed):
                field.queryset = choices.order_by("name")


def state_of(subscription: Subscription, today: date) -> str:
    """A key of STATES, by the customer's day."""
    if subscription.end is not None and (subscription.end <= today or subscription.end == subscription.start):
        return "ended"
    return "scheduled" if subscription.start > today else "active"


@console()
def subscriptions(request: ConsoleRequest) -> HttpResponse:
    """Every subscription, newest first."""
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = listed(request, _search(text, state, request.at.date()))
    rows = [{"subscription": one, "state": state_of(one, one.customer.today(request.at))} for one in found.rows]
    context = {"list": found, "rows": rows, "q": text, "state": state, "states": STATES}
    return page(request, "console/subscriptions.html", context)


def _search(text: str, state: str, today: date) -> QuerySet[Subscription]:
    rows: QuerySet[Subscription] = Subscription.objects.select_related("customer", "plan_version__plan")
    if text:
        plan = Q(plan_version__plan__name__icontains=text)
        rows = rows.filter(Q(customer__name__icontains=text) | Q(customer__external_id=text) | plan)
    match state:
        case "active":
            return rows.filter(start__lte=today).filter(Q(end=None) | Q(end__gt=today))
        case "scheduled":
            return rows.filter(start__gt=today)
        case "ended":
            return rows.filter(end__lte=today)
        case _:
            return rows


@console("bill")
def subscription_new(request: ConsoleRequest) -> HttpResponse:
    """Put a customer on the newest version of a plan; `?customer=` and `?plan=` choose beforehand."""
    initial = {
        "customer": Customer.objects.filter(external_id=request.GET.get("customer", "")).first(),
        "plan": Plan.objects.filter(code=request.GET.get("plan", "")).first(),
        "start": request.at.date().replace(day=1),
        "billing": Billing.CALENDAR,
    }
    form = SubscriptionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        with refusals(form, {CurrencyDiffers: "plan", Refused: "start"}):
            made = subscribe(
                chosen["customer"], newest_version(chosen["plan"]), start=chosen["start"], billing=chosen["billing"]
            )
        if not form.errors:
            messages.success(request, f"{made.customer.name} is on {made.plan_version.name}.")
            return redirect("console:subscription", made.pk)
    lacking = {"no_customers": not Customer.objects.exists(), "no_plans": not Plan.objects.exists()}
    status = 422 if form.errors else 200
    return page(request, "console/subscription_form.html", {"form": form} | lacking, status=status)


@console(change="bill")
def subscription(request: ConsoleRequest, id: Any) -> HttpResponse:
    """One subscription: its terms, its cycles with their invoices, and its end, which asks first."""
    one = Subscription.objects.select_related("customer", "plan_version__plan").get(pk=id)
    if request.method == "POST":
        return _cancel(request, one)
    invoices: dict[Any, list[Invoice]] = {}
    for invoice in Invoice.objects.filter(subscription=one).order_by("pk"):
        invoices.setdefault(invoice.cycle_id, []).append(invoice)
    cycles = Cycle.objects.filter(subscription=one).order_by("-index")[:CYCLES]
    terms, today = terms_of(one.plan_version), one.customer.today(request.at)
    running = next((cycle for cycle in cycles if cycle.closed_at is None), None)
    context = {
        "subscription": one,
        "state": state_of(one, today),
        "base_fee": base_fee(terms),
        "clauses": clauses(terms, outcome_names()),
        "cycles": [{"cycle": cycle, "invoices": invoices.get(cycle.pk, [])} for cycle in cycles],
        "running": running,
        "tomorrow": max(today + timedelta(days=1), one.start),
        "may_cancel": running is not None and request.membership.may("bill") and one.end is None,
    }
    return page(request, "console/subscription.html", context)


def _cancel(request: ConsoleRequest, one: Subscription) -> HttpResponse:
    """End it now, that is at the coming midnight, or with its running cycle."""
    own = reverse("console:subscription", args=[one.pk])
    when: When = "now" if request.POST.get("when") == "now" else "cycle_end"
    if request.POST.get("when") not in ("now", "cycle_end"):
        raise PermissionDenied
    if not confirmed(request):
        words = "at the coming midnight" if when == "now" else "with its running cycle"
        detail = f"It ends {words}. What is counted after that is listed and not billed. This can't be taken back."
        return ask(
            request, f"End {one.customer.name}'s subscription?", detail=detail, label="End subscription", back=own
        )
    try:
        day = cancel(one, when=when, at=request.at)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"It ends: {day:%-d %B %Y} is the first day without it.")
    return redirect(own)
