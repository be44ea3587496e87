"""What counts, as the customer reads it, and his signature under it."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page

from apps.common.clock import now
from apps.outcomes.models import Agreement, DefinitionVersion
from apps.outcomes.publish import publish_version
from apps.tenants.scope import scope
from tests.console.desk import client_of, text_of
from tests.portal.conftest import Portal

LIVE, LIST, SECOND = "/portal/", "/portal/definitions", "/portal/definitions/resolved_ticket/2"


@pytest.fixture
def asked(halden: Portal) -> Portal:
    """Halden, whose plan's definition has a second version since an hour, which asks for a signature."""
    body = {"name": "Resolved ticket", "unit": "ticket", "condition": "value > 1", "requires_agreement": True}
    with scope(halden.vendor.tenant.pk):
        version = DefinitionVersion.objects.get()
        publish_version(version.definition, body, at=now() - timedelta(hours=1))
    return halden


def signatures(portal: Portal) -> list[str]:
    with scope(portal.vendor.tenant.pk):
        return list(Agreement.objects.filter(customer=portal.customer).values_list("signed_by", flat=True))


def test_the_plan_s_definitions_are_in_plain_words_in_cel_and_by_hash(halden: Portal) -> None:
    page = text_of(halden.client.get(LIST))
    assert "A ticket counts when it is resolved." in page
    assert re.search(r"SHA-256 <code>[0-9a-f]{64}</code>", page)


def test_a_definition_of_no_plan_of_his_is_not_shown(kestrel: Portal) -> None:
    assert "Nothing counts yet" in text_of(kestrel.client.get(LIST))


def test_one_that_asks_for_a_signature_is_shown_to_whoever_has_no_plan_yet(asked: Portal, kestrel: Portal) -> None:
    assert "Read and sign" in text_of(kestrel.client.get(LIST))


def test_a_contact_signs(asked: Portal) -> None:
    assert "Sign version 2" in text_of(asked.client.get(SECOND))
    asked.client.post(SECOND)
    assert signatures(asked) == [asked.contact.email]
    assert f"Signed by {asked.contact.email}" in text_of(asked.client.get(SECOND))


def test_what_waits_for_a_signature_is_not_said_to_be_in_force(asked: Portal) -> None:
    assert "In force" not in text_of(asked.client.get(SECOND))


def test_what_waits_for_a_signature_is_said_where_the_customer_looks_first(asked: Portal) -> None:
    waits = "Resolved ticket, version 2, waits for your signature. Until then nothing of it counts for you."
    assert waits in text_of(asked.client.get(LIVE))
    asked.client.post(SECOND)
    assert "waits for your signature" not in text_of(asked.client.get(LIVE))


def test_while_a_newer_version_waits_the_signed_one_counts(asked: Portal) -> None:
    asked.client.post(SECOND)
    with scope(asked.vendor.tenant.pk):
        definition = DefinitionVersion.objects.first().definition
        publish_version(definition, {"name": "Solved ticket", "requires_agreement": True}, at=now())
    assert "Solved ticket, version 3, waits for your signature. Until then the version that you signed counts." in (
        text_of(asked.client.get(LIVE))
    )


def test_whoever_has_no_plan_with_it_is_not_asked_on_the_live_page(asked: Portal, kestrel: Portal) -> None:
    assert "waits for your signature" not in text_of(kestrel.client.get(LIVE))


def test_the_vendor_sees_at_the_customer_that_a_signature_is_missing(asked: Portal) -> None:
    page = re.sub(r"<[^>]+>", "", text_of(client_of(asked.vendor).get("/customers/halden")))
    assert "Halden Outfitters has yet to sign Resolved ticket, version 2. Until then nothing of it counts." in page


def test_a_portal_link_may_look_but_not_sign(asked: Portal) -> None:
    visitor = Client()
    visitor.get(asked.link())
    assert "A portal link can't sign" in text_of(visitor.get(SECOND))
    assert visitor.post(SECOND).status_code == 403
    assert signatures(asked) == []


def test_a_contact_who_came_by_a_link_too_signs(asked: Portal) -> None:
    asked.client.get(asked.link())
    asked.client.post(SECOND)
    assert signatures(asked) == [asked.contact.email]


def test_a_contact_of_another_customer_signs_only_for_his_own(asked: Portal, kestrel: Portal) -> None:
    kestrel.client.post(SECOND)
    assert (signatures(asked), signatures(kestrel)) == ([], [kestrel.contact.email])


def test_a_version_that_asks_for_nothing_can_t_be_signed(halden: Portal) -> None:
    assert halden.client.post("/portal/definitions/resolved_ticket/1").status_code == 409


def test_the_vendor_sees_who_signed_which_version(asked: Portal) -> None:
    asked.client.post(SECOND)
    page = text_of(client_of(asked.vendor).get("/outcomes/resolved_ticket"))
    assert re.search(rf'Version">2</td>.*{asked.contact.email}', page)


@pytest.mark.parametrize("where", [LIST, SECOND])
def test_the_pages_are_accessible_and_fit_a_telephone(asked: Portal, site: str, page: Page, where: str) -> None:
    page.goto(site + asked.link())
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site + where)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
