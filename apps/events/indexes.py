"""An index that Django can't write."""

from typing import Any

from django.db import models
from django.db.models import Case, When

HAPPENED = Case(When(time__isnull=True, then="received_at"), default="time")
"""When an event happened: its time, or else when it was received.

Not COALESCE, which PostgreSQL holds for leaky: behind row security it would look up nothing of the kind in an index.
"""


class HappenedIndex(models.Index):
    """A BRIN index over the tenant, when an event happened and its type: a line for each megabyte of the table.

    It costs ingestion nearly nothing, since PostgreSQL writes a line only once the megabyte is full. Each line holds
    several ranges of time, so that a late event among fresh ones does not spoil it, and a Bloom filter of types, so
    that events of a rare one are found without going through all others.
    """

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        happened = 'CASE WHEN "time" IS NULL THEN received_at ELSE "time" END'
        columns = f"(tenant_id, ({happened}) timestamptz_minmax_multi_ops, type text_bloom_ops)"
        table = model._meta.db_table
        return f'CREATE INDEX "{self.name}" ON "{table}" USING brin {columns} WITH (autosummarize = on)'
