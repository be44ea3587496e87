"""What was counted and no subscription prices: by outcome and stretch of days, less what was billed by hand."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, Sum

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.models import Usage
from apps.invoices.models import Invoice
from apps.outcomes.catalog import newest_versions
from apps.plans.models import Price, Subscription
from apps.tenants.models import Customer

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Unbilled:
    """What one outcome counted on days that nothing prices; `period` is from the first such day to the last.

    Between two stretches of the same outcome there is a subscription that prices it. `quantity` is what is left after
    invoices by hand; `value` and `items` are those of the whole stretch.
    """

    outcome: str
    name: str
    unit: str
    period: Period
    quantity: Decimal
    value: Decimal
    items: int

    @property
    def key(self) -> str:
        """Its name among those of a customer."""
        return f"{self.outcome}-{self.period.start:%Y%m%d}"


def unbilled(customer: Customer) -> list[Unbilled]:
    """Everything of the customer that is not priced, by outcome and then by days; nothing where all is."""
    found = [one for code, rows in _by_outcome(customer) for one in _stretches(customer, code, rows)]
    by_hand = _billed_by_hand(customer)
    left = [_less(one, [line for line in by_hand if line[0] == one.outcome]) for one in found]
    return [one for one in left if one.quantity > 0]


def billed_by_hand(customer: Customer, outcomes: Collection[str], start: date) -> tuple[str, Period] | None:
    """One of the outcomes, and the days, that an invoice by hand bills on or after `start`; None where none does."""
    found = ((one, days) for one, days, _ in _billed_by_hand(customer) if one in outcomes and days.end > start)
    return next(found, None)


def _by_outcome(customer: Customer) -> list[tuple[str, list[Any]]]:
    """The sums (code, day, quantity, value, items) of the days that no subscription prices, by outcome."""
    pricing = Subscription.objects.filter(
        Q(end=None) | Q(end__gt=OuterRef("day")),
        customer=customer,
        start__lte=OuterRef("day"),
        plan_version__prices__definition=OuterRef("version__definition"),
    )
    rows = (
        Usage.objects.filter(~Exists(pricing), customer=customer)
        .values_list("version__definition__code", "day")
        .annotate(Sum("quantity"), Sum("value"), Sum("items"))
        .filter(quantity__sum__gt=0)
        .order_by("version__definition__code", "day")
    )
    return [(code, list(group)) for code, group in groupby(rows, key=lambda row: row[0])]


def _stretches(customer: Customer, code: str, rows: Sequence[Any]) -> Iterator[Unbilled]:
    """The outcome's days in stretches, cut wherever a subscription began to price it."""
    starts: list[date] = list(
        Price.objects.filter(definition__code=code, plan_version__subscriptions__customer=customer).values_list(
            "plan_version__subscriptions__start", flat=True
        )
    )
    named = newest_versions()[code]
    for _, group in groupby(rows, key=lambda row: sum(start <= row[1] for start in starts)):
        days = list(group)
        period = Period(days[0][1], days[-1][1] + timedelta(days=1))
        with exact():
            sums = [sum((row[column] for row in days), ZERO) for column in (2, 3, 4)]
        yield Unbilled(code, named.name, named.unit, period, sums[0], sums[1], int(sums[2]))


def _billed_by_hand(customer: Customer) -> list[tuple[str, Period, Decimal]]:
    """(outcome, days, quantity) of every line by hand that names an outcome, drafts included."""
    by_hand = Invoice.objects.filter(customer=customer, purpose=Invoice.Purpose.HAND)
    return [
        (line["outcome"], _period(line["period"]), Decimal(line["quantity"]))
        for document in by_hand.exclude(status=Invoice.Status.VOID).values_list("document", flat=True)
        for line in document["lines"]
        if line["outcome"]
    ]


def _period(days: dict[str, str]) -> Period:
    return Period(date.fromisoformat(days["start"]), date.fromisoformat(days["end"]))


def _less(one: Unbilled, lines: Sequence[tuple[str, Period, Decimal]]) -> Unbilled:
    """The stretch less the lines that share a day with it."""
    own = [billed for _, days, billed in lines if days.start < one.period.end and days.end > one.period.start]
    with exact():
        billed = sum(own, ZERO)
        return replace(one, quantity=max(one.quantity - billed, ZERO))
