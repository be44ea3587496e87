"""Databases of one PostgreSQL: each part gets a copy of one that was migrated once, and may make more."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from django.db import connections
from psycopg import sql

NAMED = ("DATABASE_URL", "DATABASE_OWNER_URL")


def urls(name: str) -> dict[str, str]:
    """What the environment says of the database of this name."""
    return {variable: urlsplit(os.environ[variable])._replace(path=f"/{name}").geturl() for variable in NAMED}


def current() -> str:
    """The name of the database in use."""
    return urlsplit(os.environ["DATABASE_URL"]).path[1:]


@contextmanager
def using(name: str) -> Iterator[None]:
    """Have this process, and whatever it starts, use the database of this name."""
    before = current()
    _point_to(name)
    try:
        yield
    finally:
        _point_to(before)


def _point_to(name: str) -> None:
    os.environ |= urls(name)
    for connection in connections.all():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
        connection.settings_dict["NAME"] = name


@contextmanager
def copied(source: str, name: str) -> Iterator[None]:
    """A copy of a database that nobody is connected to; it goes in the end."""
    _say("CREATE DATABASE {} TEMPLATE {}", name, source)
    try:
        yield
    finally:
        _say("DROP DATABASE {}", name)


def _say(statement: str, *names: str) -> None:
    with psycopg.connect(urls("postgres")["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
