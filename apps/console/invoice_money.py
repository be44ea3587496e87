"""What comes after an invoice's issue: payments, refunds, credits and voiding, each asked about before it is done."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.common.periods import midnight
from apps.common.reading import Fields, InvalidInput
from apps.common.templatetags.counterfoil import amount
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.confirming import ask, confirmed
from apps.console.days import DayField
from apps.console.formerrors import refusals
from apps.console.plan_form import DECIMAL
from apps.invoices.balance import TooMuch
from apps.invoices.credit import credit_now, void_invoice
from apps.invoices.credit_by_hand import HandLine, credit_by_hand
from apps.invoices.models import CreditNote, Invoice, Payment
from apps.invoices.paid import What, parts_of
from apps.invoices.pay import left_of, pay, refund
from apps.invoices.subscribe import Refused
from apps.invoices.voided import voids_of


class MoneyForm(forms.Form):
    """An amount of the invoice's currency, read as the API reads it."""

    amount = forms.CharField(max_length=40, widget=forms.TextInput(attrs=DECIMAL))

    def __init__(self, data: Any, invoice: Invoice) -> None:
        super().__init__(data, auto_id=f"id_{type(self).__name__.lower()}_%s")
        self.currency = invoice.currency

    def money(self) -> Decimal:
        """The amount. Raises InvalidInput."""
        fields = Fields({"amount": self.cleaned_data["amount"].strip()})
        fields.currency = self.currency
        amount = fields.money("amount")
        fields.raise_if_any()
        return amount


class PaymentForm(MoneyForm):
    at = DayField(label="Received on", required=False, help_text="Empty: today.")
    reference = forms.CharField(max_length=200, required=False, help_text="Such as the number of the transfer.")


class RefundForm(MoneyForm):
    payment = forms.CharField(max_length=36, widget=forms.HiddenInput)


class CreditForm(MoneyForm):
    line = forms.ChoiceField(required=False, help_text="Its tax rates are taken.")
    description = forms.CharField(label="What for", max_length=300)
    reason = forms.CharField(label="Note to the customer", max_length=500, required=False)

    field_order = ["line", "description", "amount", "reason"]

    def __init__(self, data: Any, invoice: Invoice) -> None:
        super().__init__(data, invoice)
        lines = invoice.lines.filter(amount__gt=0).order_by("position")
        field = self.fields["line"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "The invoice as a whole"), *((str(one.pk), one.description) for one in lines)]


FORMS: dict[str, type[MoneyForm]] = {"pay": PaymentForm, "refund": RefundForm, "credit": CreditForm}
type Words = tuple[str, str, str]
"""What a reader is asked before it is done: the question, what comes of it, and the word on the button."""


def money_of(invoice: Invoice, bound: dict[str, MoneyForm] | None = None) -> dict[str, Any]:
    """What _invoice_money.html reads."""
    waiting = sum(not one.looked_at for one in voids_of(invoice)) if invoice.number else 0
    given = bound or {}
    return {
        "parts": [
            {"part": one, "left": left_of(one.payment) if one.payment and one.what == What.PAYMENT else None}
            for one in parts_of(invoice)
        ],
        "notes": CreditNote.objects.filter(invoice=invoice).order_by("pk"),
        "waiting": waiting,
        **{f"{name}_form": given.get(name) or form(None, invoice) for name, form in FORMS.items()},
    }


@console(change="bill")
def invoice_money(request: ConsoleRequest, id: UUID) -> HttpResponse:
    """Payments and credits of one invoice; a POST asks, and then moves money."""
    one: Any = Invoice.objects.select_related("customer").get(pk=id)
    bound: dict[str, MoneyForm] = {}
    if request.method == "POST":
        do = request.POST.get("do", "")
        if do in FORMS:
            bound = {do: FORMS[do](request.POST, one)}
        answer = _post(request, one, do, bound.get(do))
        if answer is not None:
            return answer
    context = {"invoice": one, "section": "invoices"} | money_of(one, bound)
    return page(request, "console/invoice_money.html", context, status=422 if bound else 200)


def _post(request: ConsoleRequest, one: Invoice, do: str, form: MoneyForm | None) -> HttpResponse | None:
    """Ask, then do; None where the form says what is wrong."""
    back = reverse("console:invoice", args=[one.pk])
    if do not in ACTS or (form is not None and not form.is_valid()):
        return None if form is not None else redirect(back)
    if not confirmed(request):
        question, detail, label = _words(do, one)
        return ask(request, question, detail=detail, label=label, back=back, mild=do != "void")
    if form is None or one.status == Invoice.Status.VOID:
        try:
            messages.success(request, ACTS[do](request, one, form))
        except (Refused, InvalidInput) as error:
            messages.error(request, str(error))
        return redirect(back)
    with refusals(form, {TooMuch: "amount", Refused: None}):
        messages.success(request, ACTS[do](request, one, form))
    return None if form.errors else redirect(back)


def _words(do: str, one: Invoice) -> Words:
    """What is asked."""
    number, name = one.number, one.customer.name
    return {
        "pay": (f"Record this payment of {number}?", "What the invoice doesn't need becomes the balance.", "Record"),
        "refund": ("Refund this?", f"It is noted as sent back to {name}. This can't be taken back.", "Refund"),
        "credit": (f"Credit this on {number}?", f"{name} gets a credit note. It can't be taken back.", "Credit"),
        "credit_now": (f"Credit what was taken back of {number}?", f"{name} gets a credit note.", "Credit now"),
        "void": (
            f"Void {number}?",
            "All of it is credited and what was paid becomes the balance. This can't be taken back.",
            "Void invoice",
        ),
    }[do]


def _pay(request: ConsoleRequest, one: Invoice, form: Any) -> str:
    day, zone = form.cleaned_data["at"], one.customer.zone
    at: datetime = request.at if day in (None, one.customer.today(request.at)) else midnight(day, zone)
    made = pay(
        one,
        form.money(),
        at=at,
        reference=form.cleaned_data["reference"],
        by=request.user.email,
        recorded_at=request.at,
    )
    return f"The payment of {_told(made.amount, one)} is recorded."


def _refund(request: ConsoleRequest, one: Invoice, form: Any) -> str:
    payment = Payment.objects.get(pk=uuid_or_none(form.cleaned_data["payment"]), invoice=one)
    made = refund(payment, form.money(), by=request.user.email, at=request.at)
    return f"{_told(made.amount, one)} is noted as refunded."


def _credit(request: ConsoleRequest, one: Invoice, form: Any) -> str:
    given = form.cleaned_data
    line = HandLine(given["description"], form.money(), uuid_or_none(given["line"]))
    made = credit_by_hand(one, [line], reason=given["reason"], at=request.at)
    return f"{made.number} credits {_told(made.total, one)}, tax included."


def _credit_now(request: ConsoleRequest, one: Invoice, form: Any) -> str:
    made = credit_now(one, at=request.at)
    if made is None:
        return "What was taken back lowers nothing of this invoice, so there is nothing to credit."
    return f"{made.number} credits {_told(made.total, one)}."


def _void(request: ConsoleRequest, one: Invoice, form: Any) -> str:
    void_invoice(one, reason=request.POST.get("reason", "")[:500], at=request.at)
    return f"{one.number} is void, and all of it is credited."


def _told(figure: Decimal, one: Invoice) -> str:
    return f"{amount(figure, one.currency)} {one.currency}"


type Act = Callable[[ConsoleRequest, Invoice, Any], str]
ACTS: dict[str, Act] = {"pay": _pay, "refund": _refund, "credit": _credit, "credit_now": _credit_now, "void": _void}
