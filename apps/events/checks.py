"""What the newest checks of all tenants' ledgers came to, noted for /metrics.

The truth is in the tenants' own rows. Beat has it noted again every hour, for a Valkey that has lost everything.
"""

import logging
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import redis

from apps.events.models import LedgerCheck
from apps.outbox import figures

log = logging.getLogger(__name__)
AT, SUMS, DRIFT = "ledger_check_at", "ledger_check_sums", "ledger_check_drift"


class Told(NamedTuple):
    """The newest checks of all tenants: how many, when the oldest of them was, and what they came to together."""

    tenants: int
    oldest: datetime
    sums: int
    differing: int


def tell(tenant_id: UUID, check: LedgerCheck) -> None:
    """Note a check. Where Valkey is away, beat has it noted within the hour after its return."""
    try:
        figures.note(SUMS, tenant_id, check.sums)
        figures.note(DRIFT, tenant_id, check.differing)
        figures.note(AT, tenant_id, int(check.at.timestamp()))
    except redis.RedisError as error:
        log.warning("The check of a ledger could not be noted: %s", error)


def told() -> Told | None:
    """None where no check was noted. Raises redis.RedisError when Valkey is away."""
    times = figures.parts(AT)
    if not times:
        return None
    oldest = datetime.fromtimestamp(min(times), UTC)
    return Told(len(times), oldest, figures.total(SUMS), figures.total(DRIFT))
