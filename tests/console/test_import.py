"""Importing a file in the console: handed in, taken in by a job portion by portion, its report to be downloaded."""

import csv
import gzip
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.common.clock import now
from apps.console import uploads
from apps.events.compare import compare
from apps.events.importing import job as importing
from apps.events.models import Event, Outcome
from apps.outbox import jobs
from apps.outbox.models import Job, JobFile, JobItem
from apps.tenants.models import Role
from apps.tenants.scope import scope
from tests.cast import Vendor, ticket
from tests.console.desk import client_of, text_of

PAGE = "/events/import"
HEAD = "id,type,customer,subject\n"


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    northwind.customer()
    northwind.definition()
    return northwind


def hand_in(client: Client, name: str, content: str | bytes, **fields: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(PAGE, {"file": SimpleUploadedFile(name, data), **fields})


def rows(count: int, customer: str = "halden") -> str:
    return HEAD + "".join(f"e{n},ticket.resolved,{customer},T-{n}\n" for n in range(count))


def job_of(vendor: Vendor) -> Job:
    with scope(vendor.tenant.pk):
        found: Job = Job.objects.latest("pk")
        return found


def work(vendor: Vendor) -> Job:
    """Do what the newest job has to do."""
    while jobs.do_some(vendor.tenant.pk, job_of(vendor).pk, at=now()):
        pass
    return job_of(vendor)


def stored(vendor: Vendor) -> tuple[int, int]:
    with scope(vendor.tenant.pk):
        assert compare().differences == []
        return Event.objects.count(), Outcome.objects.count()


def report(client: Client, job: Job) -> list[dict[str, str]]:
    answer = client.get(f"/jobs/{job.pk}/files/{importing.REPORT}")
    content = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(content)))


def test_a_file_is_taken_in_by_a_job_in_portions(shop: Vendor) -> None:
    client = client_of(shop)
    answer = hand_in(client, "november.csv", rows(2500))
    assert answer.headers["Location"] == f"/jobs/{job_of(shop).pk}"
    with scope(shop.tenant.pk):
        labels = list(JobItem.objects.order_by("pk").values_list("label", flat=True))
    assert labels == ["Lines 2 to 1,001", "Lines 1,002 to 2,001", "Lines 2,002 to 2,501"]
    assert stored(shop) == (0, 0)
    work(shop)
    assert stored(shop) == (2500, 2500)


def test_the_jobs_page_tells_the_counts_and_has_the_report(shop: Vendor) -> None:
    client = client_of(shop)
    others = ["e9,ticket.resolved,nobody,", "e8,,halden,", "e0,ticket.resolved,halden,Other"]
    hand_in(client, "events.csv", rows(3) + "\n".join(others))
    job = work(shop)
    told = text_of(client.get(f"/jobs/{job.pk}"))
    assert "Import of events.csv" in told
    for words in ("Accepted</dt> <dd> 3", "Conflict</dt> <dd> 1", "In quarantine</dt> <dd> 1", "Rejected</dt> <dd> 1"):
        assert words in told
    assert importing.REPORT in told
    assert f"/files/{importing.UPLOAD}" not in told
    found = [(row["line"], row["id"], row["status"], row["field"]) for row in report(client, job)]
    assert found == [
        ("5", "e9", "quarantined", "customer"),
        ("6", "e8", "rejected", "type"),
        ("7", "e0", "conflict", "subject"),
    ]


def test_the_same_file_again_is_all_duplicates_and_has_no_report(shop: Vendor) -> None:
    client = client_of(shop)
    for _ in range(2):
        hand_in(client, "events.csv", rows(5))
        job = work(shop)
    page = text_of(client.get(f"/jobs/{job.pk}"))
    assert "Already in</dt> <dd> 5" in page
    assert importing.REPORT not in page
    assert stored(shop) == (5, 5)


def test_its_page_speaks_of_lines(shop: Vendor) -> None:
    client = client_of(shop)
    hand_in(client, "events.csv", rows(2500))
    job = job_of(shop)
    assert "0 of 2,500 lines so far." in text_of(client.get(f"/jobs/{job.pk}"))
    jobs.do_some(shop.tenant.pk, job.pk, at=now(), most=1)
    assert "1,000 of 2,500 lines so far." in text_of(client.get(f"/jobs/{job.pk}"))
    work(shop)
    page = text_of(client.get(f"/jobs/{job.pk}"))
    assert "Finished: all 2,500 lines are read." in page
    assert "1,000 accepted" in page


def test_what_was_not_accepted_is_said_wherever_an_import_is_shown(shop: Vendor) -> None:
    """Ten lines were read, and three events of them count for nothing yet: that is not simply done."""
    client = client_of(shop)
    others = ["e9,ticket.resolved,nobody,", "e8,,halden,", "e0,ticket.resolved,halden,Other"]
    hand_in(client, "events.csv", rows(7) + "\n".join(others))
    job = work(shop)
    page = text_of(client.get(f"/jobs/{job.pk}"))
    assert "Lines read</dt> <dd> 10" in page
    assert "3 were not accepted." in page
    for list_page in (PAGE, "/jobs"):
        assert "3 not accepted" in text_of(client.get(list_page))


