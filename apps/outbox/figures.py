"""Figures of all tenants together, for Prometheus: each tenant's own task notes its part in Valkey.

A metric can't be read from the database, where one transaction sees one tenant.
"""

from uuid import UUID

from apps.outbox.heartbeat import client


def note(name: str, tenant_id: UUID, figure: int) -> None:
    """Keep this tenant's part of a figure, in place of the last."""
    with client() as valkey:
        valkey.hset(_key(name), str(tenant_id), str(figure))


def total(name: str) -> int:
    """The sum of all tenants' parts. Raises redis.RedisError when Valkey is away."""
    return sum(parts(name))


def parts(name: str) -> list[int]:
    """All tenants' parts; none where none was noted, or Valkey lost them. Raises redis.RedisError when it is away."""
    with client() as valkey:
        return [int(figure) for figure in valkey.hvals(_key(name))]


def _key(name: str) -> str:
    return f"counterfoil:figures:{name}"
