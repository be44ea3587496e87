"""A reminder through a real mail server, from the invoice's page to what arrives, and what the mail's page tells."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any, cast

import pytest
from django.test import Client

from apps.common import clock
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.outbox.models import Mail
from apps.outbox.outbox import drain
from apps.tenants.customers import invite_contact
from apps.tenants.models import Profile, Role
from apps.tenants.scope import scope
from dev.home import CLONE
from tests.cast import Vendor, instant
from tests.console.desk import client_of, text_of
from tests.outbox.post_office import PostOffice, post_office, use

INES, AP = "ines@halden.example", "ap@halden.example"
"""A contact of Halden's, and the address to which its invoices go."""


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as office:
        use(settings, office.port)
        yield office


@pytest.fixture
def overdue(northwind: Vendor, office: PostOffice) -> Invoice:
    """Halden's invoice for September, of which the post office has the mail already."""
    northwind.definition()
    customer = northwind.customer(email=AP)
    northwind.subscribe(customer, northwind.plan(), "2026-09-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(email="billing@northwind.example")
        invite_contact(customer, INES)
    close_tenant(northwind.tenant.pk, at=instant("2026-10-01 05:00"))
    drain(northwind.tenant.pk, at=instant("2026-10-01 05:00"))
    office.taken.clear()
    with scope(northwind.tenant.pk):
        return Invoice.objects.get()


def remind(vendor: Vendor, invoice: Invoice) -> str:
    """Remind of the invoice by hand, and have what is due done; the path of the mail's page."""
    client_of(vendor).post(f"/invoices/{invoice.pk}/remind", {"confirmed": "yes"})
    return worked(vendor)


def worked(vendor: Vendor) -> str:
    """The path of the newest mail's page after a worker did what is due."""
    drain(vendor.tenant.pk, at=clock.now())
    with scope(vendor.tenant.pk):
        return f"/mails/{Mail.objects.latest('pk').pk}"


def parts(message: EmailMessage) -> list[str]:
    return [one.get_content_type() for one in message.walk() if not one.is_multipart()]


def body(message: EmailMessage, kind: str) -> str:
    return str(cast(EmailMessage, message.get_body((kind,))).get_content())


def test_a_reminder_arrives_with_its_words_and_the_invoice(
    northwind: Vendor, overdue: Invoice, office: PostOffice
) -> None:
    path = remind(northwind, overdue)
    [(recipients, message)] = office.taken
    assert recipients == [AP, INES]
    assert message["Subject"] == f"Reminder: invoice {overdue.number} from Northwind Support AI is overdue"
    assert message["To"] == f"{AP}, {INES}"
    assert message["Reply-To"] == "billing@northwind.example"
    assert re.fullmatch("<[0-9a-f]{32}@[^@]+>", message["Message-ID"])
    assert parts(message) == ["text/plain", "text/html", "application/pdf"]
    assert "99.00 USD" in body(message, "plain")
    assert "99.00 USD" in body(message, "html")
    [pdf] = message.iter_attachments()
    assert (pdf.get_filename(), pdf.get_content()[:5]) == (f"{overdue.number}.pdf", b"%PDF-")
    assert "Sent" in text_of(client_of(northwind).get(path))


def test_sending_it_again_brings_it_once_more(northwind: Vendor, overdue: Invoice, office: PostOffice) -> None:
    client_of(northwind).post(remind(northwind, overdue), {"confirmed": "yes"})
    worked(northwind)
    (_, first), (_, second) = office.taken
    assert body(first, "plain") == body(second, "plain")
    assert parts(second) == parts(first)


def test_whom_the_server_refuses_stands_there_and_it_may_be_sent_again(
    northwind: Vendor, overdue: Invoice, office: PostOffice
) -> None:
    office.refused = {AP, INES}
    path, client = remind(northwind, overdue), client_of(northwind)
    page = text_of(client.get(path))
    assert f"{AP} was refused: 550 nobody of that name" in page
    assert "Send again" in page
    office.refused = set()
    client.post(path, {"confirmed": "yes"})
    worked(northwind)
    assert len(office.taken) == 1


@pytest.fixture
def waiting(northwind: Vendor, overdue: Invoice, office: PostOffice) -> str:
    """The page of a reminder for which the server had no time."""
    office.busy = True
    return remind(northwind, overdue)


def test_one_that_waits_tells_why_and_when_it_is_tried_next(northwind: Vendor, waiting: str) -> None:
    page = text_of(client_of(northwind).get(waiting))
    assert "451 come back later" in page
    assert "It is tried again by itself, next on" in page


def test_it_may_be_tried_at_once(northwind: Vendor, waiting: str, office: PostOffice) -> None:
    office.busy = False
    answer = client_of(northwind).post(waiting, follow=True)
    assert "It is tried now." in text_of(answer)
    worked(northwind)
    assert len(office.taken) == 1


def test_its_page_is_made_anew_once_something_became_of_it(northwind: Vendor, waiting: str, office: PostOffice) -> None:
    client = client_of(northwind)
    seen = {"seen": client.get(waiting).context["seen"]}
    assert client.get(waiting, seen).status_code == 204
    office.busy = False
    drain(northwind.tenant.pk, at=clock.now() + timedelta(minutes=1))
    assert client.get(waiting, seen).headers["HX-Refresh"] == "true"


def test_a_viewer_may_not_try_it(northwind: Vendor, waiting: str) -> None:
    viewer: Client = client_of(northwind, Role.VIEWER)
    assert "Try now" not in text_of(viewer.get(waiting))
    assert viewer.post(waiting).status_code == 403


def test_the_environment_names_the_server(office: PostOffice) -> None:
    """As the operator sets it, and tries it, in a process of its own."""
    named = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(office.port), "EMAIL_FROM": "Acme <money@acme.example>"}
    command = [sys.executable, "manage.py", "sendtestemail", INES]
    subprocess.run(command, cwd=CLONE, env=os.environ | named, check=True, capture_output=True)
    [(recipients, message)] = office.taken
    assert (recipients, message["From"]) == ([INES], "Acme <money@acme.example>")
