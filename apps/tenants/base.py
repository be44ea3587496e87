"""The base of every row that belongs to a tenant."""

from typing import Any, ClassVar

import uuid_utils.compat
from django.db import models

from apps.tenants.constraints import RowLevelSecurity, TenantKey
from apps.tenants.scope import current_tenant_id, tenant_in_scope

new_id = uuid_utils.compat.uuid7


class TenantManager[M: models.Model](models.Manager[M]):
    """Starts every query in the current tenant and raises NoTenant without one.

    A convenience: row-level security is the wall, for whatever comes past this manager.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())


class TenantModel(models.Model):
    """A row of one tenant. `id` is a version 7 UUID made here; in the database the key is (tenant_id, id).

    `append_only` rows are never updated or deleted: the app's database role isn't allowed to (apps/tenants/grants.py).
    """

    append_only: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.PROTECT,
        default=tenant_in_scope,
        editable=False,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )

    objects: Any = TenantManager()

    class Meta:
        abstract = True
        constraints = [
            TenantKey(name="%(app_label)s_%(class)s_key"),
            RowLevelSecurity(name="%(app_label)s_%(class)s_rls"),
        ]


def belongs_to(to: str, *, related_name: str = "+", null: bool = False, **options: Any) -> Any:
    """A foreign key within the tenant; its TenantFK constraint is what PostgreSQL checks."""
    return models.ForeignKey(
        to,
        on_delete=models.PROTECT,
        related_name=related_name,
        null=null,
        blank=null,
        db_constraint=False,
        db_index=False,
        **options,
    )
