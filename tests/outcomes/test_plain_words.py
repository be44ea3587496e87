"""A version's text in plain words: one table of what each field makes of it."""

from typing import Any

import pytest

from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.outcomes.plain_words import in_words, window_in_words

HOURS, DAYS = 3600, 86400


def version(trigger: str = "ticket.resolved", **fields: Any) -> DefinitionVersion:
    definition = OutcomeDefinition(code="x", trigger=trigger)
    return DefinitionVersion(**{"definition": definition, "name": "X", "unit": "ticket"} | fields)


def signal(type: str, condition: str = "true") -> dict[str, str]:
    return {"type": type, "condition": condition}


RATED = "properties.rating >= 4"
BRIEFLY = "A ticket counts when it is resolved"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, f"{BRIEFLY}."),
        ({"unit": "invoice", "trigger": "invoice.paid"}, "An invoice counts when it is paid."),
        ({"trigger": "desk.resolution"}, "A ticket counts when it is reported as desk.resolution."),
        (
            {
                "condition": RATED,
                "window_seconds": 72 * HOURS,
                "void_on": [signal("ticket.reopened")],
                "once_per_subject": "month",
            },
            f"{BRIEFLY} with a rating of 4 or more, unless it is reopened within 72 hours; each ticket once a month.",
        ),
        ({"once_per_subject": "ever"}, f"{BRIEFLY}; each ticket only once."),
        ({"window_seconds": 7 * DAYS}, f"{BRIEFLY}, and is final after 7 days."),
        (
            {
                "window_seconds": DAYS,
                "void_on": [signal("ticket.reopened", 'properties.by == "customer"'), signal("refund.made")],
            },
            f"{BRIEFLY}, unless it is reopened with a by of “customer” or refund.made is reported for it "
            "within 24 hours.",
        ),
        (
            {
                "mode": "on_confirmation",
                "window_seconds": 7 * DAYS,
                "confirm_on": [signal("ticket.approved")],
            },
            "A ticket that is resolved counts once it is confirmed by ticket.approved within 7 days, "
            "and otherwise not at all.",
        ),
        (
            {"mode": "on_confirmation", "window_seconds": HOURS},
            "A ticket that is resolved counts once it is confirmed within 1 hour, and otherwise not at all.",
        ),
        (
            {"evidence_required": True, "requires_agreement": True},
            f"{BRIEFLY}. It must name its evidence. It counts only for a customer who has signed this.",
        ),
        (
            {"quantity_from": "properties.n", "value_from": "properties.sum", "dimension": "properties.channel"},
            f"{BRIEFLY}. Its quantity is read from properties.n. Its value is read from properties.sum. "
            "It is counted apart by properties.channel.",
        ),
        (
            {"condition": "size(properties.tags) > 2"},
            f"{BRIEFLY} and `size(properties.tags) > 2` is true.",
        ),
        (
            {"window_seconds": HOURS, "void_on": [signal("ticket.reopened", "size(properties.tags) > 2")]},
            f"{BRIEFLY}, unless it is reopened where `size(properties.tags) > 2` is true within 1 hour.",
        ),
    ],
)
def test_a_version_in_words(fields: dict[str, Any], text: str) -> None:
    assert in_words(version(**fields)) == text


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("properties.rating > 4", "a rating of more than 4"),
        ("properties.rating < 4.5", "a rating of less than 4.5"),
        ("properties.rating <= 4", "a rating of 4 or less"),
        ("properties.channel != 'x'", None),
        ('properties.channel != "voice"', "a channel other than “voice”"),
        ('properties.channel in ["email", "chat", "sms"]', "a channel of “email”, “chat” or “sms”"),
        ('properties.lead_source.contains("ads")', "a lead source that contains “ads”"),
        ("properties.escalated == false", "escalated being false"),
        ("evidence != null", "evidence"),
        ("!has(properties.error)", "no error"),
        ("!has(properties.rating) || properties.rating >= 4", "a rating of 4 or more (or no rating)"),
        (f"{RATED} && quantity > 1", "a rating of 4 or more and a quantity of more than 1"),
        (
            f'{RATED} && (properties.channel == "email" || value > 100)',
            "a rating of 4 or more and either a channel of “email” or a value of more than 100",
        ),
        (
            f'{RATED} || properties.channel == "email" && value > 100',
            "a rating of 4 or more or both a channel of “email” and a value of more than 100",
        ),
    ],
)
def test_a_condition_in_words(condition: str, words: str | None) -> None:
    """CEL that the builder can't read is quoted instead."""
    expected = f" with {words}." if words else f" and `{condition}` is true."
    assert in_words(version(condition=condition)) == BRIEFLY + expected


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(90, "90 seconds"), (60, "1 minute"), (5400, "90 minutes"), (72 * HOURS, "72 hours"), (30 * DAYS, "30 days")],
)
def test_a_window_is_said_in_its_natural_unit(seconds: int, words: str) -> None:
    assert window_in_words(seconds) == words
