"""Silence: a type that usually arrives and has stopped. It is noticed, told once, and over by itself."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.events import silence_letter
from apps.events.arrivals import add_up, last_arrivals
from apps.events.usual import silent_hours, usual
from apps.events.watched import Arrivals, MutedType, Silence
from apps.outcomes.catalog import catalog
from apps.tenants.models import Profile
from apps.tenants.scope import current_tenant_id, scope


def watch(tenant_id: UUID, *, at: datetime) -> int:
    """Add up one tenant's arrivals, end the silences that are over, raise those that began; returns how many last."""
    with scope(tenant_id):
        types, muted = watched_types(), muted_types()
        since = add_up(types, at=at).since
        last = last_arrivals()
        _end(types, muted, last, at)
        _raise({type: last[type] for type in types - muted if type in last}, since, at)
        return int(silences().count())


def watched_types() -> set[str]:
    """The types that any active definition listens to, as a trigger or as a signal."""
    version = Profile.objects.values_list("config_version", flat=True).get()
    found = catalog(current_tenant_id(), version)
    return {*found.by_trigger, *found.by_signal}


def muted_types() -> set[str]:
    return set(MutedType.objects.values_list("type", flat=True))


def silences() -> QuerySet[Silence]:
    """Those that last, the longest first."""
    rows: QuerySet[Silence] = Silence.objects.filter(ended_at=None).order_by("since", "type")
    return rows


def mute(type: str, *, by: str, at: datetime) -> None:
    """Raise no silence of this type any more, and end the one that lasts."""
    MutedType.objects.bulk_create([MutedType(type=type, by=by, at=at)], ignore_conflicts=True)
    silences().filter(type=type).update(ended_at=at, end=Silence.End.MUTED)


def unmute(type: str) -> None:
    MutedType.objects.filter(type=type).delete()


def _end(types: Collection[str], muted: Collection[str], last: Mapping[str, datetime], at: datetime) -> None:
    for one in silences():
        came = last.get(one.type)
        if came and came > one.since:
            _close(one, Silence.End.ARRIVED, came)
        elif one.type in muted:
            _close(one, Silence.End.MUTED, at)
        elif one.type not in types:
            _close(one, Silence.End.UNWATCHED, at)


def _close(one: Silence, end: Silence.End, at: datetime) -> None:
    Silence.objects.filter(pk=one.pk).update(ended_at=at, end=end)


def _raise(last: Mapping[str, datetime], watched_since: datetime, at: datetime) -> None:
    """Note each of these types that is silent and was not known to be, and tell the members of all of them at once.

    `last` is when each was last received. Hours before `watched_since` were not watched and are held against none.
    """
    known = set(silences().values_list("type", flat=True))
    raised = []
    for type in sorted(set(last) - known):
        hours = silent_hours(max(last[type], watched_since), at=at)
        counts = dict(Arrivals.objects.filter(type=type).values_list("hour", "count")) if hours else {}
        fewest = usual(counts, hours)
        if fewest is not None:
            raised.append(Silence(type=type, since=last[type], usual=fewest, raised_at=at))
    Silence.objects.bulk_create(raised)
    if raised:
        silence_letter.write(raised, at=at)
