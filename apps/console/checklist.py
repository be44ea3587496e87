"""The way from an empty organisation to its first event, and how far along it one is."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from apps.events.models import Event
from apps.outcomes.models import OutcomeDefinition
from apps.plans.models import Plan, Subscription
from apps.tenants.models import ApiKey, Customer


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. Without `url` it is done elsewhere; `done` ticks it."""

    key: str
    title: str
    text: str
    url: str
    action: str
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
            OutcomeDefinition.objects.exists(),
        ),
        Step(
            "price",
            "Set a price",
            "A plan says what each outcome costs, and what is included.",
            reverse("console:plan_new"),
            "Create a plan",
            Plan.objects.exists(),
        ),
        Step(
            "customer",
            "Add a customer",
            "Give the customer the id that your product knows it by: events name it.",
            reverse("console:customer_new"),
            "Add a customer",
            Customer.objects.exists(),
        ),
        Step(
            "subscribe",
            "Put the customer on the plan",
            "From its first day on, what is counted is priced.",
            reverse("console:subscription_new"),
            "Create a subscription",
            Subscription.objects.exists(),
        ),
        Step(
            "key",
            "Make an API key",
            "Your product sends events with it. You see it once.",
            reverse("console:api_keys"),
            "Create a key",
            ApiKey.objects.filter(revoked_at=None).exists(),
        ),
        Step(
            "send",
            "Send the first event",
            "Run this where your product runs. This step ticks itself when the event arrives.",
            "",
            "",
            Event.objects.exists(),
        ),
    ]


def curl_line(key: str = "$COUNTERFOIL_KEY") -> str:
    """A command that sends one event of the newest definition for the newest customer."""
    definition = OutcomeDefinition.objects.filter(active=True).order_by("-pk").first()
    customer = Customer.objects.order_by("-pk").first()
    trigger = definition.trigger if definition else "ticket.resolved"
    external_id = customer.external_id if customer else "acme"
    body = f'{{"id": "first-1", "type": "{trigger}", "customer": "{external_id}", "subject": "T-1"}}'
    return (
        f"curl {settings.SITE_URL}/api/v1/events \\\n"
        f'  -H "Authorization: Bearer {key}" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f"  -d '{body}'"
    )
