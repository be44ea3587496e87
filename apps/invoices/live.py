"""A customer's running cycle, live: what counted, what is pending, what it costs so far and probably will."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from uuid import UUID

from apps.common.money import PRECISION, exact
from apps.common.periods import Period, month_of
from apps.common.reads import Rows
from apps.common.statements import read
from apps.events import usage
from apps.events.pending import ask_unsettled
from apps.events.usage import Sums
from apps.invoices.document import describe
from apps.invoices.draft import Draft, draft_live, usage_rows
from apps.invoices.facts import Facts, ask_extras
from apps.invoices.forecast import PLACES, Daily, forecast, history
from apps.invoices.models import Cycle
from apps.outcomes.catalog import ask_newest_versions
from apps.outcomes.models import DefinitionVersion
from apps.plans.models import PlanVersion, Subscription
from apps.plans.pricers.usage import UsageRow
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

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
class Beside:
    """What the cycle costs beside its outcomes, or is less by: its fee, a bound of all, a coupon, a one-off."""

    description: str
    amount: Decimal


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
    beside: list[Beside]
    by_day: list[Sums]
    drafts: list[Draft]
    amount: Decimal | None
    estimate: Estimate | None


CYCLE, SUBSCRIPTION = Rows(Cycle, "cycle"), Rows(Subscription, "subscription")
VERSION = Rows(PlanVersion, "version", without=["terms"])  # which published.terms_of keeps
RUNNING = f"""
SELECT {CYCLE.columns}, {SUBSCRIPTION.columns}, {VERSION.columns}
FROM invoices_cycle cycle
JOIN plans_subscription subscription
  ON subscription.tenant_id = cycle.tenant_id AND subscription.id = cycle.subscription_id
JOIN plans_planversion version
  ON version.tenant_id = subscription.tenant_id AND version.id = subscription.plan_version_id
WHERE cycle.tenant_id = %b AND cycle.customer_id = %b AND cycle.closed_at IS NULL AND cycle.start <= %b
ORDER BY cycle.subscription_id
"""  # noqa: S608  # names of columns


def running_cycles(customer: Customer, *, at: datetime) -> list[Cycle]:
    """The customer's open cycles that have begun, that of the oldest subscription first."""
    found = []
    for row in read(RUNNING, [current_tenant_id(), customer.pk, customer.today(at)]):
        values = iter(row)
        cycle, subscription = CYCLE.take(values), SUBSCRIPTION.take(values)
        cycle.customer, cycle.subscription = customer, subscription
        subscription.customer, subscription.plan_version = customer, VERSION.take(values)
        found.append(cycle)
    return found


def live(customer: Customer, *, at: datetime) -> Live:
    """Read and rate the customer's running cycle. A cycle that has ended but is not closed yet still runs."""
    cycles = running_cycles(customer, at=at)
    return ask_live(customer, cycles, at=at)()


