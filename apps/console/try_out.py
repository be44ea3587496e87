"""Trying a version before it is published: on a pasted event at once, over the past by a worker."""

import json
from datetime import timedelta
from typing import Any

import redis
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from kombu.exceptions import OperationalError

from apps.common.reading import Fields, InvalidInput
from apps.console import trial_runs
from apps.console.access import ConsoleRequest, console, page, uuid_or_none
from apps.console.formerrors import sentence
from apps.console.stories import REASONS
from apps.console.tasks import run_trial
from apps.console.trial_runs import Asked, Result, Run
from apps.events.judge import Judged
from apps.events.message import Rejection, decode, read
from apps.events.trial import try_event
from apps.outcomes.content import read_content
from apps.outcomes.models import OutcomeDefinition
from apps.tenants.models import Customer

DAYS = [("30", "Last 30 days"), ("90", "Last 90 days"), ("365", "Last 365 days")]
AWAY = "No worker can be reached now, so the past can't be tried. Pasting an event still works."
WHY = {
    **REASONS,
    "voided": "A signal or a person took it back.",
    "expired": "Nothing confirmed it in time.",
    "awaiting_confirmation": "It still waits for a confirmation.",
}


class TryForm(forms.Form):
    """A version as JSON, and what to try it on."""

    version = forms.CharField(
        label="Version",
        help_text="The fields of a version, as the API takes them.",
        widget=forms.Textarea({"class": "code", "rows": 14, "spellcheck": "false"}),
    )
    event = forms.CharField(
        required=False,
        label="Event",
        help_text="As your product would send it.",
        widget=forms.Textarea({"class": "code", "rows": 8, "spellcheck": "false"}),
    )
    days = forms.ChoiceField(required=False, label="Past", choices=DAYS, initial="90")

    def clean_version(self) -> dict[str, Any]:
        """The content of the version."""
        fields = Fields(_json(self.cleaned_data["version"]))
        content = read_content(fields)
        try:
            fields.raise_if_any()
        except InvalidInput as error:
            lines = [f"{one.path}: {one.message}" if one.path else sentence(one.message) for one in error.problems]
            raise forms.ValidationError(lines) from None
        return content

    def clean_event(self) -> Any:
        """The event's value; None where nothing was pasted."""
        text = self.cleaned_data["event"].strip()
        return _json(text) if text else None


def _json(text: str) -> Any:
    try:
        return decode(text)
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError(f"This is not JSON: {error}") from None


@console()
def try_out(request: ConsoleRequest, code: str) -> HttpResponse:
    """Try a version on an event or over the past; with `?run=` watch the latter, and see what it found."""
    definition = OutcomeDefinition.objects.get(code=code)
    if request.GET.get("run"):
        return _watch(request, definition)
    form = TryForm(request.POST or None, initial=_initial(definition))
    judged = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "past":
            if response := _start(request, definition, form):
                return response
        else:
            judged = _judge(request, definition, form)
    context = about(definition) | {"form": form, "judged": judged, "why": _why(judged.reason) if judged else ""}
    return page(request, "console/try_out.html", context, status=422 if form.errors else 200)


def about(definition: OutcomeDefinition) -> dict[str, Any]:
    """What both pages of a trial are about, and where they stand in the navigation."""
    return {"definition": definition, "section": "outcomes"}


def _initial(definition: OutcomeDefinition) -> dict[str, str]:
    """The draft as JSON, or the newest version where there is none, and an event to begin with."""
    newest = definition.versions.order_by("-number").first()
    content = definition.draft or (newest.content() if newest else {"name": definition.code})
    customer = Customer.objects.order_by("-pk").values_list("external_id", flat=True).first()
    event = {"id": "any", "type": definition.trigger, "customer": customer or "", "subject": "T-1", "properties": {}}
    return {
        name: json.dumps(one, indent=2, ensure_ascii=False) for name, one in (("version", content), ("event", event))
    }


def _judge(request: ConsoleRequest, definition: OutcomeDefinition, form: TryForm) -> Judged | None:
    """What the version makes of the event; None, with the form told, where what was pasted is no event."""
    if form.cleaned_data["event"] is None:
        form.add_error("event", "Paste an event first.")
        return None
    message = read(form.cleaned_data["event"], at=request.at)
    if isinstance(message, Rejection):
        form.add_error("event", f"This is no event yet: {message.text}")
        return None
    return try_event(definition, form.cleaned_data["version"], message, at=request.at)


def _start(request: ConsoleRequest, definition: OutcomeDefinition, form: TryForm) -> HttpResponse | None:
    """Hand the trial to a worker and go to its page; None, with the form told, where none can be reached."""
    start = request.at - timedelta(days=int(form.cleaned_data["days"] or "90"))
    asked = Asked(definition.code, form.cleaned_data["version"], start, request.at)
    try:
        run = trial_runs.ask(request.tenant.pk, asked)
        run_trial.delay(str(request.tenant.pk), str(run))
    except (redis.RedisError, OperationalError):
        form.add_error(None, AWAY)
        return None
    return redirect(f"{reverse('console:try_out', args=[definition.code])}?run={run}")


def _watch(request: ConsoleRequest, definition: OutcomeDefinition) -> HttpResponse:
    """A run's progress and result; a POST cancels it."""
    try:
        run = _run(request, definition)
    except redis.RedisError:
        run = None
    if run is None:
        messages.warning(request, "That trial is no longer kept; run it again.")
        return redirect("console:try_out", definition.code)
    if request.method == "POST":
        trial_runs.cancel(request.tenant.pk, run.id)
        messages.success(request, "The trial is cancelled.")
        return redirect("console:try_out", definition.code)
    context = about(definition) | {"run": run, "result": run.result} | (_told(run.result) if run.result else {})
    if request.GET.get("part") == "progress":
        return render(request, "console/_try_run.html", context | {"at": request.at})
    return page(request, "console/try_run.html", context)


def _run(request: ConsoleRequest, definition: OutcomeDefinition) -> Run | None:
    id = uuid_or_none(request.GET["run"])
    run = trial_runs.find(request.tenant.pk, id) if id else None
    return run if run and run.code == definition.code else None


def _told(result: Result) -> dict[str, Any]:
    """The reasons and the lists of a result in words."""
    lists = [
        ("Would no longer count", "These counted, and the version turns them down.", result.no_longer),
        ("Would count now", "These did not count, for the reason named.", result.now_counts),
        ("Would not count", "All that the version turns down, also what never counted.", result.not_counting),
    ]
    return {
        "reasons": [(_why(reason), count) for reason, count in result.reasons.items()],
        "lists": [
            {
                "title": title,
                "text": text,
                "total": listed.total,
                "rows": [(one, _why(one.reason)) for one in listed.newest],
            }
            for title, text, listed in lists
        ],
    }


def _why(reason: str | None) -> str:
    """A reason as a sentence."""
    return WHY.get(reason or "", (reason or "").replace("_", " ").capitalize())
