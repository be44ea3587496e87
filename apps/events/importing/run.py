"""Importing a file: its portions one after the other or several at a time, each durable by itself.

Which events are in is known by their ids and by nothing else: an import that was killed is simply run again.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from apps.events.importing.lines import Portion, Unreadable
from apps.events.importing.pool import in_order
from apps.events.importing.portions import Format, Taken, look_at, portions_of, take_in
from apps.tenants.scope import scope

WAITS = (1, 2, 4, 8, 16)
"""Seconds before a portion is tried again while the database is away."""


def import_events(
    stream: IO[bytes], format: str, tenant_id: UUID, *, now: Callable[[], datetime], processes: int = 1, after: int = 0
) -> Iterator[Taken]:
    """Import all events of a file, but for portions that end at line `after` or before it; yields each as it is done.

    Raises Unreadable: before anything is written or, where the file turns out to be damaged, when what could be read
    is in.
    """
    how, portions = portions_of(stream, format)
    damage: list[Unreadable] = []
    calls = ((tenant_id, how, one, now()) for one in _readable(portions, damage) if one.last > after)
    yield from in_order(import_portion, calls, processes=processes)
    if damage:
        raise damage[0]


def _readable(portions: Iterator[Portion], damage: list[Unreadable]) -> Iterator[Portion]:
    """The portions up to where the file is damaged; the damage is put into the list."""
    try:
        yield from portions
    except Unreadable as error:
        damage.append(error)


def check_events(stream: IO[bytes], format: str, *, now: Callable[[], datetime]) -> Iterator[Taken]:
    """What of a file is no event at all. Writes nothing."""
    how, portions = portions_of(stream, format)
    for portion in portions:
        yield look_at(how, portion, at=now())


def import_portion(tenant_id: UUID, how: Format, portion: Portion, at: datetime) -> Taken:
    """Import one portion in a transaction of its own; a database that is away is waited for, half a minute at most."""
    for wait in WAITS:
        try:
            return _import(tenant_id, how, portion, at)
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(wait)
    return _import(tenant_id, how, portion, at)


def _import(tenant_id: UUID, how: Format, portion: Portion, at: datetime) -> Taken:
    with scope(tenant_id):
        return take_in(how, portion, at=at)
