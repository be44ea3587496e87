"""Tenancy as constraints of the schema, so that migrations write them and `makemigrations --check` guards them.

In Python a row's key is `id`. In the database it is (tenant_id, id), foreign keys are (tenant_id, x_id), and a policy
lets a session see the rows of the tenant that its transaction named. So a row can't refer to another tenant's, even by
a bug, and the tables can be spread by tenant.
"""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BaseConstraint

CURRENT_TENANT = "NULLIF(current_setting('app.tenant', true), '')::uuid"
CURRENT_USER = "NULLIF(current_setting('app.user', true), '')::uuid"


class SchemaConstraint(BaseConstraint):
    """A constraint that PostgreSQL alone checks: written after the tables, nothing to validate in a form."""

    def constraint_sql(self, model: Any, schema_editor: Any) -> Any:
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """PostgreSQL validates; a form or `full_clean` has nothing to add."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SchemaConstraint) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((type(self), self.name))


class TenantKey(SchemaConstraint):
    """The primary key is (tenant_id, id)."""

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table = model._meta.db_table
        return (
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", '
            f'ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (tenant_id, id)'
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        table = model._meta.db_table
        return f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey", ADD CONSTRAINT "{table}_pkey" PRIMARY KEY (id)'


class TenantFK(SchemaConstraint):
    """(tenant_id, <column of field>) refers to (tenant_id, id) of the table that the field points to.

    `deferred`: checked when the transaction commits, for a row that is written before the one it refers to.
    """

    def __init__(self, field: str, *, name: str, deferred: bool = False) -> None:
        self.field = field
        self.deferred = deferred
        super().__init__(name=name)

    def deconstruct(self) -> Any:
        path, _, kwargs = super().deconstruct()
        return path, (self.field,), {**kwargs, "deferred": True} if self.deferred else kwargs

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        field = model._meta.get_field(self.field)
        columns = getattr(field, "local_related_fields", None)
        if not columns:
            raise FieldDoesNotExist(f"{model._meta.label}.{self.field} is no foreign key")
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f'FOREIGN KEY (tenant_id, "{columns[0].column}") '
            f'REFERENCES "{field.related_model._meta.db_table}" (tenant_id, id)'
            f"{' DEFERRABLE INITIALLY DEFERRED' if self.deferred else ''}"
        )

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'


class RowLevelSecurity(SchemaConstraint):
    """Rows are seen and written in their tenant's scope only; with `own_user` a user may also read his own rows."""

    def __init__(self, *, name: str, own_user: bool = False) -> None:
        self.own_user = own_user
        super().__init__(name=name)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "own_user": True} if self.own_user else kwargs

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        table = model._meta.db_table
        statements = [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant ON "{table}" USING (tenant_id = {CURRENT_TENANT}) '
            f"WITH CHECK (tenant_id = {CURRENT_TENANT})",
        ]
        if self.own_user:
            statements.append(f'CREATE POLICY own_user ON "{table}" FOR SELECT USING (user_id = {CURRENT_USER})')
        return "; ".join(statements)

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        table = model._meta.db_table
        drop_own = f'; DROP POLICY own_user ON "{table}"' if self.own_user else ""
        return f'DROP POLICY tenant ON "{table}"{drop_own}; ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'
