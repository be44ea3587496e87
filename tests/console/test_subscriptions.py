"""Subscriptions in the console: own terms, change of plan and end with their previews, coupons, charges, unbilled."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.common.templatetags.counterfoil import when
from apps.invoices.close import close_tenant
from apps.invoices.models import Charge
from apps.plans.coupons import create_coupon, read_coupon
from apps.plans.models import Coupon, Discount, Subscription
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of, trade

SPRING = {"code": "spring", "name": "Spring offer", "percent": "20", "cycles": 3}


def post(client: Client, name: str, data: dict[str, Any], *arguments: Any, part: str = "") -> Any:
    return client.post(reverse(f"console:{name}", args=arguments) + (f"?part={part}" if part else ""), data)


def subscriptions(vendor: Vendor) -> list[Subscription]:
    with scope(vendor.tenant.pk):
        return list(Subscription.objects.order_by("pk"))


def coupon(vendor: Vendor, **changes: Any) -> Coupon:
    with scope(vendor.tenant.pk):
        return create_coupon(read_coupon(SPRING | changes), at=clock.now())


def new(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    """The form that puts Halden on Growth."""
    vendor.definition()
    customer, plan = vendor.customer(), vendor.plan().plan
    return {"customer": customer.pk, "plan": plan.pk, "start": "2026-11-01", "billing": "calendar"} | changes


def test_a_cycle_that_is_over_and_waits_to_be_closed_is_not_called_running(northwind: Vendor) -> None:
    """It began forty days ago, and nothing has closed it yet."""
    northwind.definition()
    start = (clock.now() - timedelta(days=40)).date().isoformat()
    one = northwind.subscribe(northwind.customer(), northwind.plan(), start, billing="anniversary")
    page = text_of(client_of(northwind).get(reverse("console:subscription", args=[one.pk])))
    assert "<td>Over</td>" in page
    assert "<td>Running</td>" not in page


def test_a_closed_cycle_with_nothing_to_bill_says_so(northwind: Vendor) -> None:
    northwind.definition()
    one = northwind.subscribe(northwind.customer(), northwind.plan(base_fee=None), "2026-11-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(skip_empty_invoices=True)
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 05:00"))
    page = text_of(client_of(northwind).get(reverse("console:subscription", args=[one.pk])))
    assert "nothing to bill" in page
    assert "being issued" not in page


# Own terms.


def test_own_terms_are_stored_and_marked(northwind: Vendor) -> None:
    own = {"price-0-model": "unit", "price-0-unit_amount": "0.5", "base_fee_amount": "10"}
    client = client_of(northwind)
    post(client, "subscription_new", new(northwind, **own))
    [one] = subscriptions(northwind)
    assert one.overrides["prices"][0]["unit_amount"] == "0.5"
    assert one.overrides["base_fee"] == {"amount": "10.00", "timing": "arrears"}
    shown = text_of(client.get(reverse("console:subscription", args=[one.pk])))
    assert "0.50 USD each" in shown
    assert "Own terms" in shown


def test_what_is_wrong_with_an_own_price_is_said_at_its_input(northwind: Vendor) -> None:
    own = {"price-0-model": "unit", "price-0-unit_amount": "-1", "minimum": "1.005"}
    response = post(client_of(northwind), "subscription_new", new(northwind, **own))
    assert response.status_code == 422
    form = response.context["form"]
    assert "must not be negative" in form.rows[0].inputs["unit_amount"].error
    assert "at most 2 decimals" in form.errors["minimum"][0]
    assert subscriptions(northwind) == []


def test_the_outcomes_of_the_chosen_plan_are_shown_with_its_prices(northwind: Vendor) -> None:
    shown = text_of(post(client_of(northwind), "subscription_new", new(northwind), part="own"))
    assert "As in the plan" in shown
    assert "0.99 USD each" in shown


# Another plan.


@pytest.fixture
def scale(northwind: Vendor) -> dict[str, Any]:
    """Halden on Growth, and the form that puts him on Scale."""
    one = trade(northwind)["subscription"]
    plan = northwind.plan("scale", base_fee={"amount": "300.00", "timing": "advance"}).plan
    return {"one": one, "form": {"plan": plan.pk, "when": "now"}}


def test_a_change_is_previewed_first(northwind: Vendor, scale: dict[str, Any]) -> None:
    shown = text_of(post(client_of(northwind), "subscription_change", scale["form"], scale["one"].pk))
    assert shown.count("Invoice for") == 2
    assert "Change plan" in shown
    assert len(subscriptions(northwind)) == 1


def test_once_confirmed_it_is_made(northwind: Vendor, scale: dict[str, Any]) -> None:
    form = scale["form"] | {"confirmed": "yes"}
    assert post(client_of(northwind), "subscription_change", form, scale["one"].pk).status_code == 302
    old, made = subscriptions(northwind)
    assert (made.replaces_id, made.start) == (old.pk, old.end)


def test_the_way_back_keeps_what_was_typed(northwind: Vendor, scale: dict[str, Any]) -> None:
    form = scale["form"] | {"do": "back", "base_fee_amount": "250"}
    shown = text_of(post(client_of(northwind), "subscription_change", form, scale["one"].pk))
    assert 'value="250"' in shown
    assert "Preview the change" in shown


def test_the_form_starts_from_the_terms_that_hold(northwind: Vendor) -> None:
    own = {"price-0-model": "unit", "price-0-unit_amount": "0.5", "minimum": "20"}
    client = client_of(northwind)
    post(client, "subscription_new", new(northwind, **own))
    shown = text_of(client.get(reverse("console:subscription_change", args=[subscriptions(northwind)[0].pk])))
    assert 'name="price-0-unit_amount" value="0.5"' in shown
    assert 'value="20.00"' in shown


def test_a_change_that_is_refused_says_why(northwind: Vendor, scale: dict[str, Any]) -> None:
    plan = northwind.plan("euros", currency="EUR").plan
    response = post(client_of(northwind), "subscription_change", scale["form"] | {"plan": plan.pk}, scale["one"].pk)
    assert "is billed in USD" in response.context["form"].errors["plan"][0]


# The end.


def test_an_end_is_previewed_first(northwind: Vendor) -> None:
    pk = trade(northwind)["subscription"].pk
    client = client_of(northwind)
    shown = text_of(client.get(reverse("console:subscription_end", args=[pk]), {"when": "now"}))
    assert "Invoice for" in shown
    assert "End subscription" in shown
    post(client, "subscription_end", {"when": "now"}, pk)
    assert subscriptions(northwind)[0].end is None


def test_once_confirmed_it_ends(northwind: Vendor) -> None:
    pk = trade(northwind)["subscription"].pk
    client = client_of(northwind)
    post(client, "subscription_end", {"when": "cycle_end", "confirmed": "yes"}, pk)
    assert subscriptions(northwind)[0].end is not None
    again = client.get(reverse("console:subscription_end", args=[pk]), follow=True)
    assert "already" in text_of(again)


def test_its_end_is_told_by_its_last_day(northwind: Vendor) -> None:
    one = trade(northwind)["subscription"]
    with scope(northwind.tenant.pk):
        one.end_on(one.start + timedelta(days=10))
    client, last = client_of(northwind), when(one.start + timedelta(days=9), "yMMMd")
    assert f'data-label="Until"> {last}' in text_of(client.get("/subscriptions"))
    assert f"to {last}" in text_of(client.get("/customers/halden"))


def test_one_that_never_began_has_no_last_day(northwind: Vendor) -> None:
    one = trade(northwind)["subscription"]
    with scope(northwind.tenant.pk):
        one.end_on(one.start)
    client = client_of(northwind)
    assert "it never began" in text_of(client.get("/subscriptions"))
    assert "Ended before it began" in text_of(client.get("/customers/halden"))


# Coupons.


def test_a_coupon_is_made_given_and_archived(northwind: Vendor) -> None:
    pk, client = trade(northwind)["subscription"].pk, client_of(northwind)
    form = {"name": "Spring offer", "code": "spring", "percent": "20", "currency": "USD", "cycles": "3"}
    assert post(client, "coupon_new", form).status_code == 302
    post(client, "subscription", {"do": "coupon", "coupon": "spring"}, pk)
    assert "Spring offer" in text_of(client.get(reverse("console:subscription", args=[pk])))
    assert "Halden" in text_of(client.get(reverse("console:coupon", args=["spring"])))
    assert "Archive Spring offer?" in text_of(post(client, "coupon", {}, "spring"))
    post(client, "coupon", {"confirmed": "yes"}, "spring")
    with scope(northwind.tenant.pk):
        assert Coupon.objects.get().archived_at is not None


def test_what_is_wrong_with_a_coupon_is_said_at_its_field(northwind: Vendor) -> None:
    client = client_of(northwind)
    both = {"name": "A", "code": "a", "percent": "20", "amount": "5", "currency": "USD"}
    errors = post(client, "coupon_new", both).context["form"].errors
    assert errors["percent"] == ["This or an amount is required, and not both."]
    coupon(northwind, code="a")
    taken = post(client, "coupon_new", both | {"amount": ""})
    assert "a coupon a already" in taken.context["form"].errors["code"][0]


def test_a_coupon_is_given_with_the_subscription(northwind: Vendor) -> None:
    coupon(northwind)
    post(client_of(northwind), "subscription_new", new(northwind, coupon="spring"))
    with scope(northwind.tenant.pk):
        assert Discount.objects.get().first == 0


def test_only_coupons_in_the_currency_of_the_subscription_are_offered(northwind: Vendor) -> None:
    pk = trade(northwind)["subscription"].pk
    coupon(northwind)
    for currency in ("USD", "EUR"):
        coupon(northwind, code=currency.lower(), percent=None, amount="50", currency=currency)
    page = client_of(northwind).get(reverse("console:subscription", args=[pk])).content.decode()
    offered = {code for code in ("spring", "usd", "eur") if f'<option value="{code}">' in page}
    assert offered == {"spring", "usd"}


def test_a_coupon_that_is_refused_says_why(northwind: Vendor) -> None:
    pk = trade(northwind)["subscription"].pk
    coupon(northwind, redeem_by="2020-01-01")
    response = post(client_of(northwind), "subscription", {"do": "coupon", "coupon": "spring"}, pk)
    assert "until 2020-01-01" in response.context["coupon_form"].errors["coupon"][0]


# Charges.


def test_a_charge_is_added_and_removing_it_asks_first(northwind: Vendor) -> None:
    pk, client = trade(northwind)["subscription"].pk, client_of(northwind)
    post(client, "subscription", {"do": "charge", "description": "Training", "amount": "800"}, pk)
    with scope(northwind.tenant.pk):
        charge = Charge.objects.get()
        assert charge.amount == Decimal(800)
    assert "Training" in text_of(client.get(reverse("console:subscription", args=[pk])))
    removal = {"do": "remove", "charge": str(charge.pk)}
    assert "Remove this charge?" in text_of(post(client, "subscription", removal, pk))
    post(client, "subscription", removal | {"confirmed": "yes"}, pk)
    with scope(northwind.tenant.pk):
        assert not Charge.objects.exists()


@pytest.mark.parametrize("amount", ["0", "-5", "1.005", "much"])
def test_what_is_wrong_with_a_charge_is_said_at_its_field(northwind: Vendor, amount: str) -> None:
    pk = trade(northwind)["subscription"].pk
    form = {"do": "charge", "description": "Training", "amount": amount}
    response = post(client_of(northwind), "subscription", form, pk)
    assert response.context["charge_form"].errors["amount"]


# Unbilled.


@pytest.fixture
def unpriced(northwind: Vendor) -> Client:
    """Twelve tickets of Halden, who has no subscription."""
    northwind.definition()
    northwind.customer()
    northwind.send(ticket("1", quantity="12"), at=clock.now().isoformat())
    return client_of(northwind)


def test_what_no_plan_prices_is_listed(unpriced: Client) -> None:
    assert "12 tickets" in text_of(unpriced.get(reverse("console:customer_unbilled", args=["halden"])))
    assert "What no plan prices" in text_of(unpriced.get(reverse("console:customer", args=["halden"])))


def test_it_is_billed_by_hand(northwind: Vendor, unpriced: Client) -> None:
    shown = unpriced.get(reverse("console:customer_unbilled", args=["halden"]))
    name = shown.context["rows"][0]["input"].name
    assert "must not be negative" in text_of(post(unpriced, "customer_unbilled", {name: "-1"}, "halden"))
    draft = unpriced.post(reverse("console:customer_unbilled", args=["halden"]), {name: "0.5"}, follow=True)
    assert "6.00" in text_of(draft)
    assert "All is billed" in text_of(unpriced.get(reverse("console:customer_unbilled", args=["halden"])))


def test_without_any_price_nothing_is_drafted(unpriced: Client) -> None:
    assert "at least one of them" in text_of(post(unpriced, "customer_unbilled", {}, "halden"))
