"""What a trial means in money: what counted and what would, each rated at the customer's present price."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.trial import Days, Tally, Trial
from apps.invoices.models import Cycle
from apps.plans.models import Subscription
from apps.plans.pricers.usage import UsageRow
from apps.plans.published import terms_of_subscription
from apps.plans.rating import rate
from apps.plans.subscribed import as_if_always
from apps.tenants.models import Customer

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Change:
    """A customer's sums before and after, and what they cost; amounts are None where nothing prices the outcome now."""

    customer: Customer
    before: Tally
    after: Tally
    amount_before: Decimal | None
    amount_after: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        if self.amount_before is None or self.amount_after is None:
            return None
        with exact():
            return self.amount_after - self.amount_before


def changes(trial: Trial, outcome: str, *, at: datetime) -> list[Change]:
    """The customers of a trial of this outcome's definition, those that change most first.

    The days are cut into cycles as the running subscription cuts them, also those before it began, and each is rated
    alone, under the price that holds today, without base fee and the invoice's own bounds. So it is the cost of these
    events at present prices, and no invoice: those also hold what the span leaves out.
    """
    found = [
        _change(customer, trial, outcome, _pricing(customer, outcome, at=at))
        for customer in Customer.objects.filter(pk__in=list(trial.customers)).order_by("name", "id")
    ]
    return sorted(found, key=lambda one: -abs(one.difference or ZERO))


def _pricing(customer: Customer, outcome: str, *, at: datetime) -> Subscription | None:
    """The subscription whose running cycle prices the outcome today."""
    today = customer.today(at)
    priced = Cycle.objects.filter(
        customer=customer, start__lte=today, end__gt=today, subscription__plan_version__prices__definition__code=outcome
    )
    cycle = priced.select_related("subscription__plan_version__plan").first()
    return cycle.subscription if cycle else None


def _change(customer: Customer, trial: Trial, outcome: str, pricing: Subscription | None) -> Change:
    sums = trial.customers[customer.pk]
    before, after = (_amount(days, outcome, pricing) for days in (sums.before, sums.after))
    return Change(customer, _total(sums.before), _total(sums.after), before, after)


def _total(days: Days) -> Tally:
    total = Tally()
    with exact():
        for one in days.values():
            total.quantity += one.quantity
            total.value += one.value
            total.items += one.items
    return total


def _amount(days: Days, outcome: str, pricing: Subscription | None) -> Decimal | None:
    if pricing is None:
        return None
    terms = terms_of_subscription(pricing)
    price = next(one for one in terms.prices if one.outcome == outcome)
    alone = replace(terms, base_fee=None, minimum=None, maximum=None, prices=(price,))
    with exact():
        return sum((rate(alone, rows, [], None).total for rows in _by_cycle(days, outcome, pricing).values()), ZERO)


def _by_cycle(days: Days, outcome: str, pricing: Subscription) -> Mapping[Period, list[UsageRow]]:
    """The usage of each cycle that holds any of the days."""
    rows: dict[Period, list[UsageRow]] = {}
    for (day, dimension), tally in days.items():
        row = UsageRow(outcome, tally.quantity, tally.value, tally.items, dimension or None)
        rows.setdefault(as_if_always(pricing, day).full, []).append(row)
    return rows
