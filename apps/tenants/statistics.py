"""What the planner is told of tables that PostgreSQL has not analyzed yet: their rows may all be one tenant's.

Without statistics it takes two hundred tenants for granted, so a handful of rows to each. Then any index will do that
begins with the tenant, and a plan that is kept, as of the check of a foreign key, may go through all rows of a tenant
for each row that it checks, until the first ANALYZE: thousands of events a second are there long before it.
"""

from typing import Any

from django.db import connections

FORETELL = """
SELECT pg_restore_attribute_stats('schemaname', current_schema()::text, 'relname', relname::text,
  'attname', attname::text, 'inherited', false, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', n_distinct)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
JOIN (VALUES ('tenant_id', 1::real), ('id', -1)) AS known(attname, n_distinct) USING (attname)
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND reltuples < 0
  AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = pg_class.oid AND t.attname = 'tenant_id')
"""
"""One tenant, and as many ids as rows (-1); source: PostgreSQL's pg_statistic and its statistics import functions."""


def foretell(using: str) -> None:
    """Tell it of all tables of tenants that were never analyzed; `using` must be the owner's connection."""
    with connections[using].cursor() as cursor:
        cursor.execute(FORETELL)


def after_migrate(*, using: str, **_: Any) -> None:
    """Runs on Django's post_migrate; statistics are the owner's to set."""
    if using == "owner":
        foretell(using)
