"""Publishing plan versions, and reading the terms of published ones."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.common.reading import InvalidInput, Problem
from apps.outcomes.models import OutcomeDefinition
from apps.plans.models import Plan, PlanVersion, Price, Subscription
from apps.plans.overrides import apply
from apps.plans.terms import Terms


class CodeTaken(ValueError):
    """There is a plan of this code already."""


_terms: dict[tuple[UUID, str], Terms] = {}
MAX_TERMS = 4096


def terms_of(version: PlanVersion) -> Terms:
    """The terms of a published version; read once in a process, since they never change."""
    return _kept((version.pk, ""), lambda: Terms.from_json(version.terms))


def terms_of_subscription(subscription: Subscription) -> Terms:
    """The terms of its plan version with the subscription's overrides; read once in a process for the same ones."""
    terms, overrides = terms_of(subscription.plan_version), subscription.overrides
    if not overrides:
        return terms
    key = json.dumps(overrides, sort_keys=True)
    return _kept((subscription.plan_version_id, key), lambda: apply(terms, overrides))


def _kept(key: tuple[UUID, str], read: Callable[[], Terms]) -> Terms:
    terms = _terms.get(key)
    if terms is None:
        if len(_terms) >= MAX_TERMS:
            _terms.clear()
        terms = _terms[key] = read()
    return terms


def create_plan(*, code: str, name: str, terms: Mapping[str, Any], once: bool = False, at: datetime) -> PlanVersion:
    """A new plan with its first version, published at once. Raises InvalidInput, or CodeTaken.

    With `once`, where that very plan stands already, its newest version is returned.
    """
    read = Terms.from_json(terms)
    try:
        with transaction.atomic():
            plan: Plan = Plan.objects.create(code=code, name=name, currency=read.currency)
    except IntegrityError:
        known = Plan.objects.filter(code=code).first() if once else None
        if known and (said := _newest_saying(known, name, read)):
            return said
        raise CodeTaken(f"There is a plan {code} already; publish a version of it, or choose another code.") from None
    return publish_plan_version(plan, name=name, terms=terms, at=at)


def publish_plan_version(
    plan: Plan, *, name: str, terms: Mapping[str, Any], once: bool = False, at: datetime
) -> PlanVersion:
    """The plan's next version, from now on what new subscriptions get. Raises InvalidInput with all that is wrong.

    With `once` nothing is published that the newest version says already: that one is returned.
    """
    read = Terms.from_json({**terms, "currency": plan.currency})
    definitions = {one.code: one for one in OutcomeDefinition.objects.all()}
    unknown = [
        Problem(f"prices[{position}].outcome", "unknown_outcome", f"There is no outcome {price.outcome!r}.")
        for position, price in enumerate(read.prices)
        if price.outcome not in definitions
    ]
    if unknown:
        raise InvalidInput(unknown)
    Plan.objects.select_for_update().get(pk=plan.pk)
    if once and (said := _newest_saying(plan, name, read)):
        return said
    number = PlanVersion.objects.filter(plan=plan).count() + 1
    version: PlanVersion = PlanVersion.objects.create(
        plan=plan, number=number, name=name, terms=read.to_json(), published_at=at
    )
    Price.objects.bulk_create(
        Price(plan_version=version, definition=definitions[price.outcome], model=price.model) for price in read.prices
    )
    if plan.name != name:
        Plan.objects.filter(pk=plan.pk).update(name=name)
    return version


def _newest_saying(plan: Plan, name: str, terms: Terms) -> PlanVersion | None:
    """The plan's newest version, if it says this and nothing else."""
    newest = PlanVersion.objects.select_related("plan").filter(plan=plan).order_by("-number").first()
    return newest if newest and newest.name == name and newest.terms == terms.to_json() else None


def newest_version(plan: Plan) -> PlanVersion:
    """The version that a new subscription gets."""
    version: PlanVersion = PlanVersion.objects.select_related("plan").filter(plan=plan).order_by("-number")[0]
    return version
