"""What must happen after a commit happens: afterwards, in order, once, and again until it succeeds."""

import base64
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from apps.outbox.heartbeat import client
from apps.outbox.models import OutboxEntry
from apps.outbox.outbox import LONGEST_WAIT, drain, put
from apps.tenants.scope import NoTenant, scope
from dev.processes import free_port
from tests.cast import Vendor
from tests.outbox.conftest import NOON, Outbox, in_another_process
from tests.threads import at_once
from tests.worker import wait_until_gone

# Done


def test_what_was_put_is_done_once(outbox: Outbox) -> None:
    outbox.put("note", "mail")
    assert (outbox.drain(), outbox.drain()) == (1, 0)
    assert outbox.done == ["mail"]


def test_what_was_put_first_is_done_first(outbox: Outbox) -> None:
    outbox.put("note", "pdf", "mail", "webhook")
    outbox.drain()
    assert outbox.done == ["pdf", "mail", "webhook"]


def test_what_is_due_earlier_is_done_first_whenever_it_was_put(outbox: Outbox) -> None:
    outbox.put("note", "later", at=NOON)
    outbox.put("note", "earlier", at=NOON - timedelta(minutes=1))
    outbox.drain()
    assert outbox.done == ["earlier", "later"]


def test_nothing_is_done_before_it_is_due(outbox: Outbox) -> None:
    outbox.put("note", "reminder", at=NOON + timedelta(seconds=1))
    assert outbox.drain(NOON) == 0
    assert outbox.drain(NOON + timedelta(seconds=1)) == 1


def test_a_handler_may_put_what_follows_from_it(outbox: Outbox) -> None:
    outbox.put("note_and_put_another", "pdf")
    assert outbox.drain() == 2
    assert outbox.done == ["pdf", "pdf, then"]


def test_an_entry_says_when_it_was_done(outbox: Outbox) -> None:
    outbox.put("note", "mail")
    outbox.drain(NOON + timedelta(minutes=1))
    entry = outbox.entry("mail")
    assert (entry.done_at, entry.attempts, entry.error) == (NOON + timedelta(minutes=1), 1, "")


def put_and_fail(outbox: Outbox) -> None:
    with suppress(LookupError), scope(outbox.vendor.tenant.pk):
        put("tests.outbox.handlers.note", [f"{outbox.prefix} mail"], at=NOON)
        raise LookupError


def test_what_was_put_by_a_transaction_that_failed_is_never_done(outbox: Outbox) -> None:
    put_and_fail(outbox)
    assert outbox.drain() == 0
    assert outbox.done == []


def test_nothing_is_put_without_a_tenant() -> None:
    with pytest.raises(NoTenant), transaction.atomic():
        put("tests.outbox.handlers.note", ["mail"], at=NOON)


def test_a_drain_does_nothing_of_another_tenant(outbox: Outbox, globex: Vendor) -> None:
    outbox.put("note", "mail")
    assert drain(globex.tenant.pk, at=NOON) == 0
    assert outbox.done == []


# Failing


def test_what_failed_says_why_and_waits(outbox: Outbox) -> None:
    outbox.put("refuse", "mail")
    assert outbox.drain() == 0
    entry = outbox.entry("mail")
    assert entry.error == f"ConnectionError: no mail server for {outbox.prefix} mail"
    assert (entry.done_at, entry.attempts, entry.due_at) == (None, 1, NOON + timedelta(seconds=10))


def test_the_pauses_grow(outbox: Outbox) -> None:
    outbox.put("refuse", "mail")
    pauses, at = [], NOON
    for _ in range(5):
        outbox.drain(at)
        pauses.append((outbox.entry("mail").due_at - at).total_seconds())
        at = outbox.entry("mail").due_at
    assert pauses == [10, 20, 40, 80, 160]


