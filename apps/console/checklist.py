"""The way from an empty organisation to its first event, and how far along it one is."""

import json
import shlex
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from apps.events.models import Event
from apps.outcomes.example import fields_for
from apps.outcomes.models import OutcomeDefinition
from apps.plans.models import Plan, Subscription
from apps.tenants.models import ApiKey, Customer


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. Without `url` it is done elsewhere; `done` ticks it.

    `needs` is the action of access.MAY that a member must be allowed.
    """

    key: str
    title: str
    text: str
    url: str
    action: str
    needs: str
    done: bool


def steps() -> list[Step]:
    """The steps in their order, ticked by what there is; six queries that look for one row each."""
    return [
        Step(
            "define",
            "Define an outcome",
            "Say what a result is, and which event of your product reports it.",
            reverse("console:outcome_new"),
            "Define an outcome",
            "manage",
            OutcomeDefinition.objects.exists(),
        ),
        Step(
            "price",
            "Set a price",
            "A plan says what each outcome costs, and what is included.",
            reverse("console:plan_new"),
            "Create a plan",
            "bill",
            Plan.objects.exists(),
        ),
        Step(
            "customer",
            "Add a customer",
            "Give the customer the id that your product knows it by: events name it.",
            reverse("console:customer_new"),
            "Add a customer",
            "manage",
            Customer.objects.exists(),
        ),
        Step(
            "subscribe",
            "Put the customer on the plan",
            "From its first day on, what is counted is priced.",
            reverse("console:subscription_new"),
            "Create a subscription",
            "bill",
            Subscription.objects.exists(),
        ),
        Step(
            "key",
            "Make an API key",
            "Your product sends events with it. You see it once.",
            reverse("console:api_keys"),
            "Create a key",
            "develop",
            ApiKey.objects.filter(revoked_at=None).exists(),
        ),
        Step(
            "send",
            "Send the first event",
            "Run this where your product runs. This step ticks itself when the event arrives.",
            "",
            "",
            "read",
            Event.objects.exists(),
        ),
    ]


def curl_line(key: str = "$COUNTERFOIL_KEY", id: str = "first-1") -> str:
    """A command that sends one event of the newest definition for the newest customer, with what it needs to count."""
    definition = OutcomeDefinition.objects.filter(active=True).order_by("-pk").first()
    customer = Customer.objects.order_by("-pk").first()
    event = {
        "id": id,
        "type": definition.trigger if definition else "ticket.resolved",
        "customer": customer.external_id if customer else "acme",
        "subject": "T-1",
    }
    version = definition and definition.versions.order_by("-number").first()
    body = json.dumps(event | (fields_for(version) if version else {}), ensure_ascii=False)
    return (
        f"curl {settings.SITE_URL}/api/v1/events \\\n"
        f'  -H "Authorization: Bearer {key}" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(body)}"
    )
