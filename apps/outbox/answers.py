"""First answers: what is sent again is answered as the first time, and not done again.

An answer is written in the transaction that did the work, so that there is never one without the other. It may hold
what is shown once and stored as a hash (a portal link, an API key), so each is kept sealed, whatever it holds.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from apps.common.sealed import seal
from apps.outbox.models import IdempotencyKey
from apps.tenants.scope import current_tenant_id, scope

KEPT = timedelta(days=30)
"""How long at least. Whoever tries again does so for hours or days; a month is also more than one round of billing, so
that last month's key can't be this month's by mistake, and longer than any link in an answer opens anything."""
SOME = 1_000


def take(key: str) -> bool:
    """Hold the key until this transaction ends; False where another does. Read what is stored under it afterwards."""
    return bool(_lock("pg_try_advisory_xact_lock", key))


def wait_for(key: str) -> None:
    """The same, once any other has let go of it."""
    _lock("pg_advisory_xact_lock", key)


def _lock(function: str, key: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"idempotency {current_tenant_id()} {key}"])
        return cursor.fetchone()[0]


def first_answer(key: str) -> IdempotencyKey | None:
    """What was answered to this key, if anything."""
    known: IdempotencyKey | None = IdempotencyKey.objects.filter(key=key).first()
    return known


def keep(key: str, text: str, *, by: str = "", status: int, request_hash: str, at: datetime) -> None:
    """Keep the first answer to a key that this transaction holds; sealed `by` what is kept nowhere, where it is."""
    sealed = seal(text, by)
    IdempotencyKey.objects.create(key=key, request_hash=request_hash, status=status, answer=sealed, created_at=at)


def forget(tenant_id: UUID, *, at: datetime, most: int = SOME) -> int:
    """Remove some of one tenant's answers that are older than they are kept, the oldest first; returns how many."""
    with scope(tenant_id):
        old = IdempotencyKey.objects.filter(created_at__lt=at - KEPT).order_by("created_at")
        return int(IdempotencyKey.objects.filter(pk__in=old.values("pk")[:most]).delete()[0])
