"""Inserts of many rows of a model by one prepared statement over arrays, without an instance for each row."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model

from apps.common.arrays import columns
from apps.common.statements import write

TYPES = {
    "uuid": "uuid",
    "text": "text",
    "code": "text",
    "number": "text",
    "instant": "timestamptz",
    "day": "date",
    "flag": "bool",
    "int": "int8",
    "json": "jsonb",
}
"""The type of a column of each kind (arrays.py) on its way; a number is cast where it arrives."""


class Inserts:
    """The insert of rows of a tenant's model: `kinds` names its columns but the tenant's, each with what it holds.

    All of them are named, so that none is forgotten that the model gets later: TypeError.
    """

    def __init__(self, model: type[Model], **kinds: str) -> None:
        differ = {field.attname for field in model._meta.concrete_fields} ^ {"tenant_id", *kinds}
        if differ:
            raise TypeError(f"{model.__name__}: {', '.join(sorted(differ))} is named here or there, and not in both")
        self.names, self.kinds = tuple(kinds), tuple(kinds.values())
        taken = ", ".join(f'n."{name}"{"::numeric" * (kind == "number")}' for name, kind in kinds.items())
        arrays = ", ".join(f"%b::{TYPES[kind]}[]" for kind in self.kinds)
        named = ", ".join(f'"{name}"' for name in kinds)
        self.statement = (
            f"INSERT INTO {model._meta.db_table} (tenant_id, {named}) SELECT %b, {taken}"  # noqa: S608  # names
            f" FROM unnest({arrays}) AS n({named})"
        )

    def write(self, tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> None:
        """Insert the rows, each the values of the columns in their order; sent with what comes next (statements.py)."""
        self.ready(tenant_id, rows)()

    def ready(self, tenant_id: UUID, rows: Sequence[Sequence[Any]]) -> Callable[[], None]:
        """Write out the rows now, and return what inserts them once it is their turn: others may wait for it then."""
        values = [tenant_id, *columns(self.kinds, rows)] if rows else None
        return lambda: None if values is None else write(self.statement, values)
