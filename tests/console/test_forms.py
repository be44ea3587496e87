"""Each form: what it makes of good input, and at which field it says what is wrong."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from apps.outcomes.models import DefinitionVersion
from apps.plans.models import Plan, PlanVersion
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.console.desk import client_of, text_of, trade

HALDEN = {
    "name": "Halden Outfitters",
    "external_id": "halden",
    "email": "ap@halden.example",
    "currency": "USD",
    "time_zone": "America/New_York",
    "country": "US",
    "city": "Burlington",
}
TICKET = {
    "name": "Resolved ticket",
    "trigger": "ticket.resolved",
    "unit": "ticket",
    "window": "72",
    "window_unit": "hours",
    "void_after_billing_days": "30",
}
GROWTH = {
    "name": "Growth",
    "currency": "USD",
    "interval": "month",
    "base_fee_amount": "99.00",
    "base_fee_timing": "arrears",
    "price-0-model": "graduated",
    "price-0-row-0-up_to": "100",
    "price-0-row-0-unit_amount": "0.99",
    "price-0-row-2-unit_amount": "0.79",
}


def post(client: Client, name: str, data: dict[str, Any], *arguments: Any) -> Any:
    return client.post(reverse(f"console:{name}", args=arguments), data)


def test_a_customer_is_added(northwind: Vendor) -> None:
    assert post(client_of(northwind), "customer_new", HALDEN).status_code == 302
    with scope(northwind.tenant.pk):
        assert access_customer("halden").address["city"] == "Burlington"


def test_a_taken_external_id_is_said_at_its_field(northwind: Vendor) -> None:
    northwind.customer()
    response = post(client_of(northwind), "customer_new", HALDEN)
    assert response.status_code == 422
    assert "halden is taken already" in response.context["form"].errors["external_id"][0]


def test_the_currency_of_a_subscribed_customer_stays(northwind: Vendor) -> None:
    trade(northwind)
    post(client_of(northwind), "customer_edit", HALDEN | {"currency": "EUR", "name": "Halden"}, "halden")
    with scope(northwind.tenant.pk):
        customer = access_customer("halden")
    assert (customer.currency, customer.name) == ("USD", "Halden")


def test_a_definition_gets_a_code_of_its_name(northwind: Vendor) -> None:
    post(client_of(northwind), "outcome_new", TICKET)
    with scope(northwind.tenant.pk):
        version = DefinitionVersion.objects.select_related("definition").get()
    assert (version.definition.code, version.window_seconds) == ("resolved_ticket", 259_200)


def test_a_bad_condition_is_said_at_its_field(northwind: Vendor) -> None:
    response = post(client_of(northwind), "outcome_new", TICKET | {"condition": "rating >= 4"})
    assert "rating is unknown here" in response.context["form"].errors["condition"][0]


def test_a_trigger_in_use_is_said_at_its_field(northwind: Vendor) -> None:
    northwind.definition()
    response = post(client_of(northwind), "outcome_new", TICKET | {"code": "other"})
    assert "triggers resolved_ticket already" in response.context["form"].errors["trigger"][0]


def test_a_new_version_shows_what_changed(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "outcome_version", TICKET | {"condition": "quantity > 1.0"}, "resolved_ticket")
    page = text_of(client.get(reverse("console:outcome", args=["resolved_ticket"])))
    assert "<del>Every event counts</del>" in page
    assert "<ins>quantity &gt; 1.0</ins>" in page


def test_an_outcome_is_found_by_its_name(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    assert "resolved_ticket</span>" in text_of(client.get(reverse("console:outcomes"), {"q": "resolved t"}))
    assert "resolved_ticket</span>" not in text_of(client.get(reverse("console:outcomes"), {"q": "meeting"}))


def test_a_plan_is_published_with_its_tiers_however_they_are_numbered(northwind: Vendor) -> None:
    northwind.definition()
    assert post(client_of(northwind), "plan_new", GROWTH).status_code == 302
    with scope(northwind.tenant.pk):
        tiers = PlanVersion.objects.get().terms["prices"][0]["tiers"]
    assert [tier["up_to"] for tier in tiers] == ["100", None]


def test_a_plan_sent_twice_is_published_once(northwind: Vendor) -> None:
    """As a second click does where no script holds it back: it leads to what the first one made."""
    northwind.definition()
    client = client_of(northwind)
    first, again = (post(client, "plan_new", GROWTH) for _ in range(2))
    assert first.url == again.url == reverse("console:plan", args=["growth"])
    for amount in ("120.00", "120.00"):
        again = post(client, "plan_version", GROWTH | {"base_fee_amount": amount}, "growth")
    assert again.url == first.url
    assert "Version 2 is published and says just that" in text_of(client.get(again.url))
    with scope(northwind.tenant.pk):
        assert PlanVersion.objects.count() == 2


def test_another_plan_of_a_code_in_use_is_refused(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "plan_new", GROWTH)
    answer = post(client, "plan_new", GROWTH | {"base_fee_amount": "120.00"})
    assert list(answer.context["form"].errors) == ["code"]


def test_all_that_is_wrong_with_a_plan_is_said_at_once(northwind: Vendor) -> None:
    northwind.definition()
    change = {"name": "", "base_fee_amount": "1,99", "trial_days": "x", "price-0-row-0-unit_amount": "free"}
    response = post(client_of(northwind), "plan_new", GROWTH | change)
    assert set(response.context["form"].errors) == {"name", "base_fee_amount", "trial_days"}
    assert 'id="price-0-row-0-unit_amount-error">This must be a plain decimal, such as 12.50.<' in text_of(response)


def test_a_plan_s_name_of_which_no_code_can_be_made_asks_for_one(northwind: Vendor) -> None:
    response = post(client_of(northwind), "plan_new", GROWTH | {"name": "成長"})
    assert list(response.context["form"].errors) == ["code"]


def test_a_wrong_tier_is_said_at_its_input(northwind: Vendor) -> None:
    northwind.definition()
    response = post(client_of(northwind), "plan_new", GROWTH | {"price-0-row-0-up_to": "many"})
    assert response.status_code == 422
    assert 'aria-describedby="price-0-row-0-up_to-error"' in text_of(response)


MORE = {
    "base_fee_tax_category": "software",
    "trial_days": "14",
    "price-0-tax_category": "support",
    "one_off-row-0-charge": "Set-up",
    "one_off-row-0-charge_amount": "500.00",
    "one_off-row-1-charge": "",
    "one_off-row-3-charge": "Training",
    "one_off-row-3-charge_amount": "250.00",
    "one_off-row-3-tax_category": "training",
}


def test_a_plan_is_published_with_trial_one_offs_and_tax_categories(northwind: Vendor) -> None:
    northwind.definition()
    assert post(client_of(northwind), "plan_new", GROWTH | MORE).status_code == 302
    with scope(northwind.tenant.pk):
        terms = PlanVersion.objects.get().terms
    assert (terms["trial_days"], terms["base_fee"]["tax_category"]) == (14, "software")
    assert terms["prices"][0]["tax_category"] == "support"
    assert terms["one_off"] == [
        {"name": "Set-up", "amount": "500.00"},
        {"name": "Training", "amount": "250.00", "tax_category": "training"},
    ]


def test_a_plan_says_its_trial_and_one_offs_in_words(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "plan_new", GROWTH | MORE)
    page = text_of(client.get(reverse("console:plan", args=["growth"])))
    assert "<dt>Free trial</dt> <dd>The first 14 days</dd>" in page
    assert "Set-up: 500.00 USD on the first invoice" in page
    assert "Training: 250.00 USD on the first invoice, taxed as training" in page
    assert "99.00 USD a month, billed in arrears, taxed as software" in page
    assert "Taxed as support" in page


def test_a_wrong_charge_is_said_at_its_input(northwind: Vendor) -> None:
    northwind.definition()
    response = post(client_of(northwind), "plan_new", GROWTH | MORE | {"one_off-row-3-charge_amount": "0.001"})
    assert response.status_code == 422
    assert 'aria-describedby="one_off-row-3-charge_amount-error"' in text_of(response)


def test_the_next_version_starts_with_trial_and_one_offs_too(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "plan_new", GROWTH | MORE)
    page = text_of(client.get(reverse("console:plan_version", args=["growth"])))
    for name, value in [
        ("one_off-row-1-charge", "Training"),
        ("trial_days", "14"),
        ("price-0-tax_category", "support"),
    ]:
        assert f'name="{name}" value="{value}"' in page


def test_a_refused_plan_leaves_nothing_behind(northwind: Vendor) -> None:
    northwind.definition()
    northwind.plan("growth")
    assert post(client_of(northwind), "plan_new", GROWTH).status_code == 422
    with scope(northwind.tenant.pk):
        assert Plan.objects.count() == 1


def test_the_preview_rates_without_storing(northwind: Vendor) -> None:
    """99 and 100 at 0.99 and 900 at 0.79 are 909.00."""
    northwind.definition()
    url = reverse("console:plan_new") + "?part=preview"
    page = text_of(client_of(northwind).post(url, GROWTH | {"volume": "1000"}))
    assert "909.00" in page
    with scope(northwind.tenant.pk):
        assert not Plan.objects.exists()


def test_the_next_version_starts_from_the_newest(northwind: Vendor) -> None:
    northwind.definition()
    client = client_of(northwind)
    post(client, "plan_new", GROWTH)
    page = text_of(client.get(reverse("console:plan_version", args=["growth"])))
    assert 'name="price-0-row-1-unit_amount" value="0.79"' in page


def subscription_of(vendor: Vendor, **changes: Any) -> dict[str, Any]:
    customer, plan = vendor.customer(), vendor.plan().plan
    return {"customer": customer.pk, "plan": plan.pk, "start": "2026-11-01", "billing": "calendar"} | changes


def test_a_customer_is_put_on_a_plan(northwind: Vendor) -> None:
    northwind.definition()
    assert post(client_of(northwind), "subscription_new", subscription_of(northwind)).status_code == 302


def test_another_currency_is_said_at_the_plan(northwind: Vendor) -> None:
    northwind.definition()
    plan = northwind.plan("euro", currency="EUR").plan.pk
    response = post(client_of(northwind), "subscription_new", subscription_of(northwind, plan=plan))
    assert "is billed in USD" in response.context["form"].errors["plan"][0]


def test_a_void_asks_first_and_wants_a_reason(northwind: Vendor) -> None:
    event = trade(northwind)["event"]
    client = client_of(northwind)
    assert post(client, "event", {"reason": ""}, event).status_code == 422
    assert "Void this outcome?" in text_of(post(client, "event", {"reason": "Reopened"}, event))
    post(client, "event", {"reason": "Reopened", "confirmed": "yes"}, event)
    assert "Reopened" in text_of(client.get(reverse("console:event", args=[event])))


def test_an_event_is_found_by_the_clients_own_id(northwind: Vendor) -> None:
    trade(northwind)
    assert "T-1" in text_of(client_of(northwind).get(reverse("console:event"), {"id": "1"}))


@pytest.mark.parametrize(("field", "value"), [("accent", "green"), ("payment_days", "-1"), ("invoice_prefix", "C F")])
def test_a_bad_setting_is_said_at_its_field(northwind: Vendor, field: str, value: str) -> None:
    response = post(client_of(northwind), "settings", {field: value})
    assert field in response.context["form"].errors


def test_invoices_and_credit_notes_may_not_share_a_series(northwind: Vendor) -> None:
    response = post(client_of(northwind), "settings", {"invoice_prefix": "NW", "credit_note_prefix": "NW"})
    assert response.context["form"].errors["credit_note_prefix"] == ["Choose another prefix than that of invoices."]


LONG_ADDRESS = f"ap@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example"


def test_an_address_that_is_longer_than_any_row_is_said_at_its_field(northwind: Vendor) -> None:
    """Mail programs take 320 characters, the tables 254."""
    response = post(client_of(northwind), "customer_new", HALDEN | {"email": LONG_ADDRESS})
    assert list(response.context["form"].errors) == ["email"]
    settings = client_of(northwind).post("/settings", {"email": LONG_ADDRESS})
    assert "email" in settings.context["form"].errors


@pytest.mark.parametrize("place", ["9" * 5000, "01", "\u0663"], ids=["endless", "with a zero", "in Arabic"])
@pytest.mark.parametrize(
    ("page", "form", "name"),
    [
        ("plan_new", GROWTH, "price-0-row-{}-up_to"),
        ("plan_new", GROWTH, "one_off-row-{}-charge"),
        ("outcome_new", TICKET, "void_on-{}-type"),
        ("outcome_new", TICKET, "condition-0-{}-op"),
    ],
)
def test_a_row_whose_number_no_page_writes_is_passed_over(
    northwind: Vendor, page: str, form: dict[str, Any], name: str, place: str
) -> None:
    northwind.definition(code="other", trigger="other")
    data = urlencode(form | {name.format(place): "x"})
    answer = client_of(northwind).post(reverse(f"console:{page}"), data, "application/x-www-form-urlencoded")
    assert answer.status_code == 302
