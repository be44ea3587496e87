"""What the running cycles of many customers come to: live amount and forecast of each, by a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Max, Sum

from apps.common.money import exact
from apps.common.periods import Period
from apps.events.models import Usage
from apps.events.usage import Sums
from apps.invoices.draft import Draft, draft_live
from apps.invoices.facts import Facts, facts_of
from apps.invoices.forecast import history
from apps.invoices.live import Estimate, daily_counts, estimate
from apps.invoices.models import Cycle

ZERO = Decimal(0)
NO_VERSION = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Running:
    """One running cycle: what it costs so far, and probably by its end."""

    cycle: Cycle
    amount: Decimal
    estimate: Estimate | None


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
    rows = Cycle.objects.filter(closed_at=None)
    if customers is not None:
        rows = rows.filter(customer__in=list(customers))
    cycles = rows.select_related("customer", "subscription__plan_version__plan").order_by("customer_id", "id")
    return [cycle for cycle in cycles if cycle.start <= cycle.customer.today(at)]


def running(cycles: Sequence[Cycle], *, at: datetime, forecast: bool = True) -> list[Running]:
    """Rate every cycle as it stands; four queries at most; without `forecast` only the cycles' own days are read."""
    if not cycles:
        return []
    today = {cycle.pk: cycle.customer.today(at) for cycle in cycles}
    start = min(min(cycle.start, history(today[cycle.pk]).start) if forecast else cycle.start for cycle in cycles)
    days = Period(start, max(cycle.end for cycle in cycles))
    counted = _read({cycle.customer_id for cycle in cycles}, days)
    facts = facts_of(cycles, usages=False)
    found = []
    for cycle in cycles:
        sums = counted[cycle.customer_id]
        draft = _draft(cycle, facts[cycle.pk], sums)
        guess = estimate(cycle, draft, daily_counts(sums), today[cycle.pk]) if forecast else None
        found.append(Running(cycle, draft.rating.total, guess))
    return found


def _read(customers: set[UUID], days: Period) -> dict[UUID, list[Sums]]:
    """Each customer's sums by outcome, dimension and day; versions are not told apart, since prices don't."""
    key = ("customer_id", "version__definition__code", "dimension", "day")
    rows = (
        Usage.objects.filter(customer__in=customers, day__gte=days.start, day__lt=days.end)
        .values_list(*key)
        .annotate(Sum("quantity"), Sum("value"), Sum("items"))
        .order_by(*key)
    )
    found: dict[UUID, list[Sums]] = defaultdict(list)
    for customer, code, dimension, day, quantity, value, items in rows:
        one = Sums(code, NO_VERSION, 0, "", dimension, day, quantity, value, items, ZERO, ZERO, ZERO, 0)
        found[customer].append(one)
    return found


def _draft(cycle: Cycle, facts: Facts, sums: Iterable[Sums]) -> Draft:
    """The same rating as the customer's own page: usage of the cycle's days, and its own fee."""
    own = tuple(one for one in sums if one.day is not None and cycle.period.contains(one.day))
    return draft_live(cycle, replace(facts, sums=own))


def by_currency(cycles: Iterable[Running]) -> list[Revenue]:
    """Sums per currency, the one with most customers first."""
    groups: dict[str, list[Running]] = defaultdict(list)
    for one in cycles:
        groups[one.cycle.customer.currency].append(one)
    with exact():
        found = [_sum(currency, rows) for currency, rows in groups.items()]
    return sorted(found, key=lambda one: (-one.customers, one.currency))


def _sum(currency: str, rows: Sequence[Running]) -> Revenue:
    guesses = [row.estimate for row in rows if row.estimate]
    return Revenue(
        currency,
        len({row.cycle.customer_id for row in rows}),
        sum((row.amount for row in rows), ZERO),
        sum((guess.cycle_end for guess in guesses), ZERO),
        sum((guess.low for guess in guesses), ZERO),
        sum((guess.high for guess in guesses), ZERO),
    )


def amounts(customers: Iterable[UUID], *, at: datetime) -> dict[UUID, Decimal]:
    """What each customer's running cycles cost so far; those without one are missing."""
    found: dict[UUID, Decimal] = {}
    with exact():
        for one in running(running_cycles(customers, at=at), at=at, forecast=False):
            key = one.cycle.customer_id
            found[key] = found.get(key, ZERO) + one.amount
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
