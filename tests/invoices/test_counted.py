"""Each line opens into the outcomes that it counted: as a page, by the API, and as CSV straight from the ledger."""

import csv
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.common import csvs
from apps.events.models import Outcome
from apps.invoices import counted
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.tenants.customers import invite_contact
from apps.tenants.scope import NoTenant, scope
from tests.api.client import Api
from tests.cast import Vendor, instant, new_user, ticket
from tests.console.desk import client_of, text_of
from tests.statements import about, asked

CLOSE = instant("2026-12-01 06:00")


@pytest.fixture
def invoice(northwind: Vendor) -> Invoice:
    """Halden's invoice for November: three tickets, one with evidence and one whose subject looks like a formula."""
    northwind.definition()
    northwind.definition("meeting", name="Meeting booked", unit="meeting", trigger="meeting.booked")
    prices = [
        {"outcome": "resolved_ticket", "model": "unit", "unit_amount": "0.99"},
        {"outcome": "meeting", "model": "unit", "unit_amount": "12.00"},
    ]
    northwind.subscribe(northwind.customer(), northwind.plan(base_fee=None, prices=prices), "2026-11-01")
    northwind.send(
        ticket("1", evidence="https://desk.example/T-1"),
        ticket("2", subject="=HYPERLINK(1)"),
        ticket("3", quantity="2"),
        ticket("4", type="meeting.booked"),
        at="2026-11-05 10:00",
    )
    close_tenant(northwind.tenant.pk, at=CLOSE)
    with scope(northwind.tenant.pk):
        found: Invoice = Invoice.objects.get()
    return found


def position_of(invoice: Invoice, outcome: str) -> int:
    return next(n for n, line in enumerate(invoice.document["lines"]) if line["outcome"] == outcome)


def url(invoice: Invoice, outcome: str, name: str = "invoice_line", place: str = "console") -> str:
    return reverse(f"{place}:{name}", args=[invoice.pk, position_of(invoice, outcome)])


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode(), newline="")))


def contact_of(vendor: Vendor, invoice: Invoice) -> Client:
    user, client = new_user("ines"), Client()
    with scope(vendor.tenant.pk):
        invite_contact(Invoice.objects.get(pk=invoice.pk).customer, user.email)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_lines_page_lists_what_it_counted_and_no_more(northwind: Vendor, invoice: Invoice) -> None:
    page = text_of(client_of(northwind).get(url(invoice, "resolved_ticket")))
    assert "T-1" in page
    assert "https://desk.example/T-1" in page
    assert "T-4" not in page


def test_the_invoice_links_its_lines(northwind: Vendor, invoice: Invoice) -> None:
    page = text_of(client_of(northwind).get(reverse("console:invoice", args=[invoice.pk])))
    assert url(invoice, "meeting") in page


def test_the_contact_sees_the_same_in_the_portal(northwind: Vendor, invoice: Invoice) -> None:
    client = contact_of(northwind, invoice)
    assert "T-4" in text_of(client.get(url(invoice, "meeting", place="portal")))
    rows = table(client.get(url(invoice, "meeting", "line_outcomes", "portal")))
    assert [row["event"] for row in rows] == ["4"]


def test_a_line_that_is_not_there_is_404(northwind: Vendor, invoice: Invoice) -> None:
    assert client_of(northwind).get(reverse("console:invoice_line", args=[invoice.pk, 9])).status_code == 404


def test_the_csv_sums_to_the_line(northwind: Vendor, invoice: Invoice) -> None:
    rows = table(client_of(northwind).get(url(invoice, "resolved_ticket", "line_outcomes")))
    line = invoice.document["lines"][position_of(invoice, "resolved_ticket")]
    assert sum(int(row["quantity"]) for row in rows) == int(line["quantity"]) == 4
    assert {row["state"] for row in rows} == {"invoiced"}


def test_the_invoices_csv_holds_all_lines(northwind: Vendor, invoice: Invoice) -> None:
    answer = client_of(northwind).get(reverse("console:invoice_outcomes", args=[invoice.pk]))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{invoice.number}-outcomes.csv"'
    assert [row["event"] for row in table(answer)] == ["1", "2", "3", "4"]


