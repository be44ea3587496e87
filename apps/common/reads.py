"""Rows of models in statements of our own (statements.py), without Django's building of queries.

Columns and instances are Django's own, so a model is said once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Model


class Rows[M: Model]:
    """The rows of a model in statements that call its table `alias`: their columns, and instances made of them.

    Columns `without` are read once somebody asks the instance for them.
    """

    def __init__(self, model: type[M], alias: str, *, without: Sequence[str] = ()) -> None:
        self.model, self.alias, self.without = model, alias, without

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self.model._meta.concrete_fields if field.attname not in self.without]

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._fields]

    @cached_property
    def _readers(self) -> list[tuple[int, Callable[..., Any]]]:
        """What the database's value is read by, of the columns for which it is not the field's own already."""
        readers = [getattr(field, "from_db_value", None) for field in self._fields]
        return [(place, reader) for place, reader in enumerate(readers) if reader]

    @cached_property
    def columns(self) -> str:
        return ", ".join(f'{self.alias}."{field.column}"' for field in self._fields)

    def take(self, values: Iterator[Any]) -> M:
        """The instance of the next of a row's values, which are in the order of `columns`."""
        own = [next(values) for _ in self._fields]
        for place, reader in self._readers:
            own[place] = reader(own[place], None, connection)
        return self.model.from_db(connection.alias, self._names, own)

    def all(self, rows: Sequence[Sequence[Any]]) -> list[M]:
        """The instances of rows that hold nothing else."""
        return [self.take(iter(row)) for row in rows]
