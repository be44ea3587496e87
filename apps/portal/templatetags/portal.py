"""How a definition is read out to the customer whom it concerns."""

import json
from datetime import timedelta

from django import template

from apps.outcomes.models import DefinitionVersion

register = template.Library()

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


@register.filter
def duration(length: timedelta) -> str:
    """A window in words, exactly: "2 days", "1 hour 30 minutes"."""
    left, words = int(length.total_seconds()), []
    for name, seconds in UNITS:
        count, left = divmod(left, seconds)
        if count:
            words.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return " ".join(words) or "0 seconds"


@register.filter
def canonical(version: DefinitionVersion) -> str:
    """The text that the version's hash is taken of, spread over lines to be read."""
    return json.dumps(version.content(), indent=2, sort_keys=True, ensure_ascii=False)
