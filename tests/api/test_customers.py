"""Customers: created, changed, and what each used so far."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps.common.periods import midnight
from apps.invoices.models import Cycle
from apps.tenants.scope import scope
from tests.api.client import Api
from tests.cast import ticket
from tests.statements import asked

ACME = {
    "external_id": "acme",
    "name": "Acme Ltd",
    "email": "ap@acme.example",
    "currency": "USD",
    "time_zone": "America/New_York",
    "country": "US",
    "address": {"line1": "1 High St", "line2": None, "city": "Troy", "postal_code": "12180", "region": "NY"},
    "tax_id": "US-12",
}


def test_a_customer_is_created_and_read_back(api: Api) -> None:
    created = api.post("/customers", ACME)
    assert created.status_code == 201
    body = created.json()
    assert {name: body[name] for name in ACME} == ACME
    assert api.get("/customers/acme").json() == body
    assert api.get("/customers").json() == {"data": [body], "next": None}


def test_address_and_tax_id_may_be_left_out(api: Api) -> None:
    short = {name: value for name, value in ACME.items() if name not in ("address", "tax_id")}
    body = api.post("/customers", short).json()
    assert (body["address"], body["tax_id"]) == (None, None)


@pytest.mark.parametrize(
    "name",
    ["株式会社\u3000山田商店", "Société\u00a0Générale", "می\u200cخواهم", "Halden\nOutfitters"],
    ids=["an ideographic space", "a no-break space", "a joiner", "a line break"],
)
def test_a_name_is_written_as_its_language_writes(api: Api, name: str) -> None:
    assert api.post("/customers", ACME | {"name": name}).json()["name"] == name


@pytest.mark.parametrize("name", ["a\u202eb", "a\x7fb", "a\ufeffb"], ids=["turned round", "control", "a mark"])
def test_a_name_hides_nothing(api: Api, name: str) -> None:
    assert api.post("/customers", ACME | {"name": name}).json()["errors"][0]["field"] == "name"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": "Acme & Co"}, "external_id"),
        ({"external_id": "x" * 129}, "external_id"),
        ({"external_id": 7}, "external_id"),
        ({"name": None}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": f"ap@{'ü' * 63}.example"}, "email"),
        ({"email": "ap@xn--ü.example"}, "email"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": ["USD"]}, "currency"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"address": "1 High St"}, "address"),
        ({"country": "DE", "tax_id": "DE123456789"}, "tax_id"),
        ({"tax_status": "reverse_charge", "tax_id": None}, "tax_id"),
        ({"tax_status": "free"}, "tax_status"),
        ({"exemption": 7}, "exemption"),
        ({"locale": "it-IT"}, "locale"),
        ({"address": {"street": "1 High St"}}, "address.street"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_a_422_that_names_the_field(api: Api, change: Any, field: str) -> None:
    answer = api.post("/customers", ACME | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_some_fields_are_changed_and_the_others_stay(api: Api) -> None:
    api.post("/customers", ACME)
    changed = api.patch("/customers/acme", {"name": "Acme Inc", "tax_id": None}).json()
    assert (changed["name"], changed["tax_id"]) == ("Acme Inc", None)
    assert changed["address"] == ACME["address"]
    assert api.get("/customers/acme").json() == changed


def test_tax_details_and_locale_have_defaults_and_are_kept(api: Api) -> None:
    body = api.post("/customers", ACME).json()
    assert (body["tax_status"], body["exemption"], body["locale"]) == ("standard", None, None)
    changes = {"tax_status": "exempt", "exemption": "Charity", "locale": "fr_CH"}
    changed = api.patch("/customers/acme", changes).json()
    assert {name: changed[name] for name in changes} == changes | {"locale": "fr-CH"}


def test_a_tax_id_is_kept_as_its_country_writes_it(api: Api) -> None:
    body = api.post("/customers", ACME | {"country": "DE", "tax_id": "de 136 695 976"}).json()
    assert body["tax_id"] == "DE136695976"


def test_a_tax_id_must_fit_the_country_that_it_is_changed_to(api: Api) -> None:
    api.post("/customers", ACME | {"country": "DE", "tax_id": "DE136695976"})
    answer = api.patch("/customers/acme", {"country": "FR"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "tax_id")
    assert "not a tax id of France" in answer.json()["errors"][0]["message"]


def test_the_external_id_is_fixed(api: Api) -> None:
    api.post("/customers", ACME)
    answer = api.patch("/customers/acme", {"external_id": "other"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "external_id")
    assert api.patch("/customers/acme", {"external_id": "acme", "name": "A"}).status_code == 200


def test_a_required_field_can_not_be_emptied(api: Api) -> None:
    api.post("/customers", ACME)
    assert api.patch("/customers/acme", {"email": None}).status_code == 422


def test_the_currency_can_change_until_there_is_a_subscription(api: Api, shop: Api) -> None:
    api.post("/customers", ACME)
    assert api.patch("/customers/acme", {"currency": "EUR"}).json()["currency"] == "EUR"
    answer = shop.patch("/customers/halden", {"currency": "EUR", "name": "Halden AG"})
    assert answer.status_code == 409
    assert shop.get("/customers/halden").json()["name"] == "Halden Outfitters"


def test_the_running_cycle_follows_the_time_zone(shop: Api) -> None:
    assert shop.vendor
    shop.patch("/customers/halden", {"time_zone": "Asia/Tokyo"})
    with scope(shop.vendor.tenant.pk):
        cycle = Cycle.objects.get()
        assert cycle.ends_at == midnight(cycle.end, ZoneInfo("Asia/Tokyo"))


def test_usage_shows_what_counted_and_what_it_costs(shop: Api) -> None:
    shop.events([ticket(str(number)) for number in range(102)])
    usage = shop.get("/customers/halden/usage").json()
    [outcome] = usage["outcomes"]
    assert set(usage) == {"cycle", "currency", "outcomes", "amount", "estimate"}
    assert set(usage["estimate"]) == {"cycle_end", "low", "high"}
    assert outcome == {
        "outcome": "resolved_ticket",
        "settled": "102",
        "pending": "0",
        "held": "0",
        "voided": "0",
        "late": "0",
        "amount": "1.98",
        "dimensions": [],
    }
    assert usage["amount"] == "100.98"


def test_usage_without_a_subscription_has_counts_and_no_amounts(api: Api) -> None:
    assert api.vendor
    api.vendor.customer()
    api.vendor.definition(dimension="properties.channel")
    api.events([ticket("1", properties={"channel": "email"}), ticket("2")])
    usage = api.get("/customers/halden/usage").json()
    assert (usage["cycle"], usage["amount"], usage["estimate"]) == (None, None, None)
    assert (usage["outcomes"][0]["settled"], usage["outcomes"][0]["amount"]) == ("2", None)
    assert usage["outcomes"][0]["dimensions"] == [{"dimension": "email", "settled": "1", "pending": "0"}]


def test_more_events_cost_usage_no_more_statements(shop: Api) -> None:
    shop.events(ticket("1"))
    before = statements_of_usage(shop)
    shop.events([ticket(str(number), properties={"channel": str(number % 7)}) for number in range(2, 50)])
    assert statements_of_usage(shop) == before


def statements_of_usage(shop: Api) -> int:
    """How many statements reading it takes, once the process knows the plan's terms."""
    shop.get("/customers/halden/usage")
    with asked() as statements:
        shop.get("/customers/halden/usage")
    return len(statements)


def test_the_invoice_preview_is_the_running_cycle_as_a_draft(shop: Api) -> None:
    shop.events([ticket(str(number)) for number in range(102)])
    draft = shop.post("/customers/halden/invoice-preview").json()
    assert (draft["status"], draft["number"], draft["id"]) == ("draft", None, None)
    assert [(line["kind"], line["amount"]) for line in draft["lines"]] == [("base_fee", "99.00"), ("usage", "1.98")]
    assert draft["total"] == draft["due"] == "100.98"


def test_without_a_running_cycle_there_is_nothing_to_preview(api: Api) -> None:
    api.post("/customers", ACME)
    assert api.post("/customers/acme/invoice-preview").status_code == 409


def test_a_portal_link_leads_to_the_portal_and_expires(shop: Api) -> None:
    answer = shop.post("/customers/halden/portal-links")
    assert answer.status_code == 201
    assert "/portal/" in answer.json()["url"]
    assert datetime.fromisoformat(answer.json()["expires_at"]) > datetime.now(UTC)
