"""Definitions that wait for a signature: what a customer's plans price, and what counts only once he has signed it."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from apps.outcomes.models import Agreement, DefinitionVersion
from apps.plans.models import Price, Subscription
from apps.tenants.models import Customer


def unsigned(customer: Customer, on: date) -> list[Any]:
    """The newest versions of what is priced for the customer on the day, or will be, that he is yet to sign, by name.

    `counts_meanwhile`: he signed an earlier one, which judges until then. Where he did not, nothing counts.
    """
    newest = DefinitionVersion.objects.filter(definition=OuterRef("definition")).order_by("-number")
    plans = Subscription.objects.filter(customer=customer).overlapping(on, None).values("plan_version")
    signed = Agreement.objects.filter(customer=customer, version__definition=OuterRef("definition"))
    rows = DefinitionVersion.objects.select_related("definition").filter(
        pk=Subquery(newest.values("pk")[:1]),
        requires_agreement=True,
        definition__active=True,
        definition__in=Price.objects.filter(plan_version__in=plans).values("definition"),
    )
    rows = rows.exclude(agreements__customer=customer).annotate(counts_meanwhile=Exists(signed))
    return list(rows.order_by("name"))
