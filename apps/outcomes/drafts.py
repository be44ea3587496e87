"""Drafts: a version's content while it is being written. A draft judges nothing and may be unfinished."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.outcomes.models import OutcomeDefinition
from apps.outcomes.publish import Taken, refuse_taken


def save_draft(definition: OutcomeDefinition, content: dict[str, Any]) -> None:
    """Keep this content as the definition's draft, in place of the one before. Publishing a version ends it."""
    OutcomeDefinition.objects.filter(pk=definition.pk).update(draft=content)


def start_draft(*, code: str, trigger: str, content: dict[str, Any], at: datetime) -> OutcomeDefinition:
    """A definition that has only a draft yet; code and trigger are its own from here on. Raises Taken.

    Where that very draft was started already, that one is returned.
    """
    known: OutcomeDefinition | None = OutcomeDefinition.objects.filter(
        code=code, trigger=trigger, draft=content
    ).first()
    if known:
        return known
    refuse_taken(code, trigger)
    try:
        with transaction.atomic():
            found: OutcomeDefinition = OutcomeDefinition.objects.create(
                code=code, trigger=trigger, draft=content, created_at=at
            )
    except IntegrityError:
        raise Taken(f"The code {code} or the trigger {trigger} is in use by another definition.") from None
    return found


def drop_draft(definition: OutcomeDefinition) -> None:
    """Throw the draft away; a definition that was never published goes with it."""
    if definition.versions.exists():
        OutcomeDefinition.objects.filter(pk=definition.pk).update(draft=None)
    else:
        definition.delete()
