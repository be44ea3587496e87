"""Drafts: what a member does to an invoice before it is issued, and invoices that he writes himself."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.reading import Fields
from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.customer_field import CustomerField
from apps.console.formerrors import refusals
from apps.invoices import drafts
from apps.invoices.by_hand import draft_by_hand
from apps.invoices.models import Invoice
from apps.invoices.subscribe import Refused
from apps.plans.one_offs import LONGEST_NAME, OneOff
from apps.tenants.models import Customer


class ChargeForm(forms.Form):
    """One line of an invoice: words and an amount."""

    description = forms.CharField(max_length=LONGEST_NAME)
    amount = forms.CharField(max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}))

    def charge(self, currency: str) -> OneOff | None:
        """The line in this currency; None, with the error at its field, where it can't be one."""
        if not self.is_valid():
            return None
        with refusals(self, {}):
            fields = Fields({"amount": self.cleaned_data["amount"].replace(",", "")})
            fields.currency = currency
            amount = fields.money("amount")
            if not amount:
                fields.fail("amount", "zero", "must be above zero")
            fields.raise_if_any()
        return None if self.errors else OneOff(self.cleaned_data["description"], amount)


class HandForm(ChargeForm):
    """A new invoice's customer and its first line; more lines are put on the draft."""

    customer: Any = CustomerField(None, empty_label="Choose a customer")
    field_order = ["customer", "description", "amount"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        customers: Any = self.fields["customer"]
        customers.offer_all()


@console("bill")
def invoice_new(request: ConsoleRequest) -> HttpResponse:
    """An invoice by hand, as a draft; `?customer=` chooses beforehand."""
    chosen = Customer.objects.filter(external_id=request.GET.get("customer", "")).first()
    form = HandForm(request.POST or None, initial={"customer": chosen})
    if request.method == "POST" and form.is_valid():
        customer = form.cleaned_data["customer"]
        line = form.charge(customer.currency)
        if line:
            made = draft_by_hand(customer, [line], at=request.at)
            return redirect("console:invoice", made.pk)
    context = {"form": form, "no_customers": not Customer.objects.exists()}
    return page(request, "console/invoice_form.html", context, status=422 if form.errors else 200)


def draft(request: ConsoleRequest, one: Invoice) -> HttpResponse:
    """The page of a draft: the document as it would be, and what may be done to it."""
    form, status = ChargeForm(), 200
    if request.method == "POST":
        if request.POST.get("do") == "add":
            form, status = ChargeForm(request.POST), 422
        answer = _do(request, one, form)
        if answer:
            return answer
    context = {
        "invoice": one,
        "document": one.document,
        "form": form,
        "charges": drafts.charges_of(one),
        "may_bill": request.membership.may("bill"),
    }
    return page(request, "console/draft.html", context, status=status)


def _do(request: ConsoleRequest, one: Invoice, form: ChargeForm) -> HttpResponse | None:
    """What the form asks for; None where the page is to show an error of it."""
    try:
        match request.POST.get("do"):
            case "issue":
                return _issue(request, one)
            case "discard":
                return _discard(request, one)
            case "add":
                line = form.charge(one.currency)
                if line is None:
                    return None
                drafts.add_charge(one.pk, line, at=request.at)
            case "remove":
                drafts.remove_charge(one.pk, _position(request), at=request.at)
            case "note":
                drafts.write_note(one.pk, request.POST.get("note", "")[: drafts.LONGEST_NOTE])
                messages.success(request, "The note is on the draft.")
            case _:
                raise PermissionDenied
    except Refused as error:
        messages.error(request, str(error))
    return redirect("console:invoice", one.pk)


def _issue(request: ConsoleRequest, one: Invoice) -> HttpResponse:
    if not confirmed(request):
        detail = (
            "It gets its number and today's date, and goes to the customer by mail. It can't be changed after that."
        )
        return _ask(request, one, f"Issue this invoice to {one.customer.name}?", detail, "Issue invoice", mild=True)
    issued = drafts.issue_draft(one.pk, at=request.at)
    messages.success(request, f"{issued.number} is issued.")
    return redirect("console:invoice", one.pk)


def _discard(request: ConsoleRequest, one: Invoice) -> HttpResponse:
    if not confirmed(request):
        detail = "It never gets a number. What it counted and charged is not billed again by itself."
        return _ask(request, one, f"Discard this draft for {one.customer.name}?", detail, "Discard draft")
    drafts.discard_draft(one.pk)
    messages.success(request, "The draft is discarded.")
    return redirect("console:invoices")


def _ask(
    request: ConsoleRequest, one: Invoice, question: str, detail: str, label: str, *, mild: bool = False
) -> HttpResponse:
    back = reverse("console:invoice", args=[one.pk])
    return ask(request, question, detail=detail, label=label, back=back, mild=mild)


def _position(request: ConsoleRequest) -> int:
    text = request.POST.get("position", "")
    return int(text) if text.isdecimal() and len(text) < 6 else -1
