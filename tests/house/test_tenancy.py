"""Asks the database itself whether tenants are apart: its catalogue, and what the app's role gets when it tries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import ForeignObject
from django.db.utils import DatabaseError
from psycopg import errors

from apps.tenants.base import TenantModel
from apps.tenants.constraints import TenantFK
from apps.tenants.grants import app_role
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.house.ledger import fill

GLOBAL_TABLES = {
    "tenants_tenant",  # the list of tenants itself: a name and a slug, no secret, no setting
    "tenants_user",  # a person may belong to several tenants
    "tenants_user_groups",  # Django's, for operators
    "tenants_user_user_permissions",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "account_emailaddress",  # allauth's, of a user
    "account_emailconfirmation",
    "django_admin_log",  # of operators
    "django_content_type",
    "django_migrations",
    "django_session",
}
APPEND_ONLY = {
    "events_event",
    "events_judgement",
    "events_outcome",
    "events_resolution",
    "events_signal",
    "invoices_balanceentry",
    "invoices_creditedvoid",
    "invoices_creditnote",
    "invoices_creditnoteline",
    "invoices_creditnotepdf",
    "invoices_invoiceline",
    "invoices_invoicepdf",
    "invoices_payment",
    "outbox_jobfile",
    "outcomes_agreement",
    "outcomes_definitionversion",
    "plans_discount",
    "plans_planversion",
    "plans_price",
    "tenants_logo",
}
POLICY = "(tenant_id = (NULLIF(current_setting('app.tenant'::text, true), ''::text))::uuid)"
OWN_ROWS = "(user_id = (NULLIF(current_setting('app.user'::text, true), ''::text))::uuid)"

MODELS = [model for model in apps.get_models() if issubclass(model, TenantModel)]
TENANT_TABLES = sorted(model._meta.db_table for model in MODELS)
each_table = pytest.mark.parametrize("table", TENANT_TABLES)


def ask(query: str, *params: Any) -> list[tuple[Any, ...]]:
    """What the owner's connection answers."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(query, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def tell(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """What the app's role gets, past Django's managers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def refused(*reasons: type[Exception]) -> Iterator[None]:
    """PostgreSQL itself must refuse, for one of these reasons; nothing is left behind."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        yield
    assert isinstance(refusal.value.__cause__, reasons), refusal.value


# What the catalogue says


def test_every_table_has_a_tenant_or_is_known_to_be_global() -> None:
    with_tenant = "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'"
    everything = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    found = {name for (name,) in ask(f"{everything} EXCEPT {with_tenant}")}
    assert found == GLOBAL_TABLES


def test_every_table_with_a_tenant_belongs_to_a_tenant_model() -> None:
    rows = ask("SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'")
    assert sorted(name for (name,) in rows) == TENANT_TABLES


@each_table
def test_a_row_always_names_its_tenant(table: str) -> None:
    nullable = "SELECT is_nullable FROM information_schema.columns WHERE table_name = %s AND column_name = 'tenant_id'"
    assert ask(nullable, table) == [("NO",)]


@each_table
def test_row_security_is_on_with_the_policy_of_the_tenant(table: str) -> None:
    assert ask("SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", table) == [(True,)]
    policies = ask(
        "SELECT policyname, permissive, roles::text[], cmd, qual, with_check FROM pg_policies"
        " WHERE tablename = %s ORDER BY policyname DESC",
        table,
    )
    own = [("own_user", "PERMISSIVE", ["public"], "SELECT", OWN_ROWS, None)]
    people = table in ("tenants_member", "tenants_contact")
    expected = [("tenant", "PERMISSIVE", ["public"], "ALL", POLICY, POLICY)]
    assert policies == expected + (own if people else [])


@each_table
def test_the_primary_key_is_tenant_and_id(table: str) -> None:
    key = ask(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid = %s::regclass",
        table,
    )
    assert key == [("PRIMARY KEY (tenant_id, id)",)]


@each_table
def test_every_index_begins_with_the_tenant(table: str) -> None:
    columns = ask(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index"
        " WHERE indrelid = %s::regclass",
        table,
    )
    others = [name for name, first in columns if first != "tenant_id"]
    # Deleting a user looks for his memberships in all tenants; Django wants the index for its own foreign key.
    assert [name for name in others if not re.search(r"_user_id_[0-9a-f]{8}$", name)] == []


def test_foreign_keys_between_tenants_tables_carry_the_tenant() -> None:
    keys = ask(
        "SELECT conrelid::regclass::text, confrelid::regclass::text, pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE contype = 'f'"
    )
    between = [(table, text) for table, to, text in keys if {table, to} <= set(TENANT_TABLES)]
    proper = re.compile(
        r"FOREIGN KEY \(tenant_id, \w+\) REFERENCES \w+\(tenant_id, id\)( DEFERRABLE INITIALLY DEFERRED)?"
    )
    assert between
    assert [one for one in between if not proper.fullmatch(one[1])] == []


def test_no_global_table_refers_to_a_tenants_row() -> None:
    keys = ask("SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'")
    assert [key for key in keys if key[0] not in TENANT_TABLES and key[1] in TENANT_TABLES] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_foreign_key_of_a_model_is_one_of_the_database(model: type[TenantModel]) -> None:
    fields = [field for field in model._meta.get_fields() if isinstance(field, ForeignObject)]
    within = {field.name for field in fields if issubclass(field.related_model, TenantModel)}  # type: ignore[arg-type]
    checked = {one.field for one in model._meta.constraints if isinstance(one, TenantFK)}
    assert checked == within


def test_the_tenants_own_foreign_keys_are_all_in_the_database() -> None:
    declared = {one.name for model in MODELS for one in model._meta.constraints if isinstance(one, TenantFK)}
    held = {name for (name,) in ask("SELECT conname FROM pg_constraint WHERE contype = 'f'")}
    assert declared - held == set()


# The app's role


def test_the_apps_role_is_another_than_the_owner() -> None:
    assert settings.DATABASES["default"]["USER"] != settings.DATABASES["owner"]["USER"]
    assert tell("SELECT current_user") == [(app_role(),)]


def test_the_apps_role_has_no_special_power() -> None:
    powers = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    assert ask(f"SELECT {powers} FROM pg_roles WHERE rolname = %s", app_role()) == [(False,) * 5]


def test_the_apps_role_is_member_of_no_other_role() -> None:
    memberships = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole"
    assert ask(memberships, app_role()) == []


def test_the_apps_role_owns_nothing() -> None:
    assert ask("SELECT relname FROM pg_class WHERE relowner = %s::regrole", app_role()) == []
    assert ask("SELECT nspname FROM pg_namespace WHERE nspowner = %s::regrole", app_role()) == []


def test_the_apps_role_can_make_no_table() -> None:
    with refused(errors.InsufficientPrivilege):
        tell("CREATE TABLE mine (id int)")


@each_table
def test_the_apps_role_can_not_switch_row_security_off(table: str) -> None:
    with refused(errors.InsufficientPrivilege):
        tell(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def test_asking_for_no_row_security_is_an_error_and_no_way_past_it() -> None:
    with refused(errors.InsufficientPrivilege):
        tell("SET LOCAL row_security = off")
        tell("SELECT * FROM tenants_customer")


# What was written stays


def test_the_models_that_may_only_grow_are_these() -> None:
    assert {model._meta.db_table for model in MODELS if model.append_only} == APPEND_ONLY


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_what_may_only_grow_is_granted_no_more(table: str) -> None:
    rights = ask(
        "SELECT privilege_type FROM information_schema.table_privileges WHERE grantee = %s AND table_name = %s",
        app_role(),
        table,
    )
    columns = ask(
        "SELECT DISTINCT privilege_type FROM information_schema.column_privileges"
        " WHERE grantee = %s AND table_name = %s",
        app_role(),
        table,
    )
    assert {right for (right,) in rights} == {"SELECT", "INSERT"}
    assert {right for (right,) in columns} == {"SELECT", "INSERT"}


@pytest.mark.parametrize("attempt", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
def test_the_app_can_neither_change_nor_remove_what_may_only_grow(table: str, attempt: str, northwind: Vendor) -> None:
    with scope(northwind.tenant.pk), refused(errors.InsufficientPrivilege):
        tell(attempt.format(table))


@each_table
def test_the_app_can_empty_no_table(table: str) -> None:
    with refused(errors.InsufficientPrivilege):
        tell(f"TRUNCATE {table} CASCADE")


# Raw SQL. Northwind and Globex have rows in every table (tests/house/ledger.py).


@pytest.fixture(scope="module")
def northwinds(django_db_setup: None, django_db_blocker: Any) -> Vendor:
    with django_db_blocker.unblock():
        return fill("Northwind Support AI")


@pytest.fixture(scope="module")
def globexs(django_db_setup: None, django_db_blocker: Any) -> Vendor:
    with django_db_blocker.unblock():
        return fill("Globex Assistants")


def clone_row(table: str, tenant_id: Any) -> str:
    """SQL that adds a copy of a visible row, with a new id, to this tenant: what a bug or an intruder would try."""
    changes = {"id": str(uuid4()), "tenant_id": str(tenant_id)}
    literal = "'" + str(changes).replace("'", '"') + "'"
    return f"INSERT INTO {table} SELECT (jsonb_populate_record(row, {literal}::jsonb)).* FROM {table} AS row LIMIT 1"


@each_table
def test_both_tenants_have_rows_to_lose(table: str, northwinds: Vendor, globexs: Vendor) -> None:
    for vendor in (northwinds, globexs):
        with scope(vendor.tenant.pk):
            assert tell(f"SELECT count(*) FROM {table}") > [(0,)]


@each_table
def test_without_a_tenant_there_are_no_rows(table: str, northwinds: Vendor) -> None:
    assert tell(f"SELECT * FROM {table}") == []


@each_table
def test_without_a_tenant_nothing_can_be_written(table: str, northwinds: Vendor) -> None:
    with refused(errors.InsufficientPrivilege):
        tell(f"INSERT INTO {table} (tenant_id, id) VALUES (%s, %s)", northwinds.tenant.pk, uuid4())


@each_table
def test_a_tenant_sees_none_but_its_own_rows(table: str, northwinds: Vendor, globexs: Vendor) -> None:
    with scope(northwinds.tenant.pk):
        assert tell(f"SELECT DISTINCT tenant_id FROM {table}") == [(northwinds.tenant.pk,)]
        assert tell(f"SELECT * FROM {table} WHERE tenant_id = %s", globexs.tenant.pk) == []


@each_table
def test_a_tenant_writes_no_row_of_another(table: str, northwinds: Vendor, globexs: Vendor) -> None:
    with scope(northwinds.tenant.pk), refused(errors.InsufficientPrivilege):
        tell(clone_row(table, globexs.tenant.pk))


@pytest.mark.parametrize("table", sorted(set(TENANT_TABLES) - APPEND_ONLY))
def test_a_tenant_changes_and_removes_no_row_of_another(table: str, northwinds: Vendor, globexs: Vendor) -> None:
    with scope(northwinds.tenant.pk), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id WHERE tenant_id = %s", [globexs.tenant.pk])
        changed = cursor.rowcount
        cursor.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [globexs.tenant.pk])
        removed = cursor.rowcount
    assert (changed, removed) == (0, 0)


@pytest.mark.parametrize("table", sorted(set(TENANT_TABLES) - APPEND_ONLY))
def test_a_tenant_gives_no_row_of_its_own_to_another(table: str, northwinds: Vendor, globexs: Vendor) -> None:
    with scope(northwinds.tenant.pk), refused(errors.InsufficientPrivilege):
        tell(f"UPDATE {table} SET tenant_id = %s", globexs.tenant.pk)


def test_a_row_can_not_refer_to_another_tenants(northwinds: Vendor, globexs: Vendor) -> None:
    with scope(globexs.tenant.pk):
        [(theirs,)] = tell("SELECT id FROM tenants_customer LIMIT 1")
    with scope(northwinds.tenant.pk), refused(errors.ForeignKeyViolation):
        tell("UPDATE plans_subscription SET customer_id = %s", theirs)


def test_after_its_transaction_a_pooled_connection_has_no_tenant(northwinds: Vendor) -> None:
    with scope(northwinds.tenant.pk):
        [(inside, setting)] = tell("SELECT pg_backend_pid(), current_setting('app.tenant')")
        assert setting == str(northwinds.tenant.pk)
    [(afterwards, setting)] = tell("SELECT pg_backend_pid(), current_setting('app.tenant')")
    assert (afterwards, setting) == (inside, "")
    assert tell("SELECT * FROM tenants_customer") == []
