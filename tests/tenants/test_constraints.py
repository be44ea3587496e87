"""Tenancy as constraints: Django writes them into migrations, and can take them off and put them on again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, transaction
from django.db.migrations.writer import MigrationWriter
from django.db.models import BaseConstraint, Model
from django.utils.module_loading import import_string

from apps.events.models import Usage
from apps.events.room import RoomForUpdates
from apps.outbox.models import IdempotencyKey
from apps.tenants.base import TenantModel
from apps.tenants.constraints import RowLevelSecurity, SchemaConstraint, TenantFK, TenantKey
from apps.tenants.models import Contact

CONSTRAINTS = [
    constraint
    for model in apps.get_models()
    if issubclass(model, TenantModel)
    for constraint in model._meta.constraints
    if isinstance(constraint, SchemaConstraint)
]
each_constraint = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=lambda one: one.name)


@each_constraint
def test_a_constraint_is_made_anew_from_what_it_tells_of_itself(constraint: SchemaConstraint) -> None:
    path, args, kwargs = constraint.deconstruct()
    assert import_string(path)(*args, **kwargs) == constraint
    assert constraint.clone() == constraint
    assert hash(constraint.clone()) == hash(constraint)


@each_constraint
def test_a_migration_can_write_it(constraint: SchemaConstraint) -> None:
    text, imports = MigrationWriter.serialize(constraint)
    scope: dict[str, Any] = {}
    exec("\n".join(imports), scope)
    assert eval(text, scope) == constraint


def test_constraints_that_differ_are_not_equal() -> None:
    assert TenantKey(name="a") != TenantKey(name="b")
    assert TenantKey(name="a") != RowLevelSecurity(name="a")
    assert RowLevelSecurity(name="a") != RowLevelSecurity(name="a", own_user=True)
    assert TenantFK("customer", name="a") != TenantFK("version", name="a")


def test_every_name_is_used_once() -> None:
    assert len({one.name for one in CONSTRAINTS}) == len(CONSTRAINTS)


# In the database


@pytest.fixture
def owner() -> Iterator[Any]:
    """The owner's connection, in a transaction that leaves no trace."""
    with transaction.atomic(using="owner"):
        yield connections["owner"]
        transaction.set_rollback(True, using="owner")


def catalogue(owner: Any, table: str) -> list[Any]:
    """Everything that PostgreSQL knows of the table's keys, policies and storage."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype IN ('p', 'f')"
            " UNION ALL SELECT policyname, cmd || coalesce(qual, '') FROM pg_policies WHERE tablename = %s"
            " UNION ALL SELECT 'row security', relrowsecurity::text FROM pg_class WHERE oid = %s::regclass"
            " UNION ALL SELECT 'storage', reloptions::text FROM pg_class WHERE oid = %s::regclass"
            " ORDER BY 1, 2",
            [table] * 4,
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (IdempotencyKey, TenantKey),
        (IdempotencyKey, RowLevelSecurity),
        (Contact, RowLevelSecurity),
        (Contact, TenantFK),
        (Usage, RoomForUpdates),
    ],
)
def test_a_constraint_taken_off_and_put_on_again_is_the_same(
    owner: Any, model: type[Model], kind: type[BaseConstraint]
) -> None:
    [constraint] = [one for one in model._meta.constraints if isinstance(one, kind)]
    before = catalogue(owner, model._meta.db_table)
    with owner.schema_editor(atomic=False) as editor:
        editor.remove_constraint(model, constraint)
        without = catalogue(owner, model._meta.db_table)
        editor.add_constraint(model, constraint)
    assert without != before
    assert catalogue(owner, model._meta.db_table) == before


def test_a_field_that_points_nowhere_can_have_no_foreign_key() -> None:
    with connections["owner"].schema_editor(collect_sql=True) as editor, pytest.raises(FieldDoesNotExist):
        TenantFK("subject", name="nowhere").create_sql(apps.get_model("events.Event"), editor)
