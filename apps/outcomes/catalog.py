"""A tenant's definitions as ingestion reads them: by trigger, each with its versions, cached until they change."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.common.reads import Rows
from apps.common.statements import ask
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.tenants.scope import current_tenant_id


@dataclass(frozen=True, slots=True)
class Definition:
    """An active definition and its versions, oldest first; there is at least one."""

    id: UUID
    code: str
    versions: tuple[DefinitionVersion, ...]

    def version_at(self, time: datetime) -> DefinitionVersion:
        """The version that judges an event of this time: the newest published by then, else the first."""
        for version in reversed(self.versions):
            if version.published_at <= time:
                return version
        return self.versions[0]

    def versions_between(self, start: datetime, end: datetime) -> list[DefinitionVersion]:
        """The versions that judge events of the times [start, end]."""
        first, last = self.version_at(start).number, self.version_at(end).number
        return [version for version in self.versions if first <= version.number <= last]


@dataclass(frozen=True, slots=True)
class Catalog:
    """What triggers what, and what may void or confirm outcomes of which definitions, as of one `config_version`."""

    config_version: int
    by_trigger: dict[str, Definition]
    by_signal: dict[str, tuple[Definition, ...]]
    asks_for_signature: bool


_catalogs: dict[UUID, Catalog] = {}
MAX_TENANTS = 1_000


def catalog(tenant_id: UUID, config_version: int) -> Catalog:
    """The tenant's catalogue of exactly this version; read in the transaction that read the version."""
    known = _catalogs.get(tenant_id)
    if known is None or known.config_version != config_version:
        known = _read(config_version)
        if len(_catalogs) >= MAX_TENANTS:
            _catalogs.clear()
        _catalogs[tenant_id] = known
    return known


def known_catalog(tenant_id: UUID) -> Catalog | None:
    """The catalogue that was read last, which may have changed since."""
    return _catalogs.get(tenant_id)


def _read(config_version: int) -> Catalog:
    versions: dict[UUID, list[DefinitionVersion]] = {}
    for version in DefinitionVersion.objects.order_by("number"):
        versions.setdefault(version.definition_id, []).append(version)
    active = OutcomeDefinition.objects.filter(active=True)
    definitions = {
        one.trigger: Definition(one.pk, one.code, tuple(versions[one.pk])) for one in active if one.pk in versions
    }
    by_signal: dict[str, dict[UUID, Definition]] = {}
    for definition in definitions.values():
        for version in definition.versions:
            for signal in (*version.void_on, *version.confirm_on):
                by_signal.setdefault(signal["type"], {})[definition.id] = definition
    return Catalog(
        config_version,
        definitions,
        {name: tuple(found.values()) for name, found in by_signal.items()},
        any(v.requires_agreement for d in definitions.values() for v in d.versions),
    )


VERSION, DEFINITION = Rows(DefinitionVersion, "version"), Rows(OutcomeDefinition, "definition", without=["draft"])
NEWEST = f"""
SELECT DISTINCT ON (version.definition_id) {VERSION.columns}, {DEFINITION.columns}
FROM outcomes_definitionversion version
JOIN outcomes_outcomedefinition definition
  ON definition.tenant_id = version.tenant_id AND definition.id = version.definition_id
WHERE version.tenant_id = %b ORDER BY version.definition_id, version.number DESC
"""  # noqa: S608  # names of columns


def newest_versions() -> dict[str, DefinitionVersion]:
    """The newest version of each definition, by code: what its outcomes are called now."""
    return ask_newest_versions()()


def ask_newest_versions() -> Callable[[], dict[str, DefinitionVersion]]:
    """Ask for `newest_versions`."""
    rows = ask(NEWEST, [current_tenant_id()])
    return lambda: dict(_newest(rows()))


def _newest(rows: Iterable[Any]) -> Iterator[tuple[str, DefinitionVersion]]:
    for row in rows:
        values = iter(row)
        version = VERSION.take(values)
        version.definition = DEFINITION.take(values)
        yield version.definition.code, version
