"""Imports and foreign keys lean one way only: down the stair of apps (docs: pyproject.toml, import-linter)."""

import subprocess
import sys
import tomllib

import pytest
from django.apps import apps
from django.db.models import Field, ForeignObject

from dev.home import CLONE

CONTRACTS = tomllib.loads((CLONE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
STAIR = next(one for one in CONTRACTS if one["type"] == "layers")
STEP = {
    name.strip(): step
    for step, names in enumerate(reversed(STAIR["layers"]))
    for name in names.replace(":", "|").split("|")
}


def test_imports_keep_the_contracts() -> None:
    command = [sys.executable, "-m", "importlinter.cli", "lint", "--no-cache"]
    run = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_app_has_its_step() -> None:
    ours = {config.name.removeprefix("apps.") for config in apps.get_app_configs() if config.name.startswith("apps.")}
    assert ours == set(STEP)


def foreign_keys() -> list[Field]:
    """Every field of our models that points to another of our models."""
    return [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignObject)
        and {model._meta.app_label, field.related_model._meta.app_label} <= STEP.keys()
    ]


@pytest.mark.parametrize("field", foreign_keys(), ids=str)
def test_a_foreign_key_points_down_the_stair(field: Field) -> None:
    here, there = field.model._meta.app_label, field.related_model._meta.app_label
    assert here == there or STEP[here] > STEP[there]


@pytest.mark.parametrize("field", foreign_keys(), ids=str)
def test_what_is_billed_is_never_removed_with_something_else(field: Field) -> None:
    """A cascade runs in Python past row security and the ledger; only what a user owns goes with the user."""
    kept = {"PROTECT", "DO_NOTHING"}
    whose = field.related_model._meta.label
    assert field.remote_field.on_delete.__name__ in kept or whose == "tenants.User"
