"""Creating definitions and publishing their versions."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.common.reading import Fields
from apps.outcomes.content import hash_of, read_content
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.tenants.models import bump_config
from apps.tenants.scope import current_tenant_id


class Taken(ValueError):
    """Another definition has this code or, being active, this trigger."""


class CodeTaken(Taken):
    """Another definition has this code."""


def create_definition(body: object, *, once: bool = False, at: datetime) -> DefinitionVersion:
    """A definition with its first version, from the body of `POST /outcome-definitions`.

    Raises InvalidInput with all that is wrong, or Taken for a code or a trigger that is in use. With `once`, where that
    very definition stands already, its newest version is returned.
    """
    fields = Fields(body)
    code, trigger = fields.code("code"), fields.event_type("trigger")
    content = read_content(fields)
    fields.raise_if_any()
    try:
        refuse_taken(code, trigger)
        with transaction.atomic():
            definition: OutcomeDefinition = OutcomeDefinition.objects.create(code=code, trigger=trigger, created_at=at)
    except (Taken, IntegrityError) as error:
        known = OutcomeDefinition.objects.filter(code=code, trigger=trigger).first() if once else None
        if known and (said := _newest_saying(known, content)):
            return said
        if isinstance(error, Taken):
            raise
        raise Taken(f"The code {code} or the trigger {trigger} is in use by another definition.") from None
    return _publish(definition, content, at)


def refuse_taken(code: str, trigger: str) -> None:
    """Raise CodeTaken or Taken where the code or the trigger is in use."""
    if OutcomeDefinition.objects.filter(code=code).exists():
        raise CodeTaken(f"There is a definition {code} already; publish a version of it, or choose another code.")
    other = OutcomeDefinition.objects.filter(trigger=trigger, active=True).first()
    if other:
        raise Taken(f"{trigger} triggers {other.code} already; an event type triggers one outcome.")


def publish_version(
    definition: OutcomeDefinition, body: object, *, once: bool = False, at: datetime
) -> DefinitionVersion:
    """The definition's next version, in force for events from now on. Raises InvalidInput with all that is wrong.

    With `once` nothing is published that the newest version says already: that one is returned, and a draft ends.
    """
    fields = Fields(body)
    content = read_content(fields)
    fields.raise_if_any()
    OutcomeDefinition.objects.select_for_update().get(pk=definition.pk)  # another may be publishing the same
    said = _newest_saying(definition, content) if once else None
    if said is None:
        return _publish(definition, content, at)
    OutcomeDefinition.objects.filter(pk=definition.pk).update(draft=None)
    return said


def _newest_saying(definition: OutcomeDefinition, content: dict[str, Any]) -> DefinitionVersion | None:
    """The definition's newest version, if it says this and nothing else."""
    newest: DefinitionVersion | None = definition.versions.order_by("-number").first()
    wanted = hash_of(DefinitionVersion(definition=definition, **content).content())
    return newest if newest and newest.hash == wanted else None


def _publish(definition: OutcomeDefinition, content: dict[str, Any], at: datetime) -> DefinitionVersion:
    OutcomeDefinition.objects.select_for_update().get(pk=definition.pk)
    number = DefinitionVersion.objects.filter(definition=definition).count() + 1
    version = DefinitionVersion(definition=definition, number=number, published_at=at, **content)
    version.hash = hash_of(version.content())
    version.save(force_insert=True)
    OutcomeDefinition.objects.filter(pk=definition.pk).update(draft=None)
    bump_config(current_tenant_id())
    return version
