"""Exports by period: written by a job, month by month, into files that joined are whole."""

import csv
import io
from datetime import date

import pytest

from apps.common import csvs
from apps.common.csvs import Written
from apps.common.periods import Period
from apps.invoices.close import close_tenant
from apps.invoices.exports import run
from apps.invoices.exports.period import months
from apps.invoices.exports.tables import TABLES
from apps.invoices.models import Invoice, Payment
from apps.outbox import jobs
from apps.outbox.models import Job, JobFile, JobItem
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket

NOW = instant("2026-12-05 12:00")
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))


@pytest.fixture
def vendor(northwind: Vendor) -> Vendor:
    """Two customers with invoices for October and November; Kestrel, in Tokyo, paid one of them."""
    northwind.definition()
    plan = northwind.plan()
    northwind.subscribe(northwind.customer(time_zone="UTC"), plan, "2026-10-01")
    kestrel = northwind.customer("kestrel", name="+Kestrel, Bank", time_zone="Asia/Tokyo")
    northwind.subscribe(kestrel, plan, "2026-10-01")
    northwind.send(ticket("1"), at="2026-10-05 10:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 00:10"))
    close_tenant(northwind.tenant.pk, at=instant("2026-11-30 15:10"))  # midnight in Tokyo: the first of December
    close_tenant(northwind.tenant.pk, at=instant("2026-12-01 00:10"))
    with scope(northwind.tenant.pk):
        Payment.objects.create(
            customer=kestrel,
            invoice=Invoice.objects.filter(customer=kestrel).earliest("pk"),
            currency="USD",
            amount="100.00",
            applied="99.00",
            reference="=SUM(A1)",
            at=instant("2026-11-30 16:00"),
            day=date(2026, 12, 1),
            by="ada",
        )
    return northwind


def files(vendor: Vendor, *names: str, period: Period = YEAR) -> dict[str, list[dict[str, str]]]:
    """The rows of each file that an export of the period writes, by its name."""
    with scope(vendor.tenant.pk):
        job = run.start(names, period, by="ada", at=NOW)
    return files_of(vendor, job)


def files_of(vendor: Vendor, job: Job) -> dict[str, list[dict[str, str]]]:
    while jobs.do_some(vendor.tenant.pk, job.pk, at=NOW):
        pass
    with scope(vendor.tenant.pk):
        assert not JobItem.objects.exclude(state=JobItem.State.DONE).exists()
        parts = JobFile.objects.filter(job=job).order_by("name", "part").values_list("name", "content")
        joined: dict[str, bytes] = {}
        for name, content in parts:
            joined[name] = joined.get(name, b"") + bytes(content)
    return {name: list(csv.DictReader(io.StringIO(text.decode(), newline=""))) for name, text in joined.items()}


def test_each_table_is_a_file_of_the_period(vendor: Vendor) -> None:
    found = files(vendor, *run.FILES)
    assert sorted(found) == [f"{name}-2026-01-01-2026-12-31.csv" for name in sorted(run.FILES)]


def test_invoices_with_amounts_as_plain_decimals(vendor: Vendor) -> None:
    [rows] = files(vendor, "invoices").values()
    assert [row["total"] for row in rows] == ["99.00"] * 4
    assert rows[0]["due"] == "99.00"
    assert rows[0]["period_end"] == "2026-10-31"


def test_lines_name_their_invoice_and_outcome(vendor: Vendor) -> None:
    [rows] = files(vendor, "lines").values()
    assert len(rows) == 8
    assert {row["outcome"] for row in rows} == {"", "resolved_ticket"}


def test_a_document_falls_on_the_day_at_its_customer(vendor: Vendor) -> None:
    """Kestrel's second invoice was issued on the first of December in Tokyo, while it was November elsewhere."""
    [rows] = files(vendor, "invoices", period=Period(date(2026, 11, 1), date(2026, 12, 1))).values()
    assert {row["date"] for row in rows} == {"2026-11-01"}
    [rows] = files(vendor, "invoices", period=Period(date(2026, 12, 1), date(2026, 12, 2))).values()
    assert {row["customer"] for row in rows} == {"halden", "kestrel"}


def test_payments_say_what_the_invoice_took(vendor: Vendor) -> None:
    [[row]] = files(vendor, "payments").values()
    assert (row["date"], row["amount"], row["applied"], row["balance"]) == ("2026-12-01", "100.00", "99.00", "1.00")


def test_no_text_is_a_formula_and_no_number_is_taken_for_one(vendor: Vendor) -> None:
    [[row]] = files(vendor, "payments").values()
    assert (row["reference"], row["customer_name"]) == ("'=SUM(A1)", "'+Kestrel, Bank")
    assert csvs.cell(Written("-12.50")) == "-12.50"


def test_it_is_rfc_4180(vendor: Vendor) -> None:
    content = b"".join(csvs.encoded([("a", 'b "c"'), ("d\ne", None)]))
    assert content == b'a,"b ""c"""\r\n"d\ne",\r\n'


def test_a_month_is_an_item_and_says_how_many_rows_it_had(vendor: Vendor) -> None:
    files(vendor, "invoices")
    with scope(vendor.tenant.pk):
        notes = dict(JobItem.objects.values_list("label", "note"))
    assert len(notes) == 12
    assert notes["Invoices, December 2026"] == "2 rows"
    assert notes["Invoices, January 2026"] == "0 rows"


def test_a_period_is_cut_at_the_first_of_each_month() -> None:
    cut = months(Period(date(2026, 1, 15), date(2026, 3, 2)))
    assert [(one.start.day, one.end.day) for one in cut] == [(15, 1), (1, 1), (1, 2)]


def test_chosen_invoices_and_their_lines(vendor: Vendor) -> None:
    with scope(vendor.tenant.pk):
        chosen = Invoice.objects.earliest("pk")
        job = run.start_chosen([chosen.pk], by="ada", at=NOW)
    found = files_of(vendor, job)
    assert [row["number"] for row in found["invoices.csv"]] == [chosen.number]
    assert {row["invoice"] for row in found["lines.csv"]} == {chosen.number}


def test_large_files_are_stored_in_parts(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvs, "CHUNK", 100)
    monkeypatch.setattr(run, "PART", 300)
    [rows] = files(vendor, "lines").values()
    assert len(rows) == 8
    with scope(vendor.tenant.pk):
        assert JobFile.objects.count() > 3


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_every_column(vendor: Vendor, name: str) -> None:
    with scope(vendor.tenant.pk):
        assert {len(row) for row in TABLES[name].rows(YEAR)} <= {len(TABLES[name].columns)}


def test_globex_exports_nothing_of_northwind(vendor: Vendor, globex: Vendor) -> None:
    assert files(globex, "invoices", "journal") == {
        name: [] for name in ("invoices-2026-01-01-2026-12-31.csv", "journal-2026-01-01-2026-12-31.csv")
    }
