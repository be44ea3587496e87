"""A customer's running cycle as a page shows it: the same figures for the vendor's console and the portal."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

from apps.common.charts import ColumnChart, Series, column_chart
from apps.common.money import exact
from apps.common.reads import Rows
from apps.common.statements import ask
from apps.events.models import Outcome, Resolution
from apps.events.state import State, state_of
from apps.invoices.freshness import ask_mark
from apps.invoices.live import Live, OutcomeUsage, ask_live, running_cycles
from apps.outcomes.models import DefinitionVersion
from apps.tenants.models import Customer
from apps.tenants.scope import current_tenant_id

ZERO = Decimal(0)
NEWEST = 10
LOOKED_AT = 1_000
"""How many of the newest events are looked at for outcomes; of most customers far more than one in a hundred counts."""


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
    cycles = running_cycles(customer, at=at)
    mark = ask_mark(customer, cycles, at=at)
    rated = ask_live(customer, cycles, at=at)
    newest = ask_newest(customer, at=at)
    figures = rated()
    with exact():
        pending = sum((one.figures.pending for one in figures.outcomes), ZERO)
    return Panel(live=figures, chart=days_chart(figures), newest=newest(), pending=pending, seen=mark())


def days_chart(figures: Live) -> ColumnChart:
    """The cycle's days as columns stacked by outcome; days to come, and what of today has not settled, are pending."""
    days = list(figures.days)
    counted: dict[tuple[str, date | None], Decimal] = {}
    with exact():
        for one in figures.by_day:
            key = (one.definition, one.day)
            counted[key] = counted.get(key, ZERO) + one.quantity
        series = [_series(one, days, counted, figures.today) for one in figures.outcomes]
    return column_chart("Outcomes per day in this cycle", days, series, today=figures.today)


def _series(
    outcome: OutcomeUsage, days: list[date], counted: dict[tuple[str, date | None], Decimal], today: date
) -> Series:
    """One outcome: its pending quantity lies on the days to come, and what is left of it on today.

    Call within `exact()`.
    """
    quantities = [max(counted.get((outcome.code, day), ZERO), ZERO) for day in days]
    ahead = [quantity if day > today else ZERO for day, quantity in zip(days, quantities, strict=True)]
    of_today = outcome.figures.pending - sum(ahead, ZERO)
    pending = [
        min(max(of_today, ZERO), quantity) if day == today else later
        for day, quantity, later in zip(days, quantities, ahead, strict=True)
    ]
    settled = [quantity - waits for quantity, waits in zip(quantities, pending, strict=True)]
    return Series(outcome.name, settled, pending)


OUTCOME, VERSION, RESOLUTION = Rows(Outcome, "outcome"), Rows(DefinitionVersion, "version"), Rows(Resolution, "befell")
ARRIVED = f"""
WITH recent AS MATERIALIZED (
  SELECT outcome.* FROM (
    SELECT id FROM events_event WHERE tenant_id = %b AND customer = %b ORDER BY id DESC LIMIT {LOOKED_AT}
  ) event
  CROSS JOIN LATERAL (
    SELECT * FROM events_outcome
    WHERE tenant_id = %b AND id = event.id AND customer_id = %b AND booked_day >= %b OFFSET 0
  ) outcome
  ORDER BY event.id DESC LIMIT {NEWEST}
), enough AS (
  SELECT count(*) = {NEWEST} AS found FROM recent
), newest AS MATERIALIZED (
  SELECT * FROM recent WHERE (SELECT found FROM enough)
  UNION ALL (
    SELECT * FROM (
      SELECT * FROM events_outcome
      WHERE tenant_id = %b AND customer_id = %b AND booked_day >= %b AND NOT (SELECT found FROM enough) OFFSET 0
    ) booked
    ORDER BY id DESC LIMIT {NEWEST}
  )
)
SELECT {OUTCOME.columns}, {VERSION.columns}, {RESOLUTION.columns} FROM newest outcome
JOIN outcomes_definitionversion version ON version.tenant_id = outcome.tenant_id AND version.id = outcome.version_id
LEFT JOIN events_resolution befell ON befell.tenant_id = outcome.tenant_id AND befell.outcome_id = outcome.id
ORDER BY outcome.id DESC
"""  # noqa: S608  # names of columns and numbers of ours
"""By way of the newest events, whose index by customer is in order of arrival; and where these hardly count, of all
outcomes of the days. OFFSET keeps PostgreSQL from a third way: back through everybody's outcomes until ten are his."""


def ask_newest(customer: Customer, *, at: datetime) -> Callable[[], list[Arrival]]:
    """Ask for the newest outcomes by arrival, each in its state, of the days still open: none of them is on an
    invoice.
    """
    tenant_id = current_tenant_id()
    days = [tenant_id, customer.pk, customer.closed_through]
    rows = ask(ARRIVED, [tenant_id, customer.external_id, tenant_id, *days[1:], *days])
    return lambda: list(_arrivals(rows(), at))


def _arrivals(rows: Iterable[Any], at: datetime) -> Iterator[Arrival]:
    for _, same in groupby(rows, key=lambda row: row[0]):
        befell: dict[str, Resolution] = {}
        for row in same:
            values = iter(row)
            one, version, resolution = OUTCOME.take(values), VERSION.take(values), RESOLUTION.take(values)
            if resolution.pk:
                befell[resolution.kind] = resolution
        state = state_of(one, befell, invoiced=(), at=at)
        about = (one.subject, one.dimension, one.quantity, one.occurred_at, one.late, state)
        yield Arrival(one.pk, version.name, version.unit, *about)
