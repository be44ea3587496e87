#!/usr/bin/env python3
"""Django's command line, with the clone's Python and, where the environment names none, the clone's servers.

A command talks to the servers of the running `make run`, or starts the embedded ones for as long as it runs.
Commands that only explain themselves, and those of WITHOUT_SERVERS, start none. Whatever is said about
servers goes to standard error.
"""

import os
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent
WITHOUT_SERVERS = {"help", "version", "check", "diffsettings", "spectacular"}
NOWHERE = {
    "DATABASE_URL": "postgresql://counterfoil_app@127.0.0.1:1/counterfoil",
    "DATABASE_OWNER_URL": "postgresql://counterfoil_owner@127.0.0.1:1/counterfoil",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "signs nothing",
}


def use_clone_python() -> None:
    """Go on in .venv where there is one and we are another Python."""
    python = CLONE / ".venv/bin/python"
    if python.exists() and Path(sys.prefix).resolve() != (CLONE / ".venv").resolve():
        os.execv(python, [str(python), *sys.argv])


def needs_servers(argv: list[str]) -> bool:
    """Whether this command line does more than explain itself."""
    command = argv[1] if len(argv) > 1 else "help"
    return not (command.startswith("-") or command in WITHOUT_SERVERS or {"-h", "--help", "--version"} & set(argv[2:]))


def add_to_environment(values: dict[str, str]) -> None:
    """What the user has set stays."""
    for name, value in values.items():
        os.environ[name] = os.environ.get(name) or value


def main() -> None:
    """Run one management command."""
    use_clone_python()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: run `make run` once, it makes the environment.")
    if not needs_servers(sys.argv):
        add_to_environment(NOWHERE)
        execute_from_command_line(sys.argv)
        return
    from dev.servers import RefusedError, servers

    try:
        with servers() as environment:
            add_to_environment(environment)
            execute_from_command_line(sys.argv)
    except RefusedError as refused:
        sys.exit(str(refused))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
