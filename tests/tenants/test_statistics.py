"""A new database is flooded before its first ANALYZE: what is looked up by its key is found by it, in any plan."""

import pytest
from django.apps import apps
from django.db import connections

from apps.tenants.constraints import TenantFK
from apps.tenants.statistics import foretell

REFERRED = sorted(
    {
        model._meta.get_field(constraint.field).related_model._meta.db_table
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, TenantFK)
    }
)
CHECK = "SELECT 1 FROM ONLY {table} x WHERE tenant_id = $1 AND id = $2 FOR KEY SHARE OF x"
"""What PostgreSQL asks for each row that refers to one of this table."""


@pytest.mark.django_db(databases=["owner"])
@pytest.mark.parametrize("table", REFERRED)
def test_a_foreign_key_is_checked_by_the_key_before_there_are_statistics(table: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE SCHEMA newborn")
        cursor.execute(f"CREATE TABLE newborn.{table} (LIKE public.{table} INCLUDING ALL)")
        cursor.execute("SET LOCAL search_path TO newborn")
        cursor.execute("SET LOCAL plan_cache_mode TO force_generic_plan")
        foretell("owner")
        cursor.execute(f"PREPARE checked (uuid, uuid) AS {CHECK.format(table=table)}")
        cursor.execute("EXPLAIN EXECUTE checked (gen_random_uuid(), gen_random_uuid())")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE checked")
    assert f"{table}_pkey" in plan
    assert "((tenant_id = $1) AND (id = $2))" in plan
