"""A customer's running cycle, live: what counted, what is pending, what it costs so far and probably will."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from apps.common.money import exact
from apps.common.periods import Period, month_of
from apps.events import usage
from apps.events.usage import Sums
from apps.invoices.draft import Draft, draft_live, usage_rows
from apps.invoices.facts import facts_of
from apps.invoices.forecast import Daily, Forecast, forecast, history
from apps.invoices.models import Cycle
from apps.outcomes.catalog import newest_versions
from apps.outcomes.models import DefinitionVersion
from apps.plans.pricers.usage import UsageRow
from apps.tenants.models import Customer

ZERO = Decimal(0)


@dataclass(slots=True)
class Figures:
    """Quantities of one outcome, or of one of its dimensions. `late` is part of settled."""

    settled: Decimal = ZERO
    pending: Decimal = ZERO
    held: Decimal = ZERO
    voided: Decimal = ZERO
    late: Decimal = ZERO


@dataclass(slots=True)
class OutcomeUsage:
    """One outcome in the running cycle; `amount` is None where no subscription prices it."""

    code: str
    name: str
    unit: str
    figures: Figures = field(default_factory=Figures)
    amount: Decimal | None = None
    included: Decimal = ZERO
    dimensions: dict[str, Figures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the cycle will probably cost by its end, before tax, and the range of it."""

    cycle_end: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Live:
    """The running cycle of a customer at an instant.

    Without subscription `cycle` and the amounts are None and `days` is the calendar month. Where several
    subscriptions run, `cycle` and `days` are those of the first, and the amounts are of all.
    """

    customer: Customer
    today: date
    days: Period
    cycle: Period | None
    outcomes: list[OutcomeUsage]
    by_day: list[Sums]
    drafts: list[Draft]
    amount: Decimal | None
    estimate: Estimate | None


def running_cycles(customer: Customer, *, at: datetime) -> list[Cycle]:
    """The customer's open cycles that have begun, that of the oldest subscription first."""
    today = customer.today(at)
    cycles = Cycle.objects.filter(customer=customer, closed_at=None, start__lte=today)
    return list(cycles.select_related("customer", "subscription__plan_version__plan").order_by("subscription_id"))


def live(customer: Customer, *, at: datetime) -> Live:
    """Read and rate the customer's running cycle. A cycle that has ended but is not closed yet still runs."""
    cycles = running_cycles(customer, at=at)
    today = customer.today(at)
    days = cycles[0].period if cycles else _month(today)
    facts = facts_of(cycles)
    drafts = [draft_live(cycle, facts[cycle.pk]) for cycle in cycles]
    outcomes = _outcomes(customer, cycles, drafts, days, at=at)
    with exact():
        amount = sum((one.rating.total for one in drafts), ZERO) if drafts else None
    return Live(
        customer=customer,
        today=today,
        days=days,
        cycle=days if cycles else None,
        outcomes=outcomes,
        by_day=usage.by_day(customer.pk, days),
        drafts=drafts,
        amount=amount,
        estimate=_estimate(cycles, drafts, today),
    )


def _month(today: date) -> Period:
    start = month_of(today)
    return Period(start, month_of(start + timedelta(days=31)))


def _outcomes(
    customer: Customer, cycles: Sequence[Cycle], drafts: Sequence[Draft], days: Period, *, at: datetime
) -> list[OutcomeUsage]:
    """What is priced, in the plan's order, then what else counted."""
    found: dict[str, OutcomeUsage] = {}
    names = newest_versions()
    with exact():
        for cycle, draft in zip(cycles, drafts, strict=True):
            for price in draft.terms.prices:
                one = found[price.outcome] = _named(price.outcome, names)
                one.included = price.included
                one.amount = _amount(draft, price.outcome)
                own = [sums for sums in draft.sums if sums.definition == price.outcome]
                _count(one, own, _pending(customer, cycle.period, at))
        rest = [sums for sums in usage.totals(customer.pk, days) if sums.definition not in found]
        pending = _pending(customer, days, at) if rest else {}
        for sums in rest:
            _count(found.setdefault(sums.definition, _named(sums.definition, names)), [sums], pending)
    return list(found.values())


