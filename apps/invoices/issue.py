"""Issuing: rated cycles become numbered documents that never change, once and only once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from apps.common.inserts import Inserts
from apps.common.money import amount_text
from apps.common.periods import local_day, midnight
from apps.invoices.balance import ZERO, apply_balances, hold_balances
from apps.invoices.document import Heading
from apps.invoices.issuer import Issuer
from apps.invoices.models import Invoice, InvoiceLine
from apps.invoices.numbers import take_numbers
from apps.outbox.outbox import put_all
from apps.tenants.base import new_id
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

LINES = Inserts(
    InvoiceLine,
    id="uuid",
    invoice_id="uuid",
    position="int",
    kind="code",
    outcome="code",
    description="code",
    period_start="day",
    period_end="day",
    quantity="number",
    amount="number",
    amount_exact="code",
    breakdown="json",
    definitions="json",
)
AFTER_ISSUE = ("apps.invoices.deliver.store_pdf", "apps.invoices.deliver.mail_invoice")


def heading(issuer: Issuer, buyer: Customer, *, at: datetime) -> Heading:
    """The heading of what is issued now; `issue` puts the number in."""
    return Heading("", at, due_at(at, issuer.profile.payment_days, buyer.zone))


@lru_cache(maxsize=1024)
def due_at(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """When what is issued now is due: so many of the customer's days after his day of issue, also where his clocks
    change in between. The same for all of a batch who live in one zone.
    """
    wait = timedelta(days=days)
    day = local_day(at, zone) + wait
    first, after = (midnight(one, zone) for one in (day, day + timedelta(days=1)))
    return min(max(at + wait, first), after - timedelta(seconds=1))


def fill(invoice: Invoice, document: dict[str, Any]) -> Invoice:
    """Put a document, and its sums as columns, on the invoice."""
    invoice.document = document
    for name in ("subtotal", "discount", "tax", "total"):
        setattr(invoice, name, Decimal(document[name]))
    return invoice


def issue(
    invoices: Sequence[Invoice], write: Callable[[Sequence[Invoice]], object], issuer: Issuer, *, at: datetime
) -> None:
    """Issue filled invoices: number them in order, have `write` write their rows, and pay them from balances.

    Their lines become rows too, and their PDFs and mails go to the outbox. Customers are locked first and the number
    series last, and behind it stands only what needs the number: other issuers of the tenant wait meanwhile.
    """
    held = hold_balances(invoice.customer_id for invoice in invoices)
    put_all([(handler, [str(invoice.pk)]) for invoice in invoices for handler in AFTER_ISSUE], at=at)
    lines = LINES.ready(current_tenant_id(), [line for invoice in invoices for line in lines_of(invoice)])
    _number(invoices, issuer, at=at)
    write(invoices)
    lines()
    apply_balances(invoices, held, at=at)


def _number(invoices: Sequence[Invoice], issuer: Issuer, *, at: datetime) -> None:
    """Numbers, dates and status: one of nothing is paid. Needs `customer` on each."""
    years = [invoice.customer.today(at).year for invoice in invoices]
    for invoice, taken in zip(invoices, take_numbers(issuer.profile.invoice_prefix, years), strict=True):
        invoice.document["number"] = invoice.number = taken
        invoice.status = Invoice.Status.ISSUED if invoice.total else Invoice.Status.PAID
        invoice.issued_at, invoice.due_at = at, heading(issuer, invoice.customer, at=at).due_at
        invoice.due_on = invoice.customer.today(invoice.due_at)
        invoice.paid = ZERO


def lines_of(invoice: Invoice) -> Iterator[tuple[Any, ...]]:
    """The document's lines as rows (LINES), so that they can be asked about."""
    for position, line in enumerate(invoice.document["lines"]):
        period = line["period"]
        yield (
            new_id(),
            invoice.pk,
            position,
            line["kind"],
            line["outcome"],
            line["description"],
            date.fromisoformat(period["start"]),
            date.fromisoformat(period["end"]),
            line["quantity"],
            line["amount"],
            line["amount_exact"],
            line["breakdown"],
            line["definitions"],
        )


def amount_of(invoice: Invoice, amount: Decimal) -> str:
    """An amount of the invoice as the API writes it."""
    return amount_text(amount, invoice.currency)
