"""One tenant to a transaction: the only way to reach a tenant's rows.

`scope(tenant_id)` opens the transaction and tells PostgreSQL whose rows it may see; row-level security does the rest
(apps/tenants/constraints.py). `acting(user_id)` lets a user find the tenants and customers he belongs to, and no more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

from apps.common.statements import write

_tenant: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """A query or a row needs a tenant and no scope is open."""


class OtherTenant(RuntimeError):
    """A scope was opened inside that of another tenant."""


def current_tenant_id() -> UUID:
    tenant_id = _tenant.get()
    if tenant_id is None:
        raise NoTenant("Open `scope(tenant)` before touching a tenant's rows.")
    return tenant_id


def tenant_in_scope() -> UUID | None:
    """The default of a row's tenant; None, which no table takes, without a scope, as in a migration."""
    return _tenant.get()


@contextmanager
def scope(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction that sees the rows of this tenant and of no other; inside its own scope it is a no-op.

    Raises OtherTenant inside the scope of another: one tenant to a transaction is what lets tenants be spread over
    servers.
    """
    outer = _tenant.get()
    if outer == tenant_id:
        yield
        return
    if outer is not None:
        raise OtherTenant(f"A scope of {outer} is open; {tenant_id} needs a transaction of its own.")
    with transaction.atomic(durable=True), _told(tenant_id):
        yield


@contextmanager
def _told(tenant_id: UUID) -> Iterator[None]:
    """Tell PostgreSQL, and whoever asks in this context, whose rows are meant."""
    write("SELECT set_config('app.tenant', %b, true)", [str(tenant_id)])
    token = _tenant.set(tenant_id)
    try:
        yield
    finally:
        _tenant.reset(token)


@contextmanager
def acting(user_id: UUID) -> Iterator[None]:
    """Open a transaction that sees this user's own memberships and contacts in every tenant, and nothing else.

    An error rolls the transaction back, and the setting with it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.user', %s, true)", [str(user_id)])
        yield
        cursor.execute("SELECT set_config('app.user', '', true)")
