"""Outcomes: what counts as a result, its versions side by side, and the form that publishes one."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.outcome_facts import facts
from apps.console.outcome_form import DefinitionForm, VersionForm, version_of
from apps.console.outcome_seen import seen_fields
from apps.console.outcome_starts import STARTS, start
from apps.events.models import Outcome, Usage
from apps.outcomes.drafts import drop_draft, save_draft, start_draft
from apps.outcomes.models import Agreement, DefinitionVersion, OutcomeDefinition
from apps.outcomes.plain_words import in_words
from apps.outcomes.publish import CodeTaken, Taken, create_definition, publish_version

NEWEST, LOOKED_AT = 8, 5_000
UNNAMED = {"name": "Outcome", "unit": "outcome", "trigger": "event", "code": "outcome"}
"""What the preview takes for what is not typed yet."""


@console()
def outcomes(request: ConsoleRequest) -> HttpResponse:
    """Every definition, newest first, with what it counted in the last 30 days."""
    text = request.GET.get("q", "").strip()
    rows = OutcomeDefinition.objects.all()
    if text:
        named = DefinitionVersion.objects.filter(name__icontains=text).values("definition")
        rows = rows.filter(Q(code__icontains=text) | Q(trigger__icontains=text) | Q(pk__in=named))
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
    shown = [
        {"definition": one, "version": newest.get(one.pk), "counted": counted.get(one.pk, 0)} for one in found.rows
    ]
    return page(request, "console/outcomes.html", {"list": found, "rows": shown, "q": text})


@console("manage")
def outcome_new(request: ConsoleRequest) -> HttpResponse:
    """Define an outcome, from scratch or from one of the starts; its first version is in force at once."""
    begun = start(request.GET.get("start", ""))
    drafting = request.POST.get("do") == "draft"
    form = DefinitionForm(request.POST or None, begun.content if begun else None, drafting=drafting)
    if not form.is_bound:
        form.initial["trigger"] = begun.trigger if begun else request.GET.get("trigger", "")
    part = _part(request, form, {})
    if part:
        return part
    if request.method == "POST" and form.is_valid():
        with refusals(form, {CodeTaken: "code", Taken: "trigger"}):
            code = _begun(form, request) if drafting else _defined(form, request)
        if not form.errors:
            return redirect("console:outcome", code)
    context = {"starts": STARTS, "begun": begun} | _written(form, str(form["trigger"].value() or ""))
    return page(request, "console/outcome_form.html", context, status=422 if form.errors else 200)


def _begun(form: DefinitionForm, request: ConsoleRequest) -> str:
    definition = start_draft(**form.own(), content=form.content(), at=request.at)
    messages.success(request, "The draft is saved. Nothing counts until you publish it.")
    return definition.code


def _defined(form: DefinitionForm, request: ConsoleRequest) -> str:
    version = create_definition(form.content() | form.own(), once=True, at=request.at)
    from_when = "for each customer once he has signed it" if version.requires_agreement else "from now on"
    messages.success(request, f"{version.name} is defined. Events of its type count {from_when}.")
    return str(version.definition.code)


@console()
def outcome(request: ConsoleRequest, code: str) -> HttpResponse:
    """One definition: the version in force, those before it with what changed, who signed, what it counted lately."""
    definition = OutcomeDefinition.objects.get(code=code)
    versions = list(definition.versions.order_by("-number"))
    if not versions:
        return page(request, "console/outcome_draft.html", {"definition": definition} | _draft(definition))
    for version in versions:
        version.definition = definition
    older = [*versions[1:], None]
    context = {
        "definition": definition,
        "current": versions[0],
        "facts": facts(versions[0]),
        "changes": [
            {"version": version, "before": before, "facts": facts(version, before)}
            for version, before in zip(versions, older, strict=True)
        ],
        "signed": Agreement.objects.filter(version__definition=definition)
        .select_related("customer", "version")
        .order_by("-pk"),
        "drafted": in_words(version_of(definition.draft, definition.trigger)) if definition.draft else None,
        "asks_for_signature": any(version.requires_agreement for version in versions),
        "newest": _newest(definition),
    }
    return page(request, "console/outcome.html", context)


def _newest(definition: OutcomeDefinition) -> QuerySet[Outcome]:
    """What it counted lately: of the tenant's newest outcomes, as millions of others may have come since."""
    recent = Outcome.objects.newest().values("pk")[:LOOKED_AT]
    own = Outcome.objects.filter(pk__in=recent, version__definition=definition)
    found: QuerySet[Outcome] = own.select_related("customer").newest()[:NEWEST]
    return found


