"""Whether every change of a model has its migration: as `makemigrations --check`, but without a database."""

import os
import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def main() -> int:
    """Name what lacks a migration; 0 if nothing does."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    loader = MigrationLoader(None)
    conflicts = loader.detect_conflicts()
    changes = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps)).changes(loader.graph)
    for label, migrations in changes.items():
        for operation in (operation for migration in migrations for operation in migration.operations):
            print(f"{label}: {operation.describe()}")
    for label, names in conflicts.items():
        print(f"{label}: {', '.join(sorted(names))} are both last")
    return 1 if changes or conflicts else 0


if __name__ == "__main__":
    sys.exit(main())
