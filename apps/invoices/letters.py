"""What the mails about documents say, in the document's language: the invoice, the credit note and the reminder."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from apps.common import locales
from apps.common.money import amount_text
from apps.invoices.models import CreditNote, Invoice
from apps.outbox.mail import Letter
from apps.tenants.models import Contact, Customer

INVOICE, CREDIT_NOTE, REMINDER = "invoice", "credit_note", "reminder"
"""Kinds of mails; the first two are also what a mail is about."""


def of_invoice(invoice: Invoice) -> Letter:
    """The invoice comes; needs `customer` fetched with it."""
    return _letter(INVOICE, invoice, invoice.customer, _of_invoice(invoice))


def of_reminder(invoice: Invoice) -> Letter:
    """The invoice is overdue; needs `customer` fetched with it."""
    return _letter(REMINDER, invoice, invoice.customer, _of_invoice(invoice))


def of_credit_note(note: CreditNote) -> Letter:
    """A part of an invoice, or all of it, is taken back; needs `customer` and `invoice` fetched with it."""
    context = {
        "total": amount_text(note.total, note.currency),
        "currency": note.currency,
        "applied": amount_text(note.applied, note.currency),
        "balance": amount_text(note.to_balance, note.currency),
        "to_balance": note.total > note.applied,
        "invoice": note.invoice,
        "url": _page(note.invoice),
    }
    return _letter(CREDIT_NOTE, note, note.customer, context)


def recipients(customer: Customer) -> list[str]:
    """The customer's own address first, then his contacts', each once."""
    contacts = Contact.objects.filter(customer=customer, user__is_active=True).order_by("id")
    addresses = [customer.email, *contacts.values_list("user__email", flat=True)]
    return list({address.lower(): address for address in reversed(addresses) if address}.values())[::-1]


def _of_invoice(invoice: Invoice) -> dict[str, Any]:
    due = amount_text(invoice.due, invoice.currency)
    return {"due": due, "is_due": bool(invoice.due), "url": _page(invoice)}


def _page(invoice: Invoice) -> str:
    """Where the customer sees it, with every outcome behind it."""
    return f"{settings.SITE_URL}{reverse('portal:invoice', args=[invoice.pk])}"


def _letter(kind: str, about: Invoice | CreditNote, customer: Customer, context: dict[str, Any]) -> Letter:
    document = about.document
    context = context | {"document": document, "number": about.number}
    with locales.speaking(document.get("locale") or "en"):
        subject, text, html = (
            render_to_string(f"email/{kind}{part}", context) for part in ("_subject.txt", ".txt", ".html")
        )
    return Letter(
        kind=kind,
        to=recipients(customer),
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        reply_to=document["seller"]["email"],
        about=CREDIT_NOTE if isinstance(about, CreditNote) else INVOICE,
        about_id=about.pk,
        customer=customer,
    )