def _named(code: str, names: dict[str, DefinitionVersion]) -> OutcomeUsage:
    return OutcomeUsage(code, names[code].name, names[code].unit)


def _amount(draft: Draft, outcome: str) -> Decimal:
    """What the outcome costs: its line and the bounds of its price."""
    return sum((line.amount for line in draft.rating.lines if line.outcome == outcome), ZERO)


def _pending(customer: Customer, days: Period, at: datetime) -> dict[tuple[object, str], Decimal]:
    """Quantity not settled, by version and dimension: that of later days, and what of today has not settled yet."""
    pending: dict[tuple[object, str], Decimal] = {}
    today = customer.today(at)
    tomorrow = today + timedelta(days=1)
    if tomorrow < days.end:
        for sums in usage.totals(customer.pk, Period(max(tomorrow, days.start), days.end)):
            pending[sums.version_id, sums.dimension] = sums.quantity
    if days.contains(today):
        for key, quantity in usage.unsettled_today(customer.pk, today, at=at).items():
            pending[key] = pending.get(key, ZERO) + quantity
    return pending


def _count(one: OutcomeUsage, rows: Iterable[Sums], pending: dict[tuple[object, str], Decimal]) -> None:
    """Add the sums of one outcome to its figures and to those of its dimensions."""
    for sums in rows:
        waits = pending.get((sums.version_id, sums.dimension), ZERO)
        targets = [one.figures]
        if sums.dimension:
            targets.append(one.dimensions.setdefault(sums.dimension, Figures()))
        for figures in targets:
            figures.settled += sums.quantity - waits
            figures.pending += waits
            figures.held += sums.held
            figures.voided += sums.voided
            figures.late += sums.late


def _estimate(cycles: Sequence[Cycle], drafts: Sequence[Draft], today: date) -> Estimate | None:
    """What all the cycles together will probably cost."""
    if not cycles:
        return None
    sums = [ZERO, ZERO, ZERO]
    for cycle, draft in zip(cycles, drafts, strict=True):
        past = history(today)
        days = Period(min(cycle.start, past.start), max(cycle.end, past.end))
        one = estimate(cycle, draft, daily_counts(usage.by_day(cycle.customer_id, days)), today)
        with exact():
            sums = [sums[0] + one.cycle_end, sums[1] + one.low, sums[2] + one.high]
    return Estimate(*sums)


def daily_counts(rows: Iterable[Sums]) -> dict[str, dict[date, Decimal]]:
    """The quantity of each day, by outcome."""
    counted: dict[str, dict[date, Decimal]] = {}
    with exact():
        for sums in rows:
            if sums.day is None:
                raise ValueError("a forecast needs the sums of single days")
            daily = counted.setdefault(sums.definition, {})
            daily[sums.day] = daily.get(sums.day, ZERO) + sums.quantity
    return counted


def estimate(cycle: Cycle, draft: Draft, counted: Mapping[str, Daily], today: date) -> Estimate:
    """Rate what the cycle will probably have counted by its end.

    `counted` holds each outcome's days of the cycle and of the weeks before today (`forecast.history`).
    """
    forecasts = {code: forecast(daily, cycle.period, today) for code, daily in counted.items()}
    expected, low, high = (
        draft.basis.rate(_projected(draft, forecasts, choose)).total for choose in ("expected", "low", "high")
    )
    return Estimate(expected, min(expected, low), max(expected, high))


def _projected(draft: Draft, forecasts: dict[str, Forecast], choose: str) -> Iterable[UsageRow]:
    """The cycle's usage as it is, and on top of it what is to come, with the mix of dimensions and values so far."""
    rows = usage_rows(draft.sums)
    yield from rows
    for code, one in forecasts.items():
        own = [row for row in rows if row.outcome == code]
        with exact():
            so_far = sum((row.quantity for row in own), ZERO)
            more = getattr(one, choose) - so_far
        if more <= 0:
            continue
        if not so_far:
            yield UsageRow(code, more, ZERO, int(more))
            continue
        for row in own:
            share = row.quantity / so_far
            yield UsageRow(
                code,
                round(more * share, 12),
                round(row.value / so_far * more, 12),
                round(row.items / so_far * more),
                row.dimension,
            )