def ask_live(customer: Customer, cycles: Sequence[Cycle], *, at: datetime) -> Callable[[], Live]:
    """Ask for all that `live` reads beside the running cycles, and return what waits for it and rates it."""
    today = customer.today(at)
    days = cycles[0].period if cycles else _month(today)
    periods = [days, *(cycle.period for cycle in cycles), *([history(today)] if cycles else [])]
    span = Period(min(one.start for one in periods), max(one.end for one in periods))
    facts = ask_extras(cycles)
    names = ask_newest_versions()
    unsettled = ask_unsettled(customer.pk, today, at=at)
    counted = usage.ask_by_day(customer.pk, span)
    return lambda: _rated(customer, cycles, facts(), Counts(today, days, names(), unsettled(), counted()))


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted of a customer by `today`: the sums of each day and, as `unsettled`, what of today's is not
    settled yet; `days` are those that are shown.
    """

    today: date
    days: Period
    names: dict[str, DefinitionVersion]
    unsettled: dict[tuple[UUID, str], Decimal]
    by_day: list[Sums]

    def of(self, days: Period) -> list[Sums]:
        """The sums of each of these days."""
        return [sums for sums in self.by_day if sums.day and days.contains(sums.day)]

    def pending(self, days: Period) -> dict[tuple[UUID, str], Decimal]:
        """Quantity not settled, by version and dimension: that of later days, and what of today has not settled yet."""
        later = [sums for sums in self.of(days) if sums.day and sums.day > self.today]
        pending = {(sums.version_id, sums.dimension): sums.quantity for sums in usage.added(later)}
        if days.contains(self.today):
            for key, quantity in self.unsettled.items():
                pending[key] = pending.get(key, ZERO) + quantity
        return pending


def _rated(customer: Customer, cycles: Sequence[Cycle], facts: Mapping[UUID, Facts], counts: Counts) -> Live:
    """Rate the running cycles."""
    known = {cycle.pk: replace(facts[cycle.pk], sums=tuple(usage.added(counts.of(cycle.period)))) for cycle in cycles}
    drafts = [draft_live(cycle, known[cycle.pk]) for cycle in cycles]
    with exact():
        amount = sum((one.rating.total for one in drafts), ZERO) if drafts else None
        outcomes = _outcomes(cycles, drafts, counts)
    return Live(
        customer=customer,
        today=counts.today,
        days=counts.days,
        cycle=counts.days if cycles else None,
        outcomes=outcomes,
        beside=[one for cycle, draft in zip(cycles, drafts, strict=True) for one in _beside(cycle, draft)],
        by_day=counts.of(counts.days),
        drafts=drafts,
        amount=amount,
        estimate=_estimate(cycles, drafts, counts),
    )


def _month(today: date) -> Period:
    start = month_of(today)
    return Period(start, month_of(start + timedelta(days=31)))


def _outcomes(cycles: Sequence[Cycle], drafts: Sequence[Draft], counts: Counts) -> list[OutcomeUsage]:
    """What is priced, in the plan's order, then what else counted. Call within `exact()`.

    Where a cycle has ended and the next plan's runs already, an outcome of both has the figures of both together.
    """
    found: dict[str, OutcomeUsage] = {}
    for cycle, draft in zip(cycles, drafts, strict=True):
        pending = counts.pending(cycle.period)
        for price in draft.terms.prices:
            one = found.setdefault(price.outcome, _named(price.outcome, counts.names))
            one.included = price.included
            one.amount = (one.amount or ZERO) + _amount(draft, price.outcome)
            _count(one, [sums for sums in draft.sums if sums.definition == price.outcome], pending)
    rest = [sums for sums in usage.added(counts.of(counts.days)) if sums.definition not in found]
    pending = counts.pending(counts.days)
    for sums in rest:
        _count(found.setdefault(sums.definition, _named(sums.definition, counts.names)), [sums], pending)
    return list(found.values())


def _named(code: str, names: dict[str, DefinitionVersion]) -> OutcomeUsage:
    return OutcomeUsage(code, names[code].name, names[code].unit)


def _amount(draft: Draft, outcome: str) -> Decimal:
    """What the outcome costs: its line and the bounds of its price."""
    return sum((line.amount for line in draft.rating.lines if line.outcome == outcome), ZERO)


def _beside(cycle: Cycle, draft: Draft) -> Iterator[Beside]:
    """With what the outcomes cost they make the amount."""
    for line in draft.rating.lines:
        if line.outcome is None and line.amount:
            yield Beside(describe(line, cycle.subscription.plan_version, None), line.amount)


def _count(one: OutcomeUsage, rows: Iterable[Sums], pending: Mapping[tuple[UUID, str], Decimal]) -> None:
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


def _estimate(cycles: Sequence[Cycle], drafts: Sequence[Draft], counts: Counts) -> Estimate | None:
    """What all the cycles together will probably cost."""
    if not cycles:
        return None
    sums = [ZERO, ZERO, ZERO]
    for cycle, draft in zip(cycles, drafts, strict=True):
        days = forecast_days(cycle, counts.today)
        one = estimate(cycle, draft, daily_counts(counts.of(days)), counts.today)
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


def forecast_days(cycle: Cycle, today: date) -> Period:
    """The days whose counts `estimate` looks at: those of the cycle and of the weeks before today."""
    past = history(today)
    return Period(min(cycle.start, past.start), max(cycle.end, past.end))


def estimate(cycle: Cycle, draft: Draft, counted: Mapping[str, Daily], today: date) -> Estimate:
    """Rate what the cycle will probably have counted by its end; `counted` holds each outcome's `forecast_days`.

    Its usage grows with the mix of dimensions and values so far.
    """
    rows = usage_rows(draft.sums)
    by_outcome: dict[str, list[UsageRow]] = {}
    for row in rows:
        by_outcome.setdefault(row.outcome, []).append(row)
    ends: list[list[UsageRow]] = [[*rows], [*rows], [*rows]]
    with localcontext(prec=PRECISION):
        for code, daily in counted.items():
            found = forecast(daily, cycle.period, today)
            own = by_outcome.get(code, [])
            so_far = sum((row.quantity for row in own), ZERO)
            for end, quantity in zip(ends, (found.expected, found.low, found.high), strict=True):
                end.extend(_more(code, own, so_far, quantity - so_far))
    expected, low, high = (draft.basis.rate(end).total for end in ends)
    return Estimate(expected, min(expected, low), max(expected, high))


def _more(code: str, own: Iterable[UsageRow], so_far: Decimal, more: Decimal) -> list[UsageRow]:
    """What `more` of an outcome brings, shared as its rows share what is counted `so_far`.

    Call with a precision for which thirty digits of both are no matter.
    """
    if more <= 0:
        return []
    if not so_far:
        return [UsageRow(code, more, ZERO, int(more))]
    return [
        UsageRow(
            code,
            (more * row.quantity / so_far).quantize(PLACES),
            (more * row.value / so_far).quantize(PLACES),
            round(more * row.items / so_far),
            row.dimension,
        )
        for row in own
    ]
