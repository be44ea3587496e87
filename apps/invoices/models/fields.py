"""What several documents have in common."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models

from apps.tenants.base import TenantModel

MONEY_DIGITS = 80
"""Of an amount: so that whatever prices and events are accepted, of 18 digits each, their invoice can be written.

The most is a package of a trillionth of a unit: 10^18 units of each of a trillion events, at 10^18 each, are 10^60.
"""


def money_field() -> "models.DecimalField[Decimal, Decimal]":
    """An amount in the minor unit of the document's currency; none has more than 4 digits."""
    return models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=4, default=Decimal(0))


def day_of(document: Mapping[str, Any], name: str) -> date | None:
    """A day that stands on the document, such as "issued_on"; None where it has none yet."""
    return date.fromisoformat(document[name]) if document[name] else None


class DocumentLine(TenantModel):
    """One line as it stands on a document."""

    append_only = True

    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8)
    outcome = models.CharField(max_length=128, null=True)
    description = models.CharField(max_length=300)
    period_start = models.DateField()
    period_end = models.DateField()
    quantity = models.DecimalField(max_digits=60, decimal_places=12, null=True)
    amount = money_field()
    amount_exact = models.TextField()
    breakdown = models.JSONField(default=list)
    definitions = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.description
