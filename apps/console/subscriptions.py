"""Subscriptions: who is on which plan, from when to when, and the cycles that came of it."""

from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.lists import listed
from apps.console.plans import outcome_names
from apps.console.subscription_extras import forms_of, post_extra
from apps.console.words import base_fee, clauses, rest
from apps.invoices.ending import scheduled
from apps.invoices.models import Charge, Cycle, Invoice
from apps.plans.models import Discount, Subscription
from apps.plans.published import terms_of_subscription

CYCLES = 24
STATES = {"active": "Active", "scheduled": "Scheduled", "ended": "Ended"}


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


@console(change="bill")
def subscription(request: ConsoleRequest, id: Any) -> HttpResponse:
    """One subscription: its terms, its cycles with their invoices, its coupons, and the charges that wait."""
    rows = Subscription.objects.select_related("customer", "plan_version__plan", "replaces__plan_version")
    one = rows.get(pk=id)
    own, given = reverse("console:subscription", args=[one.pk]), forms_of(request, one)
    if request.POST.get("do") == "remove" and not confirmed(request):
        detail = "It has not been billed, and will not be."
        return ask(request, "Remove this charge?", detail=detail, label="Remove", back=own)
    if request.method == "POST" and post_extra(request, one, given):
        return redirect(own)
    refused = any(form.errors for form in given.values())
    context = _shown(request, one) | given
    return page(request, "console/subscription.html", context, status=422 if refused else 200)


def _shown(request: ConsoleRequest, one: Subscription) -> dict[str, Any]:
    """What the page tells of a subscription."""
    invoices: dict[Any, list[Invoice]] = {}
    for invoice in Invoice.objects.filter(subscription=one).order_by("pk"):
        invoices.setdefault(invoice.cycle_id, []).append(invoice)
    cycles = Cycle.objects.filter(subscription=one).order_by("-index")[:CYCLES]
    terms, after = terms_of_subscription(one), scheduled(one)
    running = next((cycle for cycle in cycles if cycle.closed_at is None), None)
    today = one.customer.today(request.at)
    state = state_of(one, today)
    open_to_change = running is not None and state != "ended" and request.membership.may("bill")
    return {
        "subscription": one,
        "state": state,
        "after": after,
        "base_fee": base_fee(terms),
        "clauses": clauses(terms, outcome_names()),
        "rest": rest(terms),
        "own_prices": [price["outcome"] for price in one.overrides.get("prices") or []],
        "cycles": [
            {"cycle": cycle, "invoices": invoices.get(cycle.pk, []), "over": cycle.end <= today} for cycle in cycles
        ],
        "discounts": Discount.objects.filter(subscription=one).select_related("coupon").order_by("pk"),
        "charges": Charge.objects.filter(subscription=one, invoice=None).order_by("pk"),
        "may_change": open_to_change,
        "may_end": open_to_change and (one.end is None or after is not None),
    }
