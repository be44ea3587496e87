"""What the running cycles of many customers come to: live amount and forecast of each, by a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, Prefetch, Sum

from apps.common.money import exact
from apps.events import usage
from apps.events.models import Usage
from apps.invoices.draft import Draft, draft_live
from apps.invoices.facts import facts_of
from apps.invoices.live import Estimate, estimate, forecast_days
from apps.invoices.models import Cycle
from apps.plans.models import PlanVersion

ZERO = Decimal(0)
NEEDED = [
    *("customer_id", "subscription_id", "index", "start", "end", "full_start", "full_end"),
    *("customer__currency", "customer__time_zone"),
    *("subscription__plan_version_id", "subscription__trial_end", "subscription__overrides"),
]
"""What of ten thousand cycles is read: the columns that rating asks for."""


@dataclass(frozen=True, slots=True)
class Running:
    """One running cycle: what it costs so far, and probably by its end."""

    cycle: Cycle
    amount: Decimal
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Revenue:
    """All running cycles of one currency."""

    currency: str
    customers: int
    amount: Decimal
    cycle_end: Decimal
    low: Decimal
    high: Decimal


def running_cycles(customers: Iterable[UUID] | None = None, *, at: datetime) -> list[Cycle]:
    """The open cycles that have begun, of these customers or of all; one query."""
    rows = Cycle.objects.filter(closed_at=None).select_related("customer", "subscription").only(*NEEDED)
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    versions = PlanVersion.objects.defer("terms")  # which published.terms_of keeps
    cycles = rows.prefetch_related(Prefetch("subscription__plan_version", versions)).order_by("customer_id", "id")
    return [cycle for cycle in cycles if cycle.start <= cycle.customer.today(at)]


def running(cycles: Sequence[Cycle], *, at: datetime) -> list[Running]:
    """Rate every cycle as it stands, and what it will probably count; four statements."""
    today = {cycle.pk: cycle.customer.today(at) for cycle in cycles}
    spans = {cycle.pk: (cycle.customer_id, forecast_days(cycle, today[cycle.pk])) for cycle in cycles}
    counted = usage.ask_days_of(spans)
    drafts = _drafts(cycles)
    days = counted()
    return [
        Running(cycle, draft.rating.total, estimate(cycle, draft, days[cycle.pk], today[cycle.pk]))
        for cycle, draft in drafts
    ]


def _drafts(cycles: Sequence[Cycle]) -> Iterator[tuple[Cycle, Draft]]:
    """The same rating as the customer's own page: usage of the cycle's days, and its own fee."""
    facts = facts_of(cycles)
    return ((cycle, draft_live(cycle, facts[cycle.pk])) for cycle in cycles)


def by_currency(cycles: Iterable[Running]) -> list[Revenue]:
    """Sums per currency, the one with most customers first."""
    groups: dict[str, list[Running]] = defaultdict(list)
    for one in cycles:
        groups[one.cycle.customer.currency].append(one)
    with exact():
        found = [_sum(currency, rows) for currency, rows in groups.items()]
    return sorted(found, key=lambda one: (-one.customers, one.currency))


def _sum(currency: str, rows: Sequence[Running]) -> Revenue:
    return Revenue(
        currency,
        len({row.cycle.customer_id for row in rows}),
        sum((row.amount for row in rows), ZERO),
        sum((row.estimate.cycle_end for row in rows), ZERO),
        sum((row.estimate.low for row in rows), ZERO),
        sum((row.estimate.high for row in rows), ZERO),
    )


def amounts(customers: Iterable[UUID], *, at: datetime) -> dict[UUID, Decimal]:
    """What each customer's running cycles cost so far; those without one are missing."""
    found: dict[UUID, Decimal] = {}
    with exact():
        for cycle, draft in _drafts(running_cycles(customers, at=at)):
            found[cycle.customer_id] = found.get(cycle.customer_id, ZERO) + draft.rating.total
    return found


def counted_days(first: date, last: date) -> dict[tuple[str, date], Decimal]:
    """How much was counted of each outcome on each local day, over all customers."""
    rows = (
        Usage.objects.filter(day__gte=first, day__lte=last)
        .values_list("version__definition__code", "day")
        .annotate(Sum("quantity"))
        .order_by()
    )
    return {(code, day): quantity for code, day, quantity in rows}


def newest_usage() -> str:
    """A text that changes whenever an entry is booked anywhere."""
    found = Usage.objects.aggregate(entries=Sum("entries"), last=Max("day"))
    return f"{found['entries'] or 0}.{found['last'] or ''}"
