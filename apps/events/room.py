"""Room within the pages of a table whose rows are added to, over and over."""

from typing import Any

from apps.tenants.constraints import SchemaConstraint


class RoomForUpdates(SchemaConstraint):
    """New rows fill a page to half only, so that the next version of each finds room beside it.

    An update that stays on its page writes to no index, and the next one that needs the room clears what it left.
    Source: PostgreSQL's manual, "Heap-Only Tuples (HOT)" and `fillfactor`. Pages that were full before stay so.
    """

    def create_sql(self, model: Any, schema_editor: Any) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" SET (fillfactor = 50)'

    def remove_sql(self, model: Any, schema_editor: Any) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" RESET (fillfactor)'