@pytest.mark.parametrize("attempts", [12, 100, 32_000])
def test_no_pause_is_longer_than_the_longest(outbox: Outbox, attempts: int) -> None:
    outbox.put("refuse", "mail")
    with scope(outbox.vendor.tenant.pk):
        OutboxEntry.objects.update(attempts=attempts)
    outbox.drain()
    assert outbox.entry("mail").due_at == NOON + LONGEST_WAIT


@pytest.mark.parametrize("failing", ["refuse", "refuse_with_a_nul", "break_the_transaction", "there_is_no_such"])
def test_what_fails_does_not_hold_up_the_rest(outbox: Outbox, failing: str) -> None:
    outbox.put(failing, "broken")
    outbox.put("note", "mail")
    assert outbox.drain() == 1
    assert outbox.done == ["mail"]
    assert outbox.entry("broken").attempts == 1


def test_what_failed_is_done_again_and_its_error_forgotten(outbox: Outbox) -> None:
    outbox.put("note_then_fail", "mail")
    assert outbox.drain(NOON) == 0
    assert outbox.drain(NOON + timedelta(seconds=10)) == 1
    assert outbox.done == ["mail", "mail"]
    assert (outbox.entry("mail").attempts, outbox.entry("mail").error) == (2, "")


def test_a_worker_killed_after_the_work_and_before_its_commit_is_made_good_by_the_next(
    outbox: Outbox, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    with scope(outbox.vendor.tenant.pk):
        put("tests.outbox.handlers.mark_then_die", [str(marks)], at=NOON)
    killed = in_another_process(
        "from uuid import UUID\nfrom datetime import datetime\nfrom apps.outbox.outbox import drain\n"
        f"drain(UUID('{outbox.vendor.tenant.pk}'), at=datetime.fromisoformat('{NOON.isoformat()}'))",
        PGAPPNAME="killed",
    )
    assert killed.returncode == -9
    wait_until_gone("killed")
    assert outbox.drain() == 1
    assert marks.read_text() == "done\ndone\n"


# Several at once


def test_two_workers_share_the_work_and_do_each_thing_once(outbox: Outbox) -> None:
    keys = [f"mail-{n:02}" for n in range(20)]
    outbox.put("note_in_company", *keys)
    assert at_once(outbox.drain, outbox.drain) == [10, 10]
    assert sorted(one.split()[0] for one in outbox.done) == keys
    assert len({one.split(maxsplit=1)[1] for one in outbox.done}) == 2


# Waking a worker


def queued_for(outbox: Outbox) -> bool:
    """Whether Valkey holds a message that asks to drain this tenant's outbox."""
    with client() as valkey:
        messages = valkey.lrange("outbox", 0, -1)
    return any(str(outbox.vendor.tenant.pk).encode() in _body(one) for one in messages)


def _body(message: bytes) -> bytes:
    return base64.b64decode(json.loads(message)["body"])


def test_a_commit_wakes_a_worker(outbox: Outbox) -> None:
    outbox.put("note", "mail")
    assert queued_for(outbox)


def test_a_rollback_wakes_nobody(outbox: Outbox) -> None:
    put_and_fail(outbox)
    assert not queued_for(outbox)


def test_without_a_broker_the_work_is_kept_and_the_request_does_not_fail(outbox: Outbox) -> None:
    nobody_listens = f"redis://127.0.0.1:{free_port()}/0"
    request = in_another_process(
        "from datetime import datetime\nfrom uuid import UUID\n"
        "from apps.outbox.outbox import put\nfrom apps.tenants.scope import scope\n"
        f"at = datetime.fromisoformat('{NOON.isoformat()}')\n"
        f"with scope(UUID('{outbox.vendor.tenant.pk}')):\n"
        f"    put('tests.outbox.handlers.note', ['{outbox.prefix} mail'], at=at)\n"
        "print('answered')",
        REDIS_URL=nobody_listens,
    )
    assert (request.stdout, request.returncode) == ("answered\n", 0), request.stderr
    assert "waits for beat" in request.stderr
    assert outbox.drain() == 1
