"""Usage as a mistake or a broken disk might leave it, and what it should be."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Sum

from apps.events.models import Usage
from apps.tenants.scope import scope
from tests.cast import Vendor

DAMAGE = {
    "a row is lost": lambda rows: Usage.objects.filter(pk=rows.first().pk).delete(),
    "all rows are lost": lambda rows: rows.delete(),
    "a quantity is wrong": lambda rows: Usage.objects.filter(pk=rows.first().pk).update(quantity=F("quantity") + 7),
    "a value is wrong": lambda rows: rows.update(value=Decimal("0.000000000001")),
    "items are counted twice": lambda rows: rows.update(items=F("items") * 2),
    "what is late is wrong": lambda rows: rows.update(late=F("late") + 1),
    "what is held is wrong": lambda rows: rows.update(held=F("held") + 1),
    "what is voided is wrong": lambda rows: rows.update(voided=0),
    "entries are lost": lambda rows: rows.update(entries=0),
    "a day is another": lambda rows: rows.update(day=F("day") + timedelta(days=1)),
}
"""Things that befall rows of Usage."""


def damage(vendor: Vendor, kind: str) -> None:
    with scope(vendor.tenant.pk):
        assert DAMAGE[kind](Usage.objects.order_by("-quantity", "pk"))


def entries(vendor: Vendor, customer_id: UUID) -> int:
    """The mark by which a page sees that nothing has changed."""
    with scope(vendor.tenant.pk):
        found = Usage.objects.filter(customer_id=customer_id).aggregate(sum=Sum("entries"))["sum"]
        return int(found or 0)
