"""Many invoices at once: chosen in their list, asked about, and done by a job whose page tells how far it is."""

import re
from typing import Any

import pytest
from django.core import mail as post
from django.test import Client

from apps.common import clock
from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.outbox import jobs
from apps.outbox.models import Job, JobItem, Mail
from apps.outbox.outbox import drain
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.console.desk import client_of, text_of

LIST = "/invoices"


@pytest.fixture
def invoices(northwind: Vendor) -> list[Invoice]:
    """Three customers' invoices of September, overdue since October; the third one's is paid."""
    northwind.definition()
    plan = northwind.plan()
    for name in ("halden", "kestrel", "lumen"):
        northwind.subscribe(northwind.customer(name, name=name.title()), plan, "2026-09-01")
    northwind.send(ticket("1"), at="2026-09-05 10:00")
    close_tenant(northwind.tenant.pk, at=instant("2026-10-02 00:00"))
    with scope(northwind.tenant.pk):
        Invoice.objects.filter(customer__external_id="lumen").update(status="paid", paid="99")
        return list(Invoice.objects.order_by("customer__external_id"))


def choose(vendor: Vendor, do: str, chosen: list[Invoice], url: str = LIST, **more: str) -> Any:
    """Choose, and say yes."""
    ids = [str(one.pk) for one in chosen]
    return client_of(vendor).post(url, {"do": do, "invoice": ids, "confirmed": "yes"} | more)


def done(vendor: Vendor) -> Job:
    """The newest job, done."""
    with scope(vendor.tenant.pk):
        job: Job = Job.objects.latest("pk")
    while jobs.do_some(vendor.tenant.pk, job.pk, at=clock.now()):
        pass
    return job


def overdue(vendor: Vendor, invoices: list[Invoice]) -> list[Invoice]:
    """All three of them, unpaid."""
    with scope(vendor.tenant.pk):
        Invoice.objects.update(status="issued", paid=0)
    return invoices


def page_of(vendor: Vendor, job: Job, client: Client | None = None) -> str:
    return text_of((client or client_of(vendor)).get(f"/jobs/{job.pk}"))


def test_the_reader_is_asked_first_and_all_he_chose_is_carried_on(northwind: Vendor, invoices: list[Invoice]) -> None:
    ids = [str(one.pk) for one in invoices]
    page = text_of(client_of(northwind).post(LIST, {"do": "remind", "invoice": ids}))
    assert "Remind of 2 invoices?" in page
    assert "1 of the 3 chosen can&#x27;t be, and stay as they are." in page
    assert all(f'value="{id}"' in page for id in ids)
    with scope(northwind.tenant.pk):
        assert not Job.objects.exists()


def test_chosen_invoices_are_reminded_of_and_what_is_paid_meanwhile_says_so(
    northwind: Vendor, invoices: list[Invoice]
) -> None:
    answer = choose(northwind, "remind", overdue(northwind, invoices))
    with scope(northwind.tenant.pk):
        Invoice.objects.filter(pk=invoices[2].pk).update(status="paid")
    job = done(northwind)
    assert answer.headers["Location"] == f"/jobs/{job.pk}"
    page = page_of(northwind, job)
    assert "Finished, and 1 of 3 invoices failed." in page
    assert f"{invoices[2].number} is paid." in page
    with scope(northwind.tenant.pk):
        reminded = Mail.objects.filter(kind="reminder").values_list("about_id", flat=True)
        assert set(reminded) == {invoices[0].pk, invoices[1].pk}


def test_all_that_match_a_filter_can_be_chosen(northwind: Vendor, invoices: list[Invoice]) -> None:
    choose(northwind, "remind", [], f"{LIST}?status=overdue", all="yes")
    with scope(northwind.tenant.pk):
        assert JobItem.objects.count() == 2


def test_chosen_drafts_are_issued_oldest_first(northwind: Vendor, invoices: list[Invoice]) -> None:
    with scope(northwind.tenant.pk):
        Profile.objects.update(review_invoices=True)
    close_tenant(northwind.tenant.pk, at=instant("2026-11-02 00:00"))
    with scope(northwind.tenant.pk):
        drafts = list(Invoice.objects.filter(status="draft").order_by("pk"))
    choose(northwind, "issue", [*drafts, invoices[0]])
    assert "Finished: all 3 invoices are done." in page_of(northwind, done(northwind))
    with scope(northwind.tenant.pk):
        issued = Invoice.objects.filter(pk__in=[one.pk for one in drafts]).order_by("pk")
        numbers = [one.number for one in issued]
    assert None not in numbers
    assert numbers == sorted(numbers)


def test_nothing_chosen_is_said(northwind: Vendor, invoices: list[Invoice]) -> None:
    answer = client_of(northwind).post(LIST, {"do": "remind"}, follow=True)
    assert "Choose the invoices first." in text_of(answer)


@pytest.mark.parametrize(
    ("do", "said"), [("issue", "None of these is a draft"), ("remind", "None of these is overdue")]
)
def test_what_nothing_chosen_can_take_is_said_at_once(
    northwind: Vendor, invoices: list[Invoice], do: str, said: str
) -> None:
    answer = client_of(northwind).post(LIST, {"do": do, "invoice": [str(invoices[2].pk)]}, follow=True)
    assert said in text_of(answer)


