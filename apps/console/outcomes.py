"""Outcomes: what counts as a result, its versions side by side, and the form that publishes one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.console.access import ConsoleRequest, console, page
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.outcome_form import DefinitionForm, VersionForm, initial_of, next_body, window_parts
from apps.events.models import Outcome, Usage
from apps.outcomes.models import DefinitionVersion, OutcomeDefinition
from apps.outcomes.publish import Taken, create_definition, publish_version

NEWEST = 8
LABELS = {
    "name": "Name",
    "unit": "Unit",
    "description": "In words",
    "condition": "Counts only if",
    "quantity_from": "Quantity from",
    "value_from": "Value from",
    "dimension": "Split by",
    "settlement": "Pending for",
    "void_after_billing_days": "Voids after billing",
    "evidence_required": "Evidence",
    "once_per_subject": "Per subject",
    "requires_agreement": "Signature",
}
CODE_FIELDS = ("condition", "quantity_from", "value_from", "dimension")


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a version in words; `before` is what the version before said, where that differs."""

    label: str
    value: str
    before: str | None
    code: bool


def in_words(name: str, content: dict[str, Any]) -> str:
    """One field of a version's content as a reader would say it."""
    value = content[name]
    if name == "settlement":
        amount, unit = window_parts(value["window_seconds"])
        return f"{amount} {unit}" if amount else "No time, final at once"
    if name == "void_after_billing_days":
        return f"For {value} days"
    if name == "condition" and value == "true":
        return "Every event counts"
    if isinstance(value, bool):
        return "Required" if value else "Not required"
    return str(value).capitalize() if name == "once_per_subject" else str(value or "–")


def facts(version: DefinitionVersion, before: DefinitionVersion | None = None) -> list[Fact]:
    """Every field of the version, with what it replaced."""
    content, old = version.content(), before.content() if before else None
    return [
        Fact(
            label,
            in_words(name, content),
            in_words(name, old) if old and old[name] != content[name] else None,
            name in CODE_FIELDS and in_words(name, content) == content[name],
        )
        for name, label in LABELS.items()
    ]


@console()
def outcomes(request: ConsoleRequest) -> HttpResponse:
    """Every definition, newest first, with what it counted in the last 30 days."""
    text = request.GET.get("q", "").strip()
    rows = OutcomeDefinition.objects.all()
    if text:
        rows = rows.filter(code__icontains=text) | rows.filter(trigger__icontains=text)
    found = listed(request, rows)
    ids = [one.pk for one in found.rows]
    newest = {one.definition_id: one for one in DefinitionVersion.objects.filter(definition__in=ids).order_by("number")}
    since = request.at.date() - timedelta(days=30)
    counted = dict(
        Usage.objects.filter(version__definition__in=ids, day__gte=since)
        .values_list("version__definition")
        .annotate(Sum("quantity"))
        .order_by()
    )
    shown = [{"definition": one, "version": newest[one.pk], "counted": counted.get(one.pk, 0)} for one in found.rows]
    return page(request, "console/outcomes.html", {"list": found, "rows": shown, "q": text})


@console("manage")
def outcome_new(request: ConsoleRequest) -> HttpResponse:
    """Define an outcome; its first version is in force at once."""
    form = DefinitionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals(form, {Taken: "trigger"}):
            version = create_definition(form.body(), at=request.at)
        if not form.errors:
            messages.success(request, f"{version.name} is defined. Events of its type count from now on.")
            return redirect("console:outcome", version.definition.code)
    return page(request, "console/outcome_form.html", {"form": form}, status=422 if form.errors else 200)


@console()
def outcome(request: ConsoleRequest, code: str) -> HttpResponse:
    """One definition: the version in force, those before it with what changed, and what it counted lately."""
    definition = OutcomeDefinition.objects.get(code=code)
    versions = list(definition.versions.order_by("-number"))
    older = [*versions[1:], None]
    context = {
        "definition": definition,
        "current": versions[0],
        "facts": facts(versions[0]),
        "changes": [
            {"version": version, "before": before, "changed": [fact for fact in facts(version, before) if fact.before]}
            for version, before in zip(versions, older, strict=True)
        ],
        "newest": Outcome.objects.filter(version__definition=definition).select_related("customer").newest()[:NEWEST],
    }
    return page(request, "console/outcome.html", context)


@console("manage")
def outcome_version(request: ConsoleRequest, code: str) -> HttpResponse:
    """Publish the next version of a definition."""
    definition = OutcomeDefinition.objects.get(code=code)
    current = definition.versions.order_by("-number")[0]
    form = VersionForm(request.POST or None, initial=initial_of(current))
    if request.method == "POST" and form.is_valid():
        with refusals(form, {}):
            version = publish_version(definition, next_body(current, form), at=request.at)
        if not form.errors:
            messages.success(request, f"Version {version.number} is in force for events from now on.")
            return redirect("console:outcome", code)
    context = {"form": form, "definition": definition, "current": current}
    return page(request, "console/outcome_form.html", context, status=422 if form.errors else 200)
