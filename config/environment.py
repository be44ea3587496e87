"""The only place that reads the process environment; everything else asks settings."""

import os
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

# Of a server whose machine has vanished the kernel tells us within half a minute; libpq takes seconds and milliseconds.
LIFE_SIGNS = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    # A standby can be read from but not written to: while it is one the database is away.
    "target_session_attrs": "primary",
}
# And the kernel tells the server of us: till then it keeps what a transaction of ours has locked.
OURS = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3, "tcp_user_timeout": 25_000}
SILENT_MS = 60_000
"""How long a transaction whose statements have a limit may leave the server without its next one. No kernel tells of a
client that lives, but whose words are lost on the way (a proxy that hangs)."""


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (docs/operating.md lists them all).")
    return value


def flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def prefer(name: str, value: str) -> None:
    """What this process takes where the environment names nothing; to be said before the settings are read."""
    os.environ.setdefault(name, value)


def database(name: str, *, pool: Mapping[str, object] | None = None, statement_ms: int = 0) -> dict[str, object]:
    """Django's settings of one PostgreSQL connection, from a URL.

    postgresql://user:password@host:port/name; the host may be a percent-encoded socket directory. What follows a
    question mark is for libpq, as sslmode. `statement_ms` is how long the server lets a statement run (0: for ever);
    where that has a limit, a transaction that asks nothing has one, too.
    """
    url = urlsplit(text(name))
    if url.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"{name} must start with postgresql://, not {url.scheme}://")
    options: dict[str, object] = LIFE_SIGNS | dict(parse_qsl(url.query))
    if pool:
        options["pool"] = pool
    limits = {"statement_timeout": statement_ms, "idle_in_transaction_session_timeout": SILENT_MS}
    settings = OURS | (limits if statement_ms else {})
    flags = " ".join(f"-c {name}={value}" for name, value in settings.items())
    options["options"] = f"{flags} {options.get('options', '')}".rstrip()
    return {
        "ENGINE": "config.database",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "OPTIONS": options,
    }