def test_what_failed_is_tried_again_once_it_is_asked_for(northwind: Vendor, invoices: list[Invoice]) -> None:
    choose(northwind, "remind", overdue(northwind, invoices))
    with scope(northwind.tenant.pk):
        Invoice.objects.filter(pk=invoices[2].pk).update(status="paid")
    job = done(northwind)
    with scope(northwind.tenant.pk):
        Invoice.objects.filter(pk=invoices[2].pk).update(status="issued", paid=0)
    client = client_of(northwind)
    assert "Try 1 invoice that failed again?" in text_of(client.post(f"/jobs/{job.pk}"))
    client.post(f"/jobs/{job.pk}", {"confirmed": "yes"})
    assert "0 of 1" not in page_of(northwind, job, client)
    done(northwind)
    assert "Finished: all 3 invoices are done." in page_of(northwind, job, client)


def test_while_it_runs_the_page_asks_again_by_itself(northwind: Vendor, invoices: list[Invoice]) -> None:
    choose(northwind, "remind", invoices[:2])
    with scope(northwind.tenant.pk):
        job = Job.objects.get()
    part = client_of(northwind).get(f"/jobs/{job.pk}?part=progress")
    assert 'hx-trigger="every 1s"' in text_of(part)
    assert "<html" not in text_of(part)
    done(northwind)
    assert "hx-trigger" not in text_of(client_of(northwind).get(f"/jobs/{job.pk}?part=progress"))


def test_chosen_invoices_are_exported_to_files(northwind: Vendor, invoices: list[Invoice]) -> None:
    choose(northwind, "export", invoices[:1])
    job = done(northwind)
    client = client_of(northwind)
    page = page_of(northwind, job, client)
    assert "invoices.csv" in page
    content = b"".join(client.get(f"/jobs/{job.pk}/files/invoices.csv")).decode()
    assert re.findall(r"CF-2026-\d+", content) == [invoices[0].number]


def test_the_books_of_a_period_are_exported(northwind: Vendor, invoices: list[Invoice]) -> None:
    client = client_of(northwind)
    form = {"tables": ["invoices", "journal"], "first": "2026-10-01", "last": "2026-10-31"}
    answer = client.post("/exports", form)
    job = done(northwind)
    assert answer.headers["Location"] == f"/jobs/{job.pk}"
    content = b"".join(client.get(f"/jobs/{job.pk}/files/journal-2026-10-01-2026-10-31.csv")).decode()
    assert content.count("receivables") == 3


def test_a_period_that_ends_before_it_begins_is_refused(northwind: Vendor) -> None:
    form = {"tables": ["invoices"], "first": "2026-10-31", "last": "2026-10-01"}
    answer = client_of(northwind).post("/exports", form)
    assert answer.status_code == 422
    assert "must not be before the first" in text_of(answer)


def test_what_is_due_is_closed_cycle_by_cycle(northwind: Vendor, invoices: list[Invoice]) -> None:
    """By now October has ended too; each customer's is an item, and what their close made due comes at the end."""
    client = client_of(northwind)
    assert "Close 3 cycles that are due?" in text_of(client.post(LIST, {"do": "close"}))
    client.post(LIST, {"do": "close", "confirmed": "yes"})
    page = page_of(northwind, done(northwind), client)
    assert "Finished: all 4 steps are done." in page
    with scope(northwind.tenant.pk):
        made = Invoice.objects.filter(period_start="2026-10-01")
        assert made.count() == 3
        assert all(one.number in page for one in made)


def test_closing_says_which_cycle_has_nothing_to_bill(northwind: Vendor) -> None:
    northwind.definition()
    northwind.subscribe(northwind.customer("solo"), northwind.plan(base_fee=None), "2026-10-01")
    with scope(northwind.tenant.pk):
        Profile.objects.update(skip_empty_invoices=True)
    client_of(northwind).post(LIST, {"do": "close", "confirmed": "yes"})
    assert '<span class="muted">Nothing to bill</span>' in page_of(northwind, done(northwind))


def test_one_invoice_is_reminded_of_by_hand(northwind: Vendor, invoices: list[Invoice]) -> None:
    client = client_of(northwind)
    url = f"/invoices/{invoices[0].pk}"
    assert f"Remind of {invoices[0].number}?" in text_of(client.post(f"{url}/remind"))
    client.post(f"{url}/remind", {"confirmed": "yes"})
    assert "Reminder: invoice" in text_of(client.get(url))
    assert "reminded of today already" in text_of(client.post(f"{url}/remind", {"confirmed": "yes"}, follow=True))


def test_globex_sees_no_job_of_northwind(northwind: Vendor, globex: Vendor, invoices: list[Invoice]) -> None:
    choose(northwind, "export", invoices)
    job = done(northwind)
    client = client_of(globex)
    assert client.get(f"/jobs/{job.pk}").status_code == 404
    assert client.get(f"/jobs/{job.pk}/files/invoices.csv").status_code == 404
    assert "No jobs yet" in text_of(client.get("/jobs"))