def test_where_all_was_accepted_nothing_else_is_said(shop: Vendor) -> None:
    client = client_of(shop)
    hand_in(client, "events.csv", rows(2))
    job = work(shop)
    for page in (PAGE, "/jobs", f"/jobs/{job.pk}"):
        assert "not accepted" not in text_of(client.get(page))


def test_two_portions_may_begin_the_report(shop: Vendor) -> None:
    """Each finds none, as when two workers are at it."""
    client = client_of(shop)
    hand_in(client, "events.csv", rows(1500, customer="nobody"))
    job = work(shop)
    assert [row["line"] for row in report(client, job)] == [str(number) for number in range(2, 1502)]


@pytest.mark.parametrize("packed", [False, True])
def test_ndjson_may_be_packed_too(shop: Vendor, packed: bool) -> None:
    content = "".join(json.dumps(ticket(str(n))) + "\n" for n in range(3)).encode()
    name = "events.ndjson.gz" if packed else "events.ndjson"
    hand_in(client_of(shop), name, gzip.compress(content) if packed else content)
    work(shop)
    assert stored(shop) == (3, 3)


def test_a_format_may_be_chosen_where_the_name_tells_none(shop: Vendor) -> None:
    client = client_of(shop)
    refused = hand_in(client, "events.txt", rows(1))
    assert refused.status_code == 422
    assert "choose CSV or NDJSON" in text_of(refused)
    assert hand_in(client, "events.txt", rows(1), format="csv").status_code == 302


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "The file is empty"),
        (HEAD, "no event in the file"),
        ("id,name\n1,2\n", "id, type and customer"),
        ("id,typ,customer\n", "It begins with &#x27;id,typ,customer&#x27;."),
        ("id,type,customer,ratng\n", "Column 4 is &#x27;ratng&#x27;"),
        ("a".encode("utf-16"), "Save it as UTF-8"),
    ],
)
def test_a_file_that_can_not_be_read_is_said_on_the_form(shop: Vendor, content: str | bytes, why: str) -> None:
    answer = hand_in(client_of(shop), "events.csv", content)
    assert answer.status_code == 422
    assert why in text_of(answer)
    with scope(shop.tenant.pk):
        assert not Job.objects.exists()


def test_no_file_is_said(shop: Vendor) -> None:
    assert "Choose a file." in text_of(client_of(shop).post(PAGE, {}))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files may have 64 KB."""
    monkeypatch.setattr(uploads, "LARGEST", 64 * 1024)
    monkeypatch.setattr(importing, "LARGEST", 64 * 1024)


def test_a_file_that_is_too_large_is_refused_and_kept_nowhere(shop: Vendor, small: None) -> None:
    answer = hand_in(client_of(shop), "events.csv", rows(5000))
    assert answer.status_code == 422
    assert "The file has more than" in text_of(answer)
    with scope(shop.tenant.pk):
        assert not JobFile.objects.exists()


def test_a_file_that_unpacks_to_too_much_is_refused(shop: Vendor, small: None) -> None:
    answer = hand_in(client_of(shop), "events.csv.gz", gzip.compress(rows(5000).encode()))
    assert answer.status_code == 422
    assert "Unpacked, the file has more than" in text_of(answer)


def test_the_sample_is_a_file_that_can_be_imported(shop: Vendor) -> None:
    client = client_of(shop)
    hand_in(client, "events.csv", client.get(f"{PAGE}/sample.csv").content)
    work(shop)
    assert stored(shop) == (2, 2)


@pytest.mark.parametrize(("role", "status"), [(Role.DEVELOPER, 302), (Role.FINANCE, 403), (Role.VIEWER, 403)])
def test_who_may_make_keys_may_import(shop: Vendor, role: str, status: int) -> None:
    assert hand_in(client_of(shop, role), "events.csv", rows(1)).status_code == status


@pytest.mark.parametrize(("role", "status"), [(Role.DEVELOPER, 302), (Role.FINANCE, 403)])
def test_who_may_import_may_try_again_what_failed(shop: Vendor, role: str, status: int) -> None:
    hand_in(client_of(shop), "events.csv", rows(1))
    address = f"/jobs/{job_of(shop).pk}"
    assert client_of(shop, role).post(address, {"confirmed": "yes"}).status_code == status


def test_an_import_is_found_among_events_not_invoices(shop: Vendor) -> None:
    client = client_of(shop)
    hand_in(client, "events.csv", rows(1))
    assert 'href="/events/import"' in client.get(f"/jobs/{job_of(shop).pk}").content.decode()
    assert "Import of events.csv" in text_of(client.get(PAGE))


def test_a_portion_that_failed_is_tried_again_alone(shop: Vendor) -> None:
    client = client_of(shop)
    hand_in(client, "events.csv", rows(1500))
    with scope(shop.tenant.pk):
        item = JobItem.objects.earliest("pk")
        JobItem.objects.filter(pk=item.pk).update(state=JobItem.State.FAILED, note="A test")
    job = work(shop)
    assert stored(shop) == (500, 500)
    client.post(f"/jobs/{job.pk}", {"confirmed": "yes"})
    work(shop)
    assert stored(shop) == (1500, 1500)
    assert "Accepted</dt> <dd> 1,500" in text_of(client.get(f"/jobs/{job.pk}"))
