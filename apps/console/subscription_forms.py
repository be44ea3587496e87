"""Putting a customer on a plan, and on another one: the forms and their pages."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import confirmed
from apps.console.customer_field import CustomerField
from apps.console.days import DayField
from apps.console.formerrors import refusals
from apps.console.own_terms import OwnTermsForm, own_initial
from apps.console.subscription_extras import CouponField
from apps.invoices.change_plan import change_plan
from apps.invoices.foresee import Foreseen, foresee
from apps.invoices.give_coupon import give_coupon
from apps.invoices.subscribe import FURTHEST, CurrencyDiffers, Refused, subscribe
from apps.plans.coupons import NotGiven
from apps.plans.models import Billing, Coupon, Plan, Subscription
from apps.tenants.models import Customer

WHENS = [("cycle_end", "With the end of its cycle"), ("now", "Now, at the coming midnight")]
PARTS = {"own": "console/_own_terms.html", "prices": "console/_prices.html"}
"""What a form asks for while it is filled in; "fields" is the whole page, for readers without script."""


class SubscriptionForm(OwnTermsForm):
    """Who, on what, from when."""

    customer = CustomerField(None, empty_label="Choose a customer")
    start = DayField(
        label="From",
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
    coupon = CouponField(required=False, empty_label="None")

    field_order = ["customer", "plan", "start", "billing", "coupon"]

    def __init__(self, data: Any, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        customers: Any = self.fields["customer"]
        customers.offer_all()
        coupons: Any = self.fields["coupon"]
        coupons.queryset = Coupon.objects.filter(archived_at=None)


class ChangeForm(OwnTermsForm):
    """On what, and when."""

    when = forms.ChoiceField(label="The change takes effect", widget=forms.RadioSelect, choices=WHENS)

    field_order = ["plan", "when"]


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
    lacking = {"no_customers": not Customer.objects.exists(), "no_plans": not Plan.objects.exists()}
    context = {"form": form} | lacking
    part = _part(request, form, "console/subscription_form.html", context)
    if part:
        return part
    made = _subscribe(request, form) if request.method == "POST" and form.is_valid() else None
    if made:
        messages.success(request, f"{made.customer.name} is on {made.plan_version.name}.")
        return redirect("console:subscription", made.pk)
    return page(request, "console/subscription_form.html", context, status=422 if form.refused else 200)


def _subscribe(request: ConsoleRequest, form: SubscriptionForm) -> Subscription | None:
    """The subscription that the form asks for; None, with what is wrong noted, where there is to be none."""
    chosen, overrides = form.cleaned_data, form.read_overrides()
    if overrides is None or form.version is None:
        return None
    made: Subscription | None = None
    if abs(chosen["start"] - request.at.date()) > FURTHEST:
        form.add_error("start", "Choose a day within ten years of today.")
        return None
    with refusals(form, {CurrencyDiffers: "plan", NotGiven: "coupon", Refused: "start"}):
        made = subscribe(
            chosen["customer"],
            form.version,
            start=chosen["start"],
            billing=chosen["billing"],
            overrides=overrides or None,
        )
        if chosen["coupon"]:
            give_coupon(made, chosen["coupon"], at=request.at)
    return None if form.errors else made


@console("bill")
def subscription_change(request: ConsoleRequest, id: Any) -> HttpResponse:
    """Another plan: the form, then the documents that the change would make, then the change."""
    one = Subscription.objects.select_related("customer", "plan_version__plan").get(pk=id)
    initial = {"plan": one.plan_version.plan, "when": "cycle_end"} | own_initial(one.overrides, one.plan_version)
    form = ChangeForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "subscription": one}
    part = _part(request, form, "console/subscription_change.html", context)
    if part:
        return part
    if request.method == "POST" and request.POST.get("do") != "back" and form.is_valid():
        found, made = _change(request, one, form)
        if made:
            words = f"{one.customer.name} is on {made.plan_version.name} from {made.start:%-d %B %Y} on."
            messages.success(request, words)
            return redirect("console:subscription", made.pk)
        if found:
            own = ("csrfmiddlewaretoken", "do", "confirmed")
            carried = [(name, value) for name, value in request.POST.items() if name not in own]
            context |= {"found": found, "carried": carried}
    return page(request, "console/subscription_change.html", context, status=422 if form.refused else 200)


def _change(
    request: ConsoleRequest, one: Subscription, form: ChangeForm
) -> tuple[Foreseen | None, Subscription | None]:
    """What the change would make, or, once confirmed, what it made; neither where it is refused."""
    overrides = form.read_overrides()
    if overrides is None or form.version is None:
        return None, None
    when = form.cleaned_data["when"]
    change = partial(change_plan, version=form.version, when=when, overrides=overrides or None, at=request.at)
    with refusals(form, {CurrencyDiffers: "plan", Refused: None}):
        if confirmed(request):
            return None, change(one)
        return foresee(one, change, at=request.at), None
    return None, None


def _part(request: ConsoleRequest, form: OwnTermsForm, whole: str, context: dict[str, Any]) -> HttpResponse | None:
    """The fragment that a form asks for while it is being filled in."""
    part = request.GET.get("part")
    if request.method != "POST" or part not in (*PARTS, "fields"):
        return None
    form.errors.clear()
    currency = form.version.plan.currency if form.version else ""
    return page(request, PARTS.get(part, whole), context | {"currency": currency})
