"""Mails are kept and sent through a real SMTP server; what it refuses, and when it is away, stands on their rows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.outbox import mail
from apps.outbox.mail import MOST_ATTEMPTS, Attachment, Letter, Unwanted
from apps.outbox.models import Mail, OutboxEntry
from apps.outbox.outbox import drain
from apps.tenants.scope import scope
from dev.processes import free_port
from tests.cast import Vendor
from tests.outbox.conftest import NOON
from tests.outbox.post_office import PostOffice, post_office, use

INES, TOM = "ines@halden.example", "tom@halden.example"


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as office:
        use(settings, office.port)
        yield office


def attach(written: Mail, *, at: datetime) -> list[Attachment]:
    """What a mail of these tests carries."""
    return [("note.pdf", b"%PDF-1.7", "application/pdf")]


def attach_nothing(written: Mail, *, at: datetime) -> list[Attachment]:
    """It was written for nothing."""
    raise Unwanted("CF-2026-0001 is paid meanwhile.")


def write(vendor: Vendor, *, key: str = "invoice:1", to: list[str] | None = None, attach: str = "") -> Mail | None:
    letter = Letter(
        "invoice", to or [INES, TOM], "Invoice 1", "Here it is.", "<p>Here it is.</p>", "us@northwind.example"
    )
    with scope(vendor.tenant.pk):
        return mail.write(key, letter, attach=attach and f"{__name__}.{attach}", at=NOON)


def sent(vendor: Vendor, at: datetime = NOON) -> Mail:
    """The newest mail after what is due was done."""
    drain(vendor.tenant.pk, at=at)
    with scope(vendor.tenant.pk):
        return Mail.objects.latest("pk")


def test_a_mail_reaches_all_its_recipients(northwind: Vendor, office: PostOffice) -> None:
    write(northwind)
    assert sent(northwind).state == Mail.State.SENT
    [(recipients, message)] = office.taken
    assert recipients == [INES, TOM]
    assert (message["Subject"], message["Reply-To"]) == ("Invoice 1", "us@northwind.example")


def test_it_carries_what_is_attached_when_it_is_sent(northwind: Vendor, office: PostOffice) -> None:
    write(northwind, attach="attach")
    sent(northwind)
    [part] = office.taken[0][1].iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("note.pdf", b"%PDF-1.7")


def test_a_key_is_written_once(northwind: Vendor, office: PostOffice) -> None:
    assert write(northwind)
    assert write(northwind) is None
    sent(northwind)
    assert len(office.taken) == 1


def test_a_sent_mail_is_not_sent_by_a_second_entry(northwind: Vendor, office: PostOffice) -> None:
    written = write(northwind)
    sent(northwind)
    with scope(northwind.tenant.pk):
        mail.send(str(written and written.pk), at=NOON)
    assert len(office.taken) == 1


def test_sending_again_is_a_mail_of_its_own_that_names_the_first(northwind: Vendor, office: PostOffice) -> None:
    first = write(northwind)
    again = sent(northwind)
    with scope(northwind.tenant.pk):
        mail.send_again(again, at=NOON)
    last = sent(northwind)
    assert (last.again_id, last.state) == (first and first.pk, Mail.State.SENT)
    once, twice = (message["Message-ID"] for _, message in office.taken)
    assert once != twice


def test_whom_the_server_refuses_is_named_and_the_mail_has_failed(northwind: Vendor, office: PostOffice) -> None:
    office.refused = {INES}
    write(northwind, to=[INES])
    failed = sent(northwind)
    assert (failed.state, failed.error) == (Mail.State.FAILED, f"{INES} was refused: 550 nobody of that name")


def test_one_refused_of_two_is_named_on_a_mail_that_was_sent(northwind: Vendor, office: PostOffice) -> None:
    office.refused = {INES}
    write(northwind)
    one = sent(northwind)
    assert (one.state, one.error) == (Mail.State.SENT, f"{INES} was refused: 550 nobody of that name")
    assert office.taken[0][0] == [TOM]


UNWRITABLE = f"ap@{'ü' * 63}.example"
"""It has the form of an address, and is kept since before addresses were looked at more closely."""


def test_an_address_that_no_mail_can_be_written_to_keeps_it_from_nobody_else(
    northwind: Vendor, office: PostOffice
) -> None:
    write(northwind, to=[UNWRITABLE, TOM])
    one = sent(northwind)
    assert (one.state, one.error) == (Mail.State.SENT, f"No mail can be sent to {UNWRITABLE}")
    assert office.taken[0][0] == [TOM]


def test_a_mail_that_can_be_written_to_nobody_has_failed(northwind: Vendor, office: PostOffice) -> None:
    write(northwind, to=[UNWRITABLE])
    one = sent(northwind)
    assert (one.state, one.error, office.taken) == (Mail.State.FAILED, f"No mail can be sent to {UNWRITABLE}", [])


def test_a_busy_server_is_tried_again_later(northwind: Vendor, office: PostOffice) -> None:
    office.busy = True
    write(northwind)
    waiting = sent(northwind)
    assert (waiting.state, waiting.attempts) == (Mail.State.WAITING, 1)
    office.busy = False
    assert sent(northwind, NOON + timedelta(seconds=59)).state == Mail.State.WAITING
    later = sent(northwind, NOON + timedelta(minutes=1))
    assert (later.state, later.attempts, later.error) == (Mail.State.SENT, 2, "")


def test_a_server_that_is_down_is_tried_for_hours_and_then_it_has_failed(northwind: Vendor, settings: Any) -> None:
    use(settings, free_port())
    write(northwind)
    at = NOON
    for _ in range(MOST_ATTEMPTS):
        one = sent(northwind, at)
        at += timedelta(hours=9)
    assert (one.state, one.attempts) == (Mail.State.FAILED, MOST_ATTEMPTS)
    assert "could not be reached" in one.error
    with scope(northwind.tenant.pk):
        assert not OutboxEntry.objects.filter(done_at=None).exists()


def test_why_a_server_is_out_of_reach_is_said_in_words(northwind: Vendor, settings: Any) -> None:
    use(settings, free_port())
    write(northwind)
    assert sent(northwind).error == "The mail server could not be reached: Connection refused"


def test_one_that_waits_says_when_it_is_tried_next_and_may_be_tried_now(northwind: Vendor, office: PostOffice) -> None:
    """A third attempt would come three minutes after the first; the server is mended before."""
    office.busy = True
    write(northwind)
    sent(northwind)
    waiting = sent(northwind, NOON + timedelta(minutes=1))
    mended = NOON + timedelta(minutes=2)
    office.busy = False
    with scope(northwind.tenant.pk):
        assert mail.next_try(waiting) == NOON + timedelta(minutes=3)
        mail.try_now(waiting, at=mended)
    assert sent(northwind, mended).state == Mail.State.SENT
    drain(northwind.tenant.pk, at=NOON + timedelta(days=1))
    assert len(office.taken) == 1


def test_what_lost_its_point_is_not_sent(northwind: Vendor, office: PostOffice) -> None:
    write(northwind, attach="attach_nothing")
    one = sent(northwind)
    assert (one.state, one.error) == (Mail.State.FAILED, "Not sent: CF-2026-0001 is paid meanwhile.")
    assert office.taken == []


def unheard(vendor: Vendor) -> int:
    with scope(vendor.tenant.pk):
        return mail.failed().count()


def test_a_mail_that_failed_is_counted_until_a_copy_arrives(northwind: Vendor, office: PostOffice) -> None:
    office.refused = {INES}
    write(northwind, to=[INES])
    failed = sent(northwind)
    with scope(northwind.tenant.pk):
        mail.send_again(failed, at=NOON)
    sent(northwind)
    assert unheard(northwind) == 2
    office.refused = set()
    with scope(northwind.tenant.pk):
        mail.send_again(failed, at=NOON)
    sent(northwind)
    assert unheard(northwind) == 0


def test_what_lost_its_point_is_not_counted_as_failed(northwind: Vendor, office: PostOffice) -> None:
    write(northwind, attach="attach_nothing")
    sent(northwind)
    assert unheard(northwind) == 0


def test_without_a_mail_server_the_log_has_the_text_and_names_what_is_attached(
    northwind: Vendor, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.MAILERS = {"default": {"BACKEND": "apps.outbox.console_mail.LogBackend"}}
    write(northwind, attach=f"{attach.__name__}")
    assert sent(northwind).state == Mail.State.SENT
    log = capsys.readouterr().out
    assert f"To: {INES}, {TOM}\nSubject: Invoice 1\nAttached: note.pdf, 8 bytes\n\nHere it is.\n" in log
    assert "<p>" not in log
