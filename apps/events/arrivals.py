"""Adding up what was received, by type and hour: read from the events by their ids, so that ingestion does nothing."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Max

from apps.events.usual import KEPT, hour_of
from apps.events.watched import Arrivals, Watch
from apps.tenants.scope import current_tenant_id

OVERLAP = timedelta(minutes=10)
"""How long after its receipt an event may still be committed, and is found."""
GAP = timedelta(hours=1)
"""After so long a pause of ours the watch begins anew: what we did not see is no silence."""

# An event's id is made after the clock that received_at was read from, so none is older than that.
COUNT = """
SELECT e.type, date_trunc('hour', e.received_at, 'UTC'), count(*), max(e.received_at)
FROM events_event e
WHERE e.tenant_id = %s AND e.id >= %s AND e.received_at >= %s AND e.type = ANY(%s)
GROUP BY 1, 2
"""


def add_up(types: Collection[str], *, at: datetime) -> Watch:
    """Count the arrivals of these types since the last time. One caller at a time: the row it returns is locked.

    Hours that may still grow are counted anew and replaced, never added to.
    """
    Watch.objects.bulk_create([Watch(through=at - KEPT, since=at)], ignore_conflicts=True)
    watch: Watch = Watch.objects.select_for_update().get()
    rows = _count(types, hour_of(min(watch.through, at) - OVERLAP))
    Arrivals.objects.bulk_create(
        [Arrivals(type=type, hour=hour, count=count, last_at=last_at) for type, hour, count, last_at in rows],
        update_conflicts=True,
        unique_fields=["tenant", "type", "hour"],
        update_fields=["count", "last_at"],
    )
    Arrivals.objects.filter(hour__lt=at - KEPT).delete()
    if at - watch.through > GAP:
        watch.since = at
    watch.through = max(watch.through, at)
    watch.save(update_fields=["through", "since"])
    return watch


def _count(types: Collection[str], start: datetime) -> list[tuple[str, datetime, int, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [current_tenant_id(), first_id(start), start, list(types)])
        rows: list[tuple[str, datetime, int, datetime]] = cursor.fetchall()
        return rows


def first_id(instant: datetime) -> UUID:
    """No id that was made at this instant or later is below this one: a version 7 UUID begins with its millisecond."""
    epoch = datetime(1970, 1, 1, tzinfo=instant.tzinfo)
    return UUID(int=(instant - epoch) // timedelta(milliseconds=1) << 80)


def last_arrivals() -> dict[str, datetime]:
    """When each type was last received, of those that were within the weeks that are kept."""
    rows = Arrivals.objects.values_list("type").annotate(last=Max("last_at")).order_by()
    return dict(rows)