def test_no_cell_is_a_formula(northwind: Vendor, invoice: Invoice) -> None:
    answer = client_of(northwind).get(reverse("console:invoice_outcomes", args=[invoice.pk]))
    assert "'=HYPERLINK(1)" in [row["subject"] for row in table(answer)]


def test_globex_can_not_have_it(globex: Vendor, invoice: Invoice) -> None:
    assert client_of(globex).get(url(invoice, "meeting", "line_outcomes")).status_code == 404


def test_the_api_narrows_to_a_line(northwind: Vendor, invoice: Invoice) -> None:
    api = Api(northwind.api_key)
    [line] = [one for one in api.get(f"/invoices/{invoice.pk}").json()["lines"] if one["outcome"] == "meeting"]
    found = api.get(f"/invoices/{invoice.pk}/outcomes", line=line["id"]).json()
    assert [one["event"] for one in found["data"]] == ["4"]


def test_the_api_refuses_what_is_no_line_of_the_invoice(northwind: Vendor, invoice: Invoice) -> None:
    answer = Api(northwind.api_key).get(f"/invoices/{invoice.pk}/outcomes", line=str(invoice.pk))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "line")


def stream_of(vendor: Vendor, customer: str) -> Iterator[bytes]:
    with scope(vendor.tenant.pk):
        invoice = Invoice.objects.get(customer__external_id=customer)
    return counted.stream(vendor.tenant.pk, invoice, None, at=CLOSE)


def peak_of(content: Iterator[bytes]) -> int:
    """The most memory that reading it took, in bytes."""
    tracemalloc.start()
    for _ in content:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_the_file_comes_in_chunks_and_takes_the_same_memory_for_many_as_for_few(
    northwind: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "CHUNK", 50)
    monkeypatch.setattr(csvs, "CHUNK", 4096)
    northwind.definition()
    plan = northwind.plan()
    for name, count in {"few": 300, "many": 1800}.items():
        northwind.subscribe(northwind.customer(name), plan, "2026-11-01")
        events = [ticket(f"{name}-{n}", name) for n in range(count)]
        northwind.send(*events[:1000], at="2026-11-05 10:00")
        northwind.send(*events[1000:], at="2026-11-05 11:00")
    close_tenant(northwind.tenant.pk, at=CLOSE)
    sizes = [len(chunk) for chunk in stream_of(northwind, "many")]
    assert len(sizes) > 20
    assert max(sizes) < 2 * csvs.CHUNK
    few, many = (peak_of(stream_of(northwind, name)) for name in ("few", "many"))
    assert many < few * 2
    with pytest.raises(NoTenant):
        Outcome.objects.count()


def asks_of(northwind: Vendor, invoice: Invoice, list_of: str) -> list[str]:
    """The statements of a list of outcomes, as it is read to its end."""
    client, contact, api = client_of(northwind), contact_of(northwind, invoice), Api(northwind.api_key, northwind)
    with asked() as statements, CaptureQueriesContext(connection) as by_cursor:
        if list_of == "a line's page":
            client.get(url(invoice, "resolved_ticket"))
        elif list_of == "an invoice's file":
            table(client.get(url(invoice, "resolved_ticket", "line_outcomes")))
        elif list_of == "the portal":
            contact.get("/portal/outcomes", {"state": "invoiced"})
        else:
            api.get("/outcomes?state=invoiced&customer=halden")
    return about([*statements, *(one["sql"] for one in by_cursor.captured_queries)], "events_outcome")


@pytest.mark.parametrize("list_of", ["a line's page", "an invoice's file", "the portal", "the API"])
def test_outcomes_that_are_looked_for_by_state_join_no_events(
    northwind: Vendor, invoice: Invoice, list_of: str
) -> None:
    """Of a tenant that the planner does not know yet such a join took minutes for a thousand outcomes."""
    statements = asks_of(northwind, invoice, list_of)
    assert statements
    assert not [one for one in statements if 'JOIN "events_event"' in one]
