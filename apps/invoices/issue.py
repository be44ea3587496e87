"""Issuing: a rated cycle becomes a numbered document that never changes, once and only once."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from apps.common.money import amount_text
from apps.invoices.document import Heading, build
from apps.invoices.draft import Draft
from apps.invoices.issuer import Issuer
from apps.invoices.models import Cycle, Invoice, InvoiceLine
from apps.outbox.outbox import put
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id

TAKE_NUMBER = """
INSERT INTO invoices_numberseries AS series (tenant_id, id, code, next) VALUES (%s, %s, %s, 2)
ON CONFLICT (tenant_id, code) DO UPDATE SET next = series.next + 1
RETURNING next - 1
"""


def take_number(prefix: str, year: int) -> str:
    """The next number of the tenant's series, such as CF-2026-0001.

    The series' row stays locked until the transaction ends, and goes back with it: so no number is ever missing.
    """
    code = f"{prefix}-{year}"
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NUMBER, [current_tenant_id(), new_id(), code])
        return f"{code}-{cursor.fetchone()[0]:04d}"


def issue(cycle: Cycle, draft: Draft, purpose: str, *, issuer: Issuer, at: datetime) -> Invoice:
    """Freeze the draft as an invoice, number it, and put its PDF and its mail in the outbox.

    Needs the cycle's row locked; a second invoice of the same cycle and purpose is refused by the database.
    """
    buyer = cycle.customer
    due_at = at + timedelta(days=issuer.profile.payment_days)
    number = take_number(issuer.profile.invoice_prefix, buyer.today(at).year)
    plan = cycle.subscription.plan_version
    document = build(draft, Heading(number, at, due_at), issuer=issuer, buyer=buyer, plan=plan)
    subtotal, discount, tax, total = (Decimal(document[name]) for name in ("subtotal", "discount", "tax", "total"))
    invoice: Invoice = Invoice.objects.create(
        customer=buyer,
        subscription=cycle.subscription,
        cycle=cycle,
        purpose=purpose,
        number=number,
        status=Invoice.Status.ISSUED if total else Invoice.Status.PAID,
        currency=draft.terms.currency,
        period_start=draft.period.start,
        period_end=draft.period.end,
        issued_at=at,
        due_at=due_at,
        subtotal=subtotal,
        discount=discount,
        tax=tax,
        total=total,
        document=document,
    )
    write_lines(invoice)
    put("apps.invoices.deliver.store_pdf", [str(invoice.pk)], at=at)
    put("apps.invoices.deliver.mail_invoice", [str(invoice.pk)], at=at)
    return invoice


def write_lines(invoice: Invoice) -> None:
    """The document's lines as rows, so that they can be asked about."""
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=line["kind"],
            outcome=line["outcome"],
            description=line["description"],
            period_start=line["period"]["start"],
            period_end=line["period"]["end"],
            quantity=Decimal(line["quantity"]),
            amount=Decimal(line["amount"]),
            amount_exact=line["amount_exact"],
            breakdown=line["breakdown"],
            definitions=line["definitions"],
        )
        for position, line in enumerate(invoice.document["lines"])
    )


def amount_of(invoice: Invoice, amount: Decimal) -> str:
    """An amount of the invoice as the API writes it."""
    return amount_text(amount, invoice.currency)
