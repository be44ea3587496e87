"""The overview's figures: revenue by currency and outcomes per day, of now, or where very many cycles run, of a minute.

Ten thousand cycles take seconds to rate, and then there is an event in every one of them. So where more than MANY run,
figures are made at most once a minute in a process; each minute's are kept until the next is asked for.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Lock
from uuid import UUID

from apps.common.charts import ColumnChart, Series, column_chart
from apps.console.revenue import Revenue, by_currency, counted_days, newest_usage, running, running_cycles
from apps.invoices.models import Cycle
from apps.outcomes.models import DefinitionVersion
from apps.tenants.scope import current_tenant_id

DAYS = 30
MANY = 500


@dataclass(frozen=True, slots=True)
class Figures:
    """What templates/console/_figures.html draws, made at `made_at`; `kept` for the rest of that minute."""

    revenue: list[Revenue]
    chart: ColumnChart
    made_at: datetime
    kept: bool


@dataclass(slots=True)
class _Tenant:
    """The newest figures of a tenant with many cycles; who makes them holds the lock, and others wait for his."""

    lock: Lock = field(default_factory=Lock)
    figures: Figures | None = None


_tenants: dict[UUID, _Tenant] = {}


def mark(*, at: datetime) -> str:
    """What changes whenever the figures may: with every entry and every day, or where many cycles run, each minute."""
    return f"{at:%Y%m%d%H%M}" if _many() else f"{newest_usage()}.{at.date()}"


def figures(*, at: datetime) -> Figures:
    """The figures at this instant, or those of its minute."""
    if not _many():
        return _made(at, kept=False)
    own = _tenants.setdefault(current_tenant_id(), _Tenant())
    with own.lock:
        if own.figures is None or _minute(own.figures.made_at) != _minute(at):
            own.figures = _made(at, kept=True)
        return own.figures


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _many() -> bool:
    return bool(Cycle.objects.filter(closed_at=None).order_by()[MANY : MANY + 1].exists())


def _made(at: datetime, *, kept: bool) -> Figures:
    return Figures(by_currency(running(running_cycles(at=at), at=at)), _chart(at.date()), at, kept)


def _chart(today: date) -> ColumnChart:
    """All customers' outcomes on their own local days, up to the day that is today in UTC."""
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    counted = counted_days(days[0], today)
    versions = DefinitionVersion.objects.order_by("definition_id", "number")
    names: dict[str, str] = dict(versions.values_list("definition__code", "name"))
    seen = {code for code, _ in counted}
    zero = Decimal(0)
    series = [
        Series(names[code], [max(counted.get((code, day), zero), zero) for day in days])
        for code in names
        if code in seen
    ]
    return column_chart(f"Outcomes per day, last {DAYS} days", days, series, today=today)
