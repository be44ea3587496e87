"""What is added to a subscription by hand on its page: coupons, and one-off charges that wait for its next invoice."""

from typing import Any

from django import forms
from django.contrib import messages

from apps.common.reading import Fields, InvalidInput
from apps.console.access import ConsoleRequest, uuid_or_none
from apps.console.formerrors import refusals
from apps.console.plan_form import DECIMAL
from apps.invoices.charges import add_charge, remove_charge
from apps.invoices.give_coupon import give_coupon
from apps.invoices.models import Charge
from apps.invoices.subscribe import Refused
from apps.plans.categories import read_category
from apps.plans.coupons import NotGiven
from apps.plans.models import Coupon, Discount, Subscription


class CouponField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own is not generic when it runs
    """A choice of coupons, by code; its queryset is set in the tenant's scope."""

    def __init__(self, **options: Any) -> None:
        super().__init__(None, to_field_name="code", **options)


class ChargeForm(forms.Form):
    """A one-off charge; the amount is read as the API reads it."""

    description = forms.CharField(label="What for", max_length=200)
    amount = forms.CharField(max_length=40, widget=forms.TextInput(attrs=DECIMAL))
    tax_category = forms.CharField(
        label="Tax category",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
        help_text="Empty: standard.",
    )


class CouponChoice(forms.Form):
    """One of the coupons that may be given to the subscription: in its currency, and not one that it has."""

    coupon = CouponField(empty_label="Choose a coupon")

    def __init__(self, data: Any, subscription: Subscription) -> None:
        super().__init__(data)
        had = Discount.objects.filter(subscription=subscription).values("coupon")
        field = self.fields["coupon"]
        if isinstance(field, forms.ModelChoiceField):
            fitting = Coupon.objects.filter(
                archived_at=None, currency__in=("", subscription.plan_version.plan.currency)
            )
            field.queryset = fitting.exclude(pk__in=had).order_by("name")


def forms_of(request: ConsoleRequest, one: Subscription) -> dict[str, forms.Form]:
    """The page's two forms; that which was sent is bound."""
    do = request.POST.get("do")
    return {
        "charge_form": ChargeForm(request.POST if do == "charge" else None),
        "coupon_form": CouponChoice(request.POST if do == "coupon" else None, one),
    }


def post_extra(request: ConsoleRequest, one: Subscription, given: dict[str, forms.Form]) -> bool:
    """Do what was sent; False where it was refused, which its form then says."""
    match request.POST.get("do"):
        case "charge":
            return _charge(request, one, given["charge_form"])
        case "coupon":
            return _coupon(request, one, given["coupon_form"])
        case "remove":
            _remove(request, one)
    return True


def _charge(request: ConsoleRequest, one: Subscription, form: forms.Form) -> bool:
    if not form.is_valid():
        return False
    with refusals(form, {Refused: None}):
        fields = Fields({name: value or None for name, value in form.cleaned_data.items()})
        fields.currency = one.customer.currency
        amount, category = fields.money("amount"), read_category(fields)
        if not amount and not fields.problems:
            fields.fail("amount", "not_positive", "must be more than zero")
        if fields.problems:
            raise InvalidInput(fields.problems)
        description = form.cleaned_data["description"]
        add_charge(one, description=description, amount=amount, tax_category=category, at=request.at)
        messages.success(request, f"{description} is on the next invoice.")
    return not form.errors


def _coupon(request: ConsoleRequest, one: Subscription, form: forms.Form) -> bool:
    if not form.is_valid():
        return False
    with refusals(form, {NotGiven: "coupon", Refused: "coupon"}):
        coupon = form.cleaned_data["coupon"]
        give_coupon(one, coupon, at=request.at)
        messages.success(request, f"{coupon.name} holds from the running cycle on.")
    return not form.errors


def _remove(request: ConsoleRequest, one: Subscription) -> None:
    charge = Charge.objects.get(subscription=one, pk=uuid_or_none(request.POST.get("charge", "")))
    try:
        remove_charge(charge)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{charge.description} is removed.")