# Mails


@pytest.fixture
def sent(northwind: Vendor, invoices: list[Invoice]) -> Mail:
    """Halden's mail, sent."""
    drain(northwind.tenant.pk, at=clock.now())
    with scope(northwind.tenant.pk):
        return Mail.objects.get(customer__external_id="halden")


def test_mails_are_listed_and_found(northwind: Vendor, sent: Mail) -> None:
    client = client_of(northwind)
    assert sent.subject in text_of(client.get("/mails", {"q": "halden", "state": "sent"}))
    assert "No mail like that" in text_of(client.get("/mails", {"q": "halden", "state": "failed"}))


def test_a_failed_mail_is_pointed_out_with_its_reason(northwind: Vendor, sent: Mail) -> None:
    with scope(northwind.tenant.pk):
        Mail.objects.filter(pk=sent.pk).update(state="failed", error="ap@halden.example was refused: 550 no")
    client = client_of(northwind)
    assert "1 mail failed." in text_of(client.get("/mails"))
    assert "1 mail did not arrive" in text_of(client.get("/"))
    assert "was refused: 550 no" in text_of(client.get("/mails", {"state": "failed"}))


def test_a_mails_page_shows_what_it_said(northwind: Vendor, sent: Mail) -> None:
    page = text_of(client_of(northwind).get(f"/mails/{sent.pk}"))
    assert "99.00 USD" in page
    assert "ap@halden.example" in page


def test_sending_again_asks_first_and_sends_a_copy(northwind: Vendor, sent: Mail) -> None:
    client = client_of(northwind)
    assert "Send this mail again?" in text_of(client.post(f"/mails/{sent.pk}"))
    post.outbox.clear()
    answer = client.post(f"/mails/{sent.pk}", {"confirmed": "yes"}, follow=True)
    drain(northwind.tenant.pk, at=clock.now())
    assert [message.subject for message in post.outbox] == [sent.subject]
    assert "The first of" in text_of(answer)


def test_globex_sees_no_mail_of_northwind(globex: Vendor, sent: Mail) -> None:
    client = client_of(globex)
    assert client.get(f"/mails/{sent.pk}").status_code == 404
    assert "No mails yet" in text_of(client.get("/mails"))


# Settings


def settings_form(client: Client, **changes: str) -> dict[str, Any]:
    """What the settings page would send."""
    form = client.get("/settings").context["form"]
    shown = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value is not None and value is not False} | changes


@pytest.mark.parametrize(("text", "days"), [("21, 7 7", [7, 21]), ("0000000000014", [14]), ("", [])])
def test_the_days_of_reminders_are_set(northwind: Vendor, text: str, days: list[int]) -> None:
    client = client_of(northwind)
    answer = client.post("/settings", settings_form(client, reminder_days=text))
    assert answer.status_code == 302
    with scope(northwind.tenant.pk):
        assert Profile.objects.get().reminder_days == days


def test_invoices_with_nothing_to_bill_are_skipped_while_that_is_ticked(northwind: Vendor) -> None:
    client, before = client_of(northwind), settings_form(client_of(northwind))
    for sent, skips in ((before | {"skip_empty_invoices": "on"}, True), (before, False)):
        assert client.post("/settings", sent).status_code == 302
        with scope(northwind.tenant.pk):
            assert Profile.objects.get().skip_empty_invoices is skips


@pytest.mark.parametrize("text", ["soon", "7.5", "-1", "0, 7", "000", "400", "000000001000", "1 2 3 4 5 6 7 8 9 10 11"])
def test_days_that_can_not_be_are_refused(northwind: Vendor, text: str) -> None:
    client = client_of(northwind)
    answer = client.post("/settings", settings_form(client, reminder_days=text))
    assert answer.status_code == 422
    assert "reminder_days" in answer.context["form"].errors


@pytest.mark.parametrize("do", ["remind", "export"])
def test_what_takes_nothing_away_is_not_red(northwind: Vendor, invoices: list[Invoice], do: str) -> None:
    page = text_of(client_of(northwind).post(LIST, {"do": do, "invoice": [str(invoices[0].pk)]}))
    assert "button-primary" in page
    assert "button-danger" not in page


def test_what_takes_away_is_red(northwind: Vendor, invoices: list[Invoice]) -> None:
    assert "button-danger" in text_of(client_of(northwind).post(f"/invoices/{invoices[0].pk}/money", {"do": "void"}))


def test_a_number_does_not_break_in_the_question(northwind: Vendor, invoices: list[Invoice]) -> None:
    page = client_of(northwind).post(f"/invoices/{invoices[0].pk}/remind").content.decode()
    assert f'Remind of <span class="nowrap">{invoices[0].number}</span>?' in page


def test_where_nothing_is_due_nobody_is_asked(northwind: Vendor) -> None:
    client = client_of(northwind)
    assert "Nothing is due." in text_of(client.post(LIST, {"do": "close"}, follow=True))
