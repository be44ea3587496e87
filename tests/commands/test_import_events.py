"""`manage.py import_events`: a file of any length, each event counted once, however often it is run or killed."""

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.common import clock
from apps.events.compare import compare
from apps.events.importing.lines import Portion
from apps.events.importing.ndjson import Ndjson
from apps.events.importing.run import import_portion
from apps.events.models import Event, Outcome
from apps.tenants.scope import scope
from dev.home import CLONE
from tests.cast import Vendor, instant, ticket
from tests.threads import at_once
from tests.worker import named, wait_until, wait_until_gone

NOTHING = {"accepted": 0, "duplicate": 0, "conflict": 0, "quarantined": 0, "rejected": 0}


@pytest.fixture
def shop(northwind: Vendor) -> Vendor:
    northwind.customer()
    northwind.definition()
    return northwind


def ndjson(path: Path, *events: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def run(vendor: Vendor, path: Path | str, *options: str) -> dict[str, int]:
    """The counts that it prints, which must be all that it prints."""
    out = StringIO()
    call_command("import_events", str(path), "--tenant", vendor.tenant.slug, "--json", *options, stdout=out)
    counts: dict[str, int] = json.loads(out.getvalue())
    return counts


def report(path: Path) -> list[dict[str, str]]:
    with Path(f"{path}.report.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def stored(vendor: Vendor) -> tuple[int, int]:
    """(events, outcomes), where Usage is their sum."""
    with scope(vendor.tenant.pk):
        assert compare().differences == []
        return Event.objects.count(), Outcome.objects.count()


def test_what_is_in_the_file_is_counted(shop: Vendor, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.ndjson", *[ticket(str(n)) for n in range(5)])
    assert run(shop, path) == NOTHING | {"accepted": 5}
    assert stored(shop) == (5, 5)


def test_run_again_all_are_duplicates(shop: Vendor, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.ndjson", *[ticket(str(n)) for n in range(5)])
    run(shop, path)
    assert run(shop, path) == NOTHING | {"duplicate": 5}
    assert stored(shop) == (5, 5)


def test_csv_gzip_and_standard_input_say_the_same(
    shop: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "events.csv"
    path.write_text("id;type;customer;subject\n0;ticket.resolved;halden;T-0\n1;ticket.resolved;halden;T-1\n")
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert run(shop, path) == NOTHING | {"accepted": 2}
    assert run(shop, packed) == NOTHING | {"duplicate": 2}
    with path.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.chdir(tmp_path)
        assert run(shop, "-", "--format", "csv") == NOTHING | {"duplicate": 2}
    assert Path("import_events.report.csv").exists()


def test_the_report_names_what_was_not_accepted_and_why(shop: Vendor, tmp_path: Path) -> None:
    shop.send(ticket("1", subject="Another"), at="2026-11-05 10:00")
    path = tmp_path / "events.ndjson"
    ndjson(path, ticket("0"), ticket("1"), ticket("2", customer="nobody"), ticket("3", time="2020-01-01T00:00:00Z"))
    path.write_text(path.read_text() + "\n{broken\n")
    assert run(shop, path) == {"accepted": 1, "duplicate": 0, "conflict": 1, "quarantined": 1, "rejected": 2}
    told = [(row["line"], row["id"], row["status"], row["reason"], row["field"]) for row in report(path)]
    assert told == [
        ("2", "1", "conflict", "content_differs", "subject"),
        ("3", "2", "quarantined", "unknown_customer", "customer"),
        ("4", "3", "rejected", "too_old", "time"),
        ("6", "", "rejected", "invalid_json", ""),
    ]
    assert all(row["message"] for row in report(path))


def test_the_report_goes_where_it_is_told(shop: Vendor, tmp_path: Path) -> None:
    run(shop, ndjson(tmp_path / "events.ndjson", {}), "--report", str(tmp_path / "why.csv"))
    assert len((tmp_path / "why.csv").read_text().splitlines()) == 2


def test_a_dry_run_tells_what_is_no_event_and_writes_nothing(shop: Vendor, tmp_path: Path) -> None:
    path = ndjson(tmp_path / "events.ndjson", ticket("1"), {"id": "2"})
    assert run(shop, path, "--dry-run") == NOTHING | {"accepted": 1, "rejected": 1}
    assert [row["line"] for row in report(path)] == ["2"]
    assert stored(shop) == (0, 0)


def test_lines_that_are_known_to_be_in_can_be_left_out(shop: Vendor, tmp_path: Path) -> None:
    """By whole portions: what is read once more is a duplicate."""
    path = ndjson(tmp_path / "events.ndjson", *[ticket(str(n)) for n in range(1500)])
    assert run(shop, path, "--after-line", "1100", "--processes", "1") == NOTHING | {"accepted": 500}


def test_without_json_it_tells_the_sums_and_where_the_report_is(shop: Vendor, tmp_path: Path) -> None:
    path, out = ndjson(tmp_path / "events.ndjson", ticket("1")), StringIO()
    call_command("import_events", str(path), "--tenant", shop.tenant.slug, stdout=out)
    assert out.getvalue().startswith("1 line in ")
    assert "1 accepted, 0 duplicate, 0 conflict, 0 quarantined, 0 rejected" in out.getvalue()
    assert f"{path}.report.csv" in out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("events.txt", "", "--format"),
        ("events.csv", "id,type\n", "id, type and customer"),
        ("twice.csv", "id,type,customer,id\n1,ticket.resolved,halden,2\n", "second time. Nothing of it is in."),
        ("nowhere.csv", None, "can't be read"),
    ],
)
def test_a_file_that_can_not_be_read_is_said(
    shop: Vendor, tmp_path: Path, name: str, content: str | None, why: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(CommandError, match=why):
        run(shop, tmp_path / name)


def test_a_damaged_file_says_how_far_it_came(shop: Vendor, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson.gz"
    lines = "".join(json.dumps(ticket(str(n))) + "\n" for n in range(20_000)).encode()
    packed = gzip.compress(lines)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(CommandError, match=r"ends too early: .* Lines 1 to [1-9],?\d+ are in; run it again"):
        run(shop, path, "--processes", "1")


def test_a_portion_whose_connection_breaks_is_done_once_more(shop: Vendor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    at_once(lambda: _end_backend(pid))
    lines = json.dumps(ticket("1")).encode()
    taken = import_portion(shop.tenant.pk, Ndjson(), Portion(1, lines, 1), instant("2026-11-05 10:00"))
    assert taken.counts == {"accepted": 1}
    assert stored(shop) == (1, 1)


def _end_backend(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])


# In processes of its own


def start(vendor: Vendor, path: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "manage.py", "import_events", str(path), "--tenant", vendor.tenant.slug]
    return subprocess.Popen([*command, "--processes", "2"], cwd=CLONE, env=named("import"), stdout=subprocess.DEVNULL)


def children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "--parent", str(pid)], check=False, capture_output=True, text=True)
    return [int(one) for one in found.stdout.split()]


def test_killed_and_run_again_each_event_is_counted_once(shop: Vendor, tmp_path: Path) -> None:
    """Killed with -9 once something is in; its helpers end by themselves, and the second run does what is left.

    Somebody else has sent the last event of the file in a transaction that has not ended: its portion has to wait.
    """
    path = ndjson(tmp_path / "events.ndjson", *[ticket(str(n), properties={"n": n}) for n in range(5_000)])
    with scope(shop.tenant.pk), start(shop, path) as first:
        shop.send(ticket("4999"), at=clock.now().isoformat())
        wait_until(lambda: Event.objects.count() > 1)
        helpers = children(first.pid)
        first.kill()
        transaction.set_rollback(True)
    wait_until(lambda: not any(Path(f"/proc/{one}").exists() for one in helpers))
    wait_until_gone("import")
    with scope(shop.tenant.pk):
        before = Event.objects.count()
    assert 0 < before < 5_000
    assert run(shop, path, "--processes", "1") == NOTHING | {"accepted": 5_000 - before, "duplicate": before}
    assert stored(shop) == (5_000, 5_000)
