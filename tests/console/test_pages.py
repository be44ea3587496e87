"""Every page of the console opens for whoever may read, and says what it should."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from apps.tenants.models import Role
from tests.cast import Vendor
from tests.console.desk import client_of, text_of, trade

PAGES: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "overview": lambda of: [],
    "customers": lambda of: [],
    "customer": lambda of: ["halden"],
    "outcomes": lambda of: [],
    "outcome": lambda of: ["resolved_ticket"],
    "plans": lambda of: [],
    "plan": lambda of: ["growth"],
    "subscriptions": lambda of: [],
    "subscription": lambda of: [of["subscription"].pk],
    "coupons": lambda of: [],
    "customer_unbilled": lambda of: ["halden"],
    "invoices": lambda of: [],
    "events": lambda of: [],
    "event": lambda of: [of["event"]],
    "quarantine": lambda of: [],
    "reconcile": lambda of: [],
    "silences": lambda of: [],
    "import_events": lambda of: [],
    "credit_notes": lambda of: [],
    "mails": lambda of: [],
    "jobs": lambda of: [],
    "exports": lambda of: [],
    "team": lambda of: [],
    "api_keys": lambda of: [],
    "settings": lambda of: [],
    "taxes": lambda of: [],
    "logo": lambda of: [],
    "try_out": lambda of: ["resolved_ticket"],
}
FORMS: dict[str, Callable[[dict[str, Any]], list[Any]]] = {
    "customer_new": lambda of: [],
    "customer_edit": lambda of: ["halden"],
    "outcome_new": lambda of: [],
    "outcome_version": lambda of: ["resolved_ticket"],
    "plan_new": lambda of: [],
    "plan_version": lambda of: ["growth"],
    "subscription_new": lambda of: [],
    "subscription_change": lambda of: [of["subscription"].pk],
    "subscription_end": lambda of: [of["subscription"].pk],
    "coupon_new": lambda of: [],
    "invoice_new": lambda of: [],
    "key_limits": lambda of: [of["key"]],
}
MARKED = re.compile(r'class="rail-link"[^>]*aria-current=')


@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_the_owner_opens_every_page(northwind: Vendor, name: str) -> None:
    arguments = (PAGES | FORMS)[name](trade(northwind))
    assert client_of(northwind).get(reverse(f"console:{name}", args=arguments)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, *FORMS])
def test_every_page_is_marked_in_the_main_navigation(northwind: Vendor, name: str) -> None:
    arguments = (PAGES | FORMS)[name](trade(northwind))
    page = client_of(northwind).get(reverse(f"console:{name}", args=arguments)).content.decode()
    assert len(MARKED.findall(page)) == 1


@pytest.mark.parametrize("name", PAGES)
def test_a_viewer_reads_every_page(northwind: Vendor, name: str) -> None:
    arguments = PAGES[name](trade(northwind))
    assert client_of(northwind, Role.VIEWER).get(reverse(f"console:{name}", args=arguments)).status_code == 200


@pytest.mark.parametrize("name", FORMS)
def test_a_viewer_may_not_open_a_form_and_is_told_whom_to_ask(northwind: Vendor, name: str) -> None:
    arguments = FORMS[name](trade(northwind))
    response = client_of(northwind, Role.VIEWER).get(reverse(f"console:{name}", args=arguments))
    assert response.status_code == 403
    assert "Ask an owner or an admin" in text_of(response)


@pytest.mark.parametrize("name", ["customer", "subscription", "event", "team", "api_keys", "settings", "taxes"])
def test_a_viewer_may_not_post(northwind: Vendor, name: str) -> None:
    arguments = PAGES[name](trade(northwind))
    assert client_of(northwind, Role.VIEWER).post(reverse(f"console:{name}", args=arguments)).status_code == 403


@pytest.mark.parametrize(
    "name", ["customers", "outcomes", "plans", "coupons", "subscriptions", "invoices", "events", "taxes"]
)
def test_an_empty_list_says_what_to_do_next(northwind: Vendor, name: str) -> None:
    assert 'class="empty"' in text_of(client_of(northwind).get(reverse(f"console:{name}")))


@pytest.mark.parametrize("name", ["customers", "outcomes", "plans", "coupons", "subscriptions", "invoices", "events"])
def test_a_search_that_finds_nothing_offers_the_whole_list(northwind: Vendor, name: str) -> None:
    trade(northwind)
    assert "Show all" in text_of(client_of(northwind).get(reverse(f"console:{name}"), {"q": "zzz"}))


@pytest.mark.parametrize("name", ["customer", "outcome", "plan", "subscription", "event"])
def test_globex_finds_nothing_of_northwind(northwind: Vendor, globex: Vendor, name: str) -> None:
    arguments = PAGES[name](trade(northwind))
    assert client_of(globex).get(reverse(f"console:{name}", args=arguments)).status_code == 404


def test_nobody_is_sent_to_log_in(client: Any) -> None:
    assert client.get(reverse("console:customers")).headers["Location"].startswith("/accounts/login/")
