"""What a customer has to his credit: the sum of his balance entries, which is never below zero.

Whoever moves money locks in this order: the customers by id, the invoices by id, the number series.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from apps.common.arrays import array
from apps.common.money import amount_text, exact
from apps.common.statements import read
from apps.invoices.models import BalanceEntry, Invoice
from apps.invoices.subscribe import Refused
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

ZERO = Decimal(0)


class TooMuch(Refused):
    """More than is left: of a line or an invoice to credit, of a payment to refund."""

    def __init__(self, left: Decimal, currency: str, what: str) -> None:
        most = f"{Decimal(amount_text(max(left, ZERO), currency)):,f}"
        super().__init__(f"Only {most} {currency} {what}.")


TAKES_MONEY = (Invoice.Status.ISSUED, Invoice.Status.PAID)


def balance_of(customer: Customer) -> Decimal:
    """What the customer has to his credit."""
    return balances([customer.pk]).get(customer.pk, ZERO)


BALANCES = """
SELECT customer_id, sum(amount) FROM invoices_balanceentry WHERE tenant_id = %b AND customer_id = ANY(%b::uuid[])
GROUP BY customer_id
"""


def balances(customer_ids: Iterable[UUID]) -> Mapping[UUID, Decimal]:
    """The balance of each of these customers who has one, in one statement."""
    sums = read(BALANCES, [current_tenant_id(), array("uuid", list(set(customer_ids)))])
    return {customer_id: amount for customer_id, amount in sums if amount}


def with_balance(customers: QuerySet[Customer]) -> QuerySet[Any]:
    """The customers annotated with `balance`."""
    entries = BalanceEntry.objects.filter(customer=OuterRef("pk")).values("customer_id")
    rows: QuerySet[Any] = customers.annotate(
        balance=Coalesce(Subquery(entries.annotate(sum=Sum("amount")).values("sum")), Value(ZERO))
    )
    return rows


def lock_customers(customer_ids: Iterable[UUID]) -> None:
    """Let nobody else move the money of these customers until the transaction ends."""
    rows = Customer.objects.filter(pk__in=set(customer_ids)).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk"))


def hold(invoice_id: UUID) -> Invoice:
    """The invoice as it is now, locked after its customer.

    Raises Refused for a draft, which takes no money; Invoice.DoesNotExist.
    """
    seen: Invoice = Invoice.objects.only("customer_id", "status").get(pk=invoice_id)
    if seen.status == Invoice.Status.DRAFT:
        raise Refused("This invoice is a draft: issue it first.")
    lock_customers([seen.customer_id])
    rows = Invoice.objects.select_for_update(of=("self",), no_key=True).select_related("customer")
    held: Invoice = rows.get(pk=invoice_id)
    return held


def covered(invoice: Invoice) -> Decimal:
    """What of the money paid the invoice still needs; what credits made superfluous is in the balance."""
    with exact():
        return min(invoice.paid, invoice.total - invoice.credited)


def settle(invoice: Invoice) -> None:
    """Store what is paid and credited, and the status that follows; a void one stays void. Needs `hold`."""
    if invoice.status in TAKES_MONEY:
        invoice.status = Invoice.Status.ISSUED if invoice.due else Invoice.Status.PAID
    invoice.save(update_fields=["paid", "credited", "status"])


def hold_balances(customer_ids: Iterable[UUID]) -> Mapping[UUID, Decimal]:
    """The balance of each of these customers who has one, which nobody else moves until the transaction ends.

    One statement where nobody has a balance, else three. It locks customers: no invoice nor series may be locked yet.
    """
    waiting = balances(customer_ids)
    if not waiting:
        return waiting
    lock_customers(waiting)
    return balances(waiting)


def apply_balances(invoices: Sequence[Invoice], held: Mapping[UUID, Decimal], *, at: datetime) -> None:
    """Pay invoices, in this order, from balances that `hold_balances` gave: after tax, and by no line.

    They are just issued, or locked; they are changed in place and in the database.
    """
    if not held:
        return
    left = dict(held)
    entries, paid = [], []
    with exact():
        for one in invoices:
            taken = min(left.get(one.customer_id, ZERO), one.due)
            if not taken:
                continue
            left[one.customer_id] -= taken
            one.paid += taken
            one.status = Invoice.Status.ISSUED if one.due else Invoice.Status.PAID
            entries.append(_applied(one, taken, at))
            paid.append(one)
    BalanceEntry.objects.bulk_create(entries)
    Invoice.objects.bulk_update(paid, ["paid", "status"])


def _applied(invoice: Invoice, amount: Decimal, at: datetime) -> BalanceEntry:
    return BalanceEntry(
        customer_id=invoice.customer_id,
        kind=BalanceEntry.Kind.APPLIED,
        currency=invoice.currency,
        amount=-amount,
        invoice=invoice,
        at=at,
    )
