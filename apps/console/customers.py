"""Customers: the list, the form to add or change one, and a customer's own page with its live figures."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common import locales
from apps.common.text import CODE_VALIDATOR
from apps.console import choices
from apps.console.access import ConsoleRequest, console, page
from apps.console.addresses import PARTS, AddressFields, address_initial
from apps.console.confirming import ask, confirmed
from apps.console.contacts import ContactForm, contacts_of, post_contact
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.revenue import amounts
from apps.invoices.balance import balance_of
from apps.invoices.buyer import add_buyer, billed_in, change_buyer
from apps.invoices.document import party_of_buyer
from apps.invoices.freshness import unchanged
from apps.invoices.models import BalanceEntry, Invoice
from apps.invoices.panel import panel
from apps.invoices.subscribe import Refused
from apps.invoices.unsigned import unsigned
from apps.outbox.models import Mail
from apps.plans.models import Subscription
from apps.taxes.liability import untaxed
from apps.tenants.access import access_customer
from apps.tenants.customers import Taken
from apps.tenants.models import Customer, TaxStatus

NEWEST = 5
TAX_STATUSES = [
    ("", "None: taxed by your rates"),
    (TaxStatus.EXEMPT, "Exempt"),
    (TaxStatus.REVERSE_CHARGE, "Reverse charge: the customer accounts for it"),
]


class CustomerForm(AddressFields):
    """A customer's billing details. The external id is fixed once given, the currency once he is billed."""

    name = forms.CharField(max_length=200, help_text="As it stands on invoices.")
    external_id = forms.CharField(
        label="External id",
        max_length=128,
        validators=[CODE_VALIDATOR],
        help_text="What your product calls this customer. Events name it, so it can't be changed later.",
        widget=forms.TextInput(attrs={"class": "code", "autocapitalize": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(label="E-mail for invoices")
    currency = forms.ChoiceField(
        choices=choices.currencies, help_text="Fixed once there is a subscription or an invoice."
    )
    time_zone = forms.ChoiceField(
        choices=choices.time_zones, help_text="Days and billing cycles begin at midnight there."
    )
    country = forms.ChoiceField(choices=choices.countries)
    tax_id = forms.CharField(
        label="Tax id", max_length=64, required=False, help_text="A business in another country of the EU needs one."
    )
    locale = forms.ChoiceField(
        label="Language and formats of documents",
        choices=lambda: [("", "As in your settings"), *locales.choices()],
        required=False,
    )
    tax_status = forms.ChoiceField(label="Special tax treatment", choices=TAX_STATUSES, required=False)
    exemption = forms.CharField(
        label="Reason of the exemption",
        max_length=200,
        required=False,
        help_text="Printed on the documents of an exempt customer.",
    )

    field_order = [
        *("name", "external_id", "email", "currency", "time_zone", "locale"),
        *(*PARTS, "country", "tax_id", "tax_status", "exemption"),
    ]

    def clean_tax_status(self) -> str:
        return self.cleaned_data["tax_status"] or TaxStatus.STANDARD

    def details(self) -> dict[str, Any]:
        """The fields as the verbs take them."""
        own = {name: value for name, value in self.cleaned_data.items() if name not in PARTS}
        return own | {"address": self.address()}


@console()
def customers(request: ConsoleRequest) -> HttpResponse:
    """Every customer, newest first, with its plans and what its running cycle costs so far."""
    text = request.GET.get("q", "").strip()
    found = listed(request, Customer.objects.matching(text))
    ids = [one.pk for one in found.rows]
    so_far = amounts(ids, at=request.at)
    plans: dict[Any, list[str]] = {}
    running = Subscription.objects.filter(customer__in=ids).active_on(request.at.date())
    for customer_id, name in running.values_list("customer_id", "plan_version__plan__name").order_by("pk"):
        plans.setdefault(customer_id, []).append(name)
    rows = [
        {"customer": one, "plans": ", ".join(plans.get(one.pk, [])), "amount": so_far.get(one.pk)} for one in found.rows
    ]
    return page(request, "console/customers.html", {"list": found, "rows": rows, "q": text})


@console("manage")
def customer_new(request: ConsoleRequest) -> HttpResponse:
    """Add a customer; the currency, zone and country of the one before are offered, and the id that a link names."""
    last = Customer.objects.order_by("-pk").first()
    country = last.country if last else request.profile.country or "US"
    zone = last.time_zone if last else str(request.COOKIES.get("time_zone", "UTC"))
    initial = {"currency": last.currency if last else "USD", "time_zone": zone, "country": country}
    initial["external_id"] = request.GET.get("external_id", "")
    form = CustomerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals(form, {Taken: "external_id"}):
            customer = add_buyer(**form.details())
        if not form.errors:
            messages.success(request, f"{customer.name} is added. Events may name {customer.external_id} from now on.")
            return redirect("console:customer", customer.external_id)
    return page(request, "console/customer_form.html", {"form": form}, status=422 if form.errors else 200)


@console("manage")
def customer_edit(request: ConsoleRequest, external_id: str) -> HttpResponse:
    """Change billing details; a changed time zone moves the end of running cycles to midnight there."""
    customer = access_customer(external_id)
    initial = {name: getattr(customer, name) for name in CustomerForm.base_fields if name not in PARTS}
    initial["tax_status"] = "" if customer.tax_status == TaxStatus.STANDARD else customer.tax_status
    form = CustomerForm(request.POST or None, initial=initial | address_initial(customer.address))
    form.fields["external_id"].disabled = True
    form.fields["currency"].disabled = bool(billed_in(customer))
    if request.method == "POST" and form.is_valid():
        with refusals(form, {Refused: "currency"}):
            change_buyer(customer, **form.details())
        if not form.errors:
            messages.success(request, "Saved. Invoices issued from now on show it.")
            return redirect("console:customer", external_id)
    context = {"form": form, "customer": customer}
    return page(request, "console/customer_form.html", context, status=422 if form.errors else 200)


@console(change="manage")
def customer(request: ConsoleRequest, external_id: str) -> HttpResponse:
    """One customer: live figures (`?seen=` asks for that fragment, 204 while it still holds), contacts, documents."""
    one = access_customer(external_id)
    poll = reverse("console:customer", args=[external_id])
    if "seen" in request.GET:
        if unchanged(request.GET["seen"], one, at=request.at):
            return HttpResponse(status=204)
        context = live_context(one, poll, request)
        return page(request, "components/live_figures.html", context)
    form = ContactForm(request.POST if request.POST.get("do") == "invite" else None)
    link: tuple[str, Any] | None = None
    if request.POST.get("do") == "remove" and not confirmed(request):
        detail = f"This contact can no longer see the portal of {one.name}."
        return ask(request, "Remove this contact?", detail=detail, label="Remove", back=poll)
    if request.method == "POST":
        done, link = post_contact(request, one, form)
        if done:
            return redirect("console:customer", external_id)
    context = live_context(one, poll, request) | {
        "customer": one,
        "unsigned": unsigned(one, one.today(request.at)),
        "party": party_of_buyer(one),
        "tax": _tax(one, request.profile.country),
        "language": locales.named_locale(locales.resolve(one.locale, request.profile.locale)),
        "contacts": contacts_of(one),
        "contact_form": form,
        "link": link,
        "subscriptions": Subscription.objects.filter(customer=one)
        .select_related("plan_version__plan")
        .order_by("-pk")[:NEWEST],
        "balance": balance_of(one),
        "balance_entries": BalanceEntry.objects.filter(customer=one).select_related("invoice").order_by("-pk")[:NEWEST],
        "invoices": Invoice.objects.filter(customer=one).order_by("-pk")[:NEWEST],
        "mails": Mail.objects.filter(customer=one).order_by("-pk")[:NEWEST],
    }
    return page(request, "console/customer.html", context, status=422 if form.errors else 200)


def _tax(customer: Customer, seller_country: str) -> str:
    """How the customer is taxed, in the words that documents would carry."""
    note = untaxed(customer, seller_country)
    return note.english() if note else f"By your rates, {locales.country_name(customer.country)}"


def live_context(customer: Customer, poll: str, request: ConsoleRequest) -> dict[str, Any]:
    """What components/live_figures.html reads."""
    return {
        "panel": panel(customer, at=request.at),
        "poll_url": poll,
        "event_route": "console:event",
        "all_url": f"{reverse('console:events')}?q={customer.external_id}",
    }
