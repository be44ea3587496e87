"""What the app's database role may do: after each migration the owner grants it anew, from the models.

Every table can be read and added to; entries of the ledger, events and published versions can't be changed or removed.
"""

from typing import Any
from urllib.parse import unquote

from django.apps import apps as registry
from django.conf import settings
from django.db import connections
from psycopg import sql


def app_role() -> str:
    return unquote(str(settings.DATABASES["default"]["USER"]))


def grant_app_role(using: str) -> None:
    """Grant the app's role its privileges on every table; `using` must be the owner's connection."""
    role = sql.Identifier(app_role())
    with connections[using].cursor() as cursor:
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        cursor.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
        cursor.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(role))
        for model in registry.get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                table = sql.Identifier(model._meta.db_table)
                cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(table, role))
                rights = sql.SQL(privileges(model))
                cursor.execute(sql.SQL("GRANT {} ON {} TO {}").format(rights, table, role))


def privileges(model: Any) -> str:
    if getattr(model, "append_only", False):
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def after_migrate(*, using: str, **_: Any) -> None:
    """Runs on Django's post_migrate; migrations run on the owner's connection, any other can't grant."""
    if using == "owner":
        grant_app_role(using)
