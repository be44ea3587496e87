"""Rows of models in statements of our own (statements.py), without Django's building of queries.

Columns and instances are Django's own, so a model is said once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.db.models.base import ModelState


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
    def _readers(self) -> list[tuple[str, Callable[..., Any]]]:
        """What the database's value is read by, of the columns for which it is not the field's own already."""
        readers = [getattr(field, "from_db_value", None) for field in self._fields]
        return [(name, reader) for name, reader in zip(self._names, readers, strict=True) if reader]

    @cached_property
    def columns(self) -> str:
        return ", ".join(f'{self.alias}."{field.column}"' for field in self._fields)

    def take(self, values: Iterator[Any]) -> M:
        """The instance of the next of a row's values, which are in the order of `columns`.

        It is made as Django makes those that it reads, but for the signals and the defaults that `__init__` is about.
        """
        own = dict(zip(self._names, values, strict=False))  # names first: it stops there, and takes no value too many
        for name, reader in self._readers:
            own[name] = reader(own[name], None, connection)
        made = self.model.__new__(self.model)
        made.__dict__ = own
        made._state = ModelState()
        made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
        return made

    def all(self, rows: Sequence[Sequence[Any]]) -> list[M]:
        """The instances of rows that hold nothing else."""
        return [self.take(iter(row)) for row in rows]
