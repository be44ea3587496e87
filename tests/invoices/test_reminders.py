"""Reminders: on the days that the tenant set, once each, and none for what is paid, void or long past."""

from datetime import timedelta

import pytest
from django.core import mail as sent

from apps.invoices.close import close_tenant
from apps.invoices.models import Invoice
from apps.invoices.remind import NotOverdue, remind, remind_due, step_of
from apps.outbox.models import Mail
from apps.outbox.outbox import drain
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.cast import Vendor, instant

DUE = instant("2026-11-01 05:00") + timedelta(days=30)
"""Halden's invoice for October is issued on 1 November and due on the first of December, in New York."""


@pytest.fixture
def invoice(northwind: Vendor) -> Invoice:
    northwind.definition()
    northwind.subscribe(northwind.customer(), northwind.plan(), "2026-10-01")
    close_tenant(northwind.tenant.pk, at=instant("2026-11-01 05:00"))
    with scope(northwind.tenant.pk):
        return Invoice.objects.select_related("customer").get()


def days_late(vendor: Vendor, *days: float) -> list[str]:
    """The steps reminded of when the reminders run so many days after the due date, one run after the other."""
    for one in days:
        remind_due(vendor.tenant.pk, at=DUE + timedelta(days=one))
    with scope(vendor.tenant.pk):
        keys = Mail.objects.filter(kind="reminder").order_by("pk").values_list("key", flat=True)
        return [key.rpartition(":")[2] for key in keys]


def change(vendor: Vendor, **fields: object) -> None:
    with scope(vendor.tenant.pk):
        Invoice.objects.update(**fields)


def test_each_step_is_taken_once_on_its_day(northwind: Vendor, invoice: Invoice) -> None:
    assert days_late(northwind, *range(-1, 40)) == ["7", "21"]


def test_not_before_the_day_begins_at_the_customers(northwind: Vendor, invoice: Invoice) -> None:
    """Due at midnight in New York: the eighth of December begins there at 05:00 UTC."""
    assert days_late(northwind, 7 - 1 / 86400) == []
    assert days_late(northwind, 7) == ["7"]


def test_after_an_outage_only_the_newest_step_is_taken(northwind: Vendor, invoice: Invoice) -> None:
    assert days_late(northwind, 22) == ["21"]


def test_what_became_due_long_ago_rests(northwind: Vendor, invoice: Invoice) -> None:
    assert days_late(northwind, 11, 300) == []


def test_none_after_it_is_paid(northwind: Vendor, invoice: Invoice) -> None:
    change(northwind, status=Invoice.Status.PAID, paid=invoice.total)
    assert days_late(northwind, 7, 21) == []


def test_none_after_it_is_void(northwind: Vendor, invoice: Invoice) -> None:
    change(northwind, status=Invoice.Status.VOID)
    assert days_late(northwind, 7, 21) == []


def test_a_vendor_may_have_no_reminders(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk):
        Profile.objects.update(reminder_days=[])
    assert days_late(northwind, 7, 21) == []


def test_it_names_invoice_amount_and_day_and_carries_the_pdf(northwind: Vendor, invoice: Invoice) -> None:
    change(northwind, paid=40)
    days_late(northwind, 7)
    sent.outbox.clear()
    drain(northwind.tenant.pk, at=DUE + timedelta(days=7))
    message = next(one for one in sent.outbox if "Reminder" in one.subject)
    assert message.subject == f"Reminder: invoice {invoice.number} from Northwind Support AI is overdue"
    assert "was due on 1 December 2026" in message.body
    assert "59.00 USD" in message.body
    assert message.attachments[0].filename == f"{invoice.number}.pdf"


def test_one_that_waited_until_it_was_paid_is_not_sent(northwind: Vendor, invoice: Invoice) -> None:
    days_late(northwind, 7)
    change(northwind, status=Invoice.Status.PAID, paid=invoice.total)
    drain(northwind.tenant.pk, at=DUE + timedelta(days=7))
    with scope(northwind.tenant.pk):
        assert Mail.objects.get(kind="reminder").error == f"Not sent: {invoice.number} is paid meanwhile."


def test_by_hand_it_is_written_once_a_day(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk):
        assert remind(invoice, at=DUE + timedelta(days=1, hours=1))
        assert remind(invoice, at=DUE + timedelta(days=1, hours=2)) is None
        assert remind(invoice, at=DUE + timedelta(days=2))


def test_by_hand_only_what_is_overdue(northwind: Vendor, invoice: Invoice) -> None:
    with scope(northwind.tenant.pk), pytest.raises(NotOverdue, match="can pay it until the end of 2026-12-01"):
        remind(invoice, at=DUE + timedelta(hours=23))


def test_a_step_is_that_of_the_day_at_the_customers(invoice: Invoice) -> None:
    assert step_of(invoice, [0, 7], DUE) == 0