def _draft(definition: OutcomeDefinition) -> dict[str, Any]:
    """What a definition's draft says so far."""
    version = version_of(definition.draft or {}, definition.trigger)
    return {"draft": version, "facts": facts(version)}


@console("manage")
def outcome_version(request: ConsoleRequest, code: str) -> HttpResponse:
    """Write the next version of a definition, from its draft or the newest; keep it as a draft, or publish it."""
    definition = OutcomeDefinition.objects.get(code=code)
    current = definition.versions.order_by("-number").first()
    if request.POST.get("do") == "drop-draft":
        if not confirmed(request):
            back = reverse("console:outcome_version", args=[code])
            detail = "What is published stays as it is."
            return ask(request, "Throw this draft away?", detail=detail, label="Throw away", back=back)
        drop_draft(definition)
        messages.success(request, "The draft is thrown away.")
        return redirect("console:outcome", code) if current else redirect("console:outcomes")
    do = request.POST.get("do")
    drafting = do in ("draft", "try")
    content = definition.draft or (current.content() if current else {})
    form = VersionForm(request.POST or None, content, drafting=drafting)
    about = {"definition": definition, "current": current}
    part = _part(request, form, about)
    if part:
        return part
    if request.method == "POST" and form.is_valid():
        with refusals(form, {}):
            _keep_or_publish(request, definition, form, drafting=drafting)
        if not form.errors:
            return redirect("console:try_out" if do == "try" else "console:outcome", code)
    context = about | _written(form, definition.trigger)
    return page(request, "console/outcome_form.html", context, status=422 if form.errors else 200)


def _keep_or_publish(
    request: ConsoleRequest, definition: OutcomeDefinition, form: VersionForm, *, drafting: bool
) -> None:
    if drafting:
        save_draft(definition, form.content())
        messages.success(request, "The draft is saved. It judges nothing until you publish it.")
        return
    version = publish_version(definition, form.content(), once=True, at=request.at)
    if version.published_at < request.at:
        messages.info(request, f"Version {version.number} is in force and says just that, so no other was made.")
    else:
        messages.success(request, f"Version {version.number} is in force for events from now on.")


def _part(request: ConsoleRequest, form: VersionForm, about: dict[str, Any]) -> HttpResponse | None:
    """What the form asks for while it is being written: itself with a row more or less, or the preview alone."""
    part = request.GET.get("part")
    if request.method != "POST" or part not in ("form", "preview"):
        return None
    trigger = about["definition"].trigger if about else request.POST.get("trigger", "")
    if part == "form":
        form.edit(request.POST.get("do", ""))
        return page(request, "console/outcome_form.html", about | {"starts": STARTS} | _written(form, trigger))
    data = request.POST.copy()
    for name, usual in UNNAMED.items():
        data[name] = data.get(name, "").strip() or usual
    whole = type(form)(data)
    context = {"valid": whole.is_valid(), "previewing": True} | about | _written(whole, trigger)
    return page(request, "console/outcome_preview.html", context)


def _written(form: VersionForm, trigger: str) -> dict[str, Any]:
    """The form with what it says in plain words so far, and the fields to suggest to each of its editors."""
    form.editor.seen = seen_fields(trigger)
    for signals in form.signals.values():
        for signal in signals:
            signal.editor.seen = seen_fields(signal.type)
    content = form.content() if form.is_bound and not form.errors else form.begun
    return {"form": form, "words": in_words(version_of(content, trigger or "event")) if content else ""}
