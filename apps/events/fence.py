"""The fence between what can still be booked and what is closed.

Every writer of entries takes the tenant's advisory lock shared, and only then, in a later statement, reads what is
closed: a snapshot taken before the lock would show the state before the fence. Closing takes the lock exclusively, so
it waits for running writers and none starts before its commit is visible.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from apps.common.arrays import array
from apps.common.statements import write
from apps.tenants.scope import current_tenant_id


class FenceBusy(RuntimeError):
    """Writers held the lock for too long; nothing was changed, try again."""


def lock_key(tenant_id: UUID) -> int:
    """The tenant's advisory lock: the random half of its id as a signed 64-bit number."""
    return int.from_bytes(tenant_id.bytes[8:], "big", signed=True)


def lock_for_writing(tenant_id: UUID) -> None:
    """Keep the fence where it is until this transaction ends."""
    write("SELECT pg_advisory_xact_lock_shared(%b)", [lock_key(tenant_id)])


def lock_for_closing(tenant_id: UUID, *, wait_ms: int = 5_000) -> None:
    """Wait until no writer of this tenant runs, and let none start until this transaction ends. Raises FenceBusy."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_ms}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock_key(tenant_id)])
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise FenceBusy(f"Tenant {tenant_id} is being written to; closing tries again.") from None
        raise


MOVE = """
WITH held AS (
  SELECT id FROM tenants_customer WHERE tenant_id = %b AND id = ANY(%b::uuid[]) ORDER BY id FOR NO KEY UPDATE
)
UPDATE tenants_customer customer SET closed_through = moved.day
FROM unnest(%b::uuid[], %b::date[]) AS moved (id, day) JOIN held ON held.id = moved.id
WHERE customer.tenant_id = %b AND customer.id = moved.id AND customer.closed_through < moved.day
"""
"""The rows are locked by id, as all do who move money of several customers: so neither waits for the other for ever."""


def move(closed_through: Mapping[UUID, date]) -> None:
    """Close customers' days before these dates; a date never moves back. Needs `lock_for_closing`."""
    tenant_id, ids = current_tenant_id(), array("uuid", list(closed_through))
    write(MOVE, [tenant_id, ids, ids, array("day", list(closed_through.values())), tenant_id])
