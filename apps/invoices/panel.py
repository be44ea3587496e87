"""A customer's running cycle as a page shows it: the same figures for the vendor's console and the portal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from apps.common.charts import ColumnChart, Series, column_chart
from apps.events.models import Outcome, Resolution
from apps.events.state import State, state_of
from apps.invoices import freshness
from apps.invoices.live import Live, OutcomeUsage, live
from apps.tenants.models import Customer

ZERO = Decimal(0)
NEWEST = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """One of the newest outcomes, named as the version that judged it names it."""

    id: UUID
    name: str
    unit: str
    subject: str | None
    dimension: str
    quantity: Decimal
    occurred_at: datetime
    late: bool
    state: State


@dataclass(frozen=True, slots=True)
class Panel:
    """What templates/components/live_figures.html draws. `seen` is its mark (freshness.py)."""

    live: Live
    chart: ColumnChart
    newest: list[Arrival]
    pending: Decimal
    seen: str


def panel(customer: Customer, *, at: datetime) -> Panel:
    """Read everything that the live page shows of the customer at this instant."""
    seen = freshness.mark(customer, at=at)
    figures = live(customer, at=at)
    return Panel(
        live=figures,
        chart=days_chart(figures),
        newest=newest(customer, at=at),
        pending=sum((one.figures.pending for one in figures.outcomes), ZERO),
        seen=seen,
    )


def days_chart(figures: Live) -> ColumnChart:
    """The cycle's days as columns stacked by outcome; days to come, and what of today has not settled, are pending."""
    days = list(figures.days)
    counted: dict[tuple[str, date | None], Decimal] = {}
    for one in figures.by_day:
        key = (one.definition, one.day)
        counted[key] = counted.get(key, ZERO) + one.quantity
    series = [_series(one, days, counted, figures.today) for one in figures.outcomes]
    return column_chart("Outcomes per day in this cycle", days, series, today=figures.today)


def _series(
    outcome: OutcomeUsage, days: list[date], counted: dict[tuple[str, date | None], Decimal], today: date
) -> Series:
    """One outcome: its pending quantity lies on the days to come, and what is left of it on today."""
    quantities = [max(counted.get((outcome.code, day), ZERO), ZERO) for day in days]
    ahead = [quantity if day > today else ZERO for day, quantity in zip(days, quantities, strict=True)]
    of_today = outcome.figures.pending - sum(ahead, ZERO)
    pending = [
        min(max(of_today, ZERO), quantity) if day == today else later
        for day, quantity, later in zip(days, quantities, ahead, strict=True)
    ]
    settled = [quantity - waits for quantity, waits in zip(quantities, pending, strict=True)]
    return Series(outcome.name, settled, pending)


def newest(customer: Customer, *, at: datetime) -> list[Arrival]:
    """The newest outcomes by arrival, each in its state, of the days still open: none of them is on an invoice."""
    # By way of the events, whose index by customer is in order of arrival.
    arrived = Outcome.objects.filter(customer=customer, event__customer=customer.external_id)
    still_open = arrived.filter(booked_day__gte=customer.closed_through)
    rows: list[Outcome] = list(still_open.select_related("version").newest()[:NEWEST])
    resolved = resolutions_of(rows)
    return [
        Arrival(
            one.pk,
            one.version.name,
            one.version.unit,
            one.subject,
            one.dimension,
            one.quantity,
            one.occurred_at,
            one.late,
            state_of(one, resolved.get(one.pk, {}), invoiced=(), at=at),
        )
        for one in rows
    ]


def resolutions_of(outcomes: Iterable[Outcome]) -> dict[UUID, dict[str, Resolution]]:
    """What befell each of the outcomes, by kind; those that nothing befell are missing."""
    found: dict[UUID, dict[str, Resolution]] = {}
    for row in Resolution.objects.filter(outcome__in=[one.pk for one in outcomes]):
        found.setdefault(row.outcome_id, {})[row.kind] = row
    return found
