"""Events: the list, and one event's whole story."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.quarantine import tell
from apps.console.stories import STATUSES, find_event, search, stories
from apps.console.telling import counted, steps
from apps.events import resolve, silence
from apps.events.models import Event, Quarantine
from apps.events.replay import replay
from apps.events.resolve import NotNow
from apps.invoices.void import void_outcome
from apps.outcomes.models import OutcomeDefinition


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="Why it should not count",
        max_length=500,
        help_text="Your customer reads this.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ConfirmForm(forms.Form):
    """Nothing but where a refusal is said."""


VOID = "It is not billed any more; on an issued invoice it becomes a credit. This can't be taken back."
CONFIRM = "It counts from now on and is billed. A confirmation is final."


@console()
def events(request: ConsoleRequest) -> HttpResponse:
    """Every event, newest first, with what became of it."""
    text, type_, status = (request.GET.get(name, "").strip() for name in ("q", "type", "status"))
    found = listed(request, search(text, type_, status))
    context = {
        "list": found,
        "rows": stories(found.rows),
        "q": text,
        "type": type_,
        "status": status,
        "statuses": STATUSES,
        "silences": silence.silences(),
        "types": OutcomeDefinition.objects.order_by("trigger").values_list("trigger", flat=True).distinct(),
    }
    return page(request, "console/events.html", context)


@console(change="manage")
def event(request: ConsoleRequest, id: UUID | None = None) -> HttpResponse:
    """One event's story, by our id or, as `?id=`, by the client's own; a POST replays, confirms or voids."""
    rows = Event.objects.select_related("version__definition")
    one: Event = rows.get(pk=id) if id else find_event(request.GET.get("id", ""))
    do = request.POST.get("do", "void")
    form: forms.Form = ConfirmForm(request.POST or None) if do == "confirm" else VoidForm(request.POST or None)
    if request.method == "POST" and do == "replay":
        tell(request, replay([one.pk], at=request.at))
        return redirect("console:event", one.pk)
    if request.method == "POST" and form.is_valid():
        answer = _confirm(request, one, form) if do == "confirm" else _void(request, one, form)
        if answer:
            return answer
    result = counted(one.pk, at=request.at)
    context = {
        "event": one,
        "story": stories([one])[0],
        "steps": steps(one, result, at=request.at),
        "waiting": Quarantine.objects.filter(event=one).first(),
        "counted": result,
        "form": form,
        "void_form": VoidForm() if do == "confirm" else form,
    }
    return page(request, "console/event.html", context, status=422 if form.errors else 200)


def _confirm(request: ConsoleRequest, one: Event, form: forms.Form) -> HttpResponse | None:
    """Confirm the event's outcome, once asked; None where it was refused, which the form says."""
    own = reverse("console:event", args=[one.pk])
    if not confirmed(request):
        return ask(request, "Confirm this outcome?", detail=CONFIRM, label="Confirm outcome", back=own, mild=True)
    with refusals(form, {NotNow: None}):
        resolve.confirm(resolve.lock(one.pk), by=request.user.email, at=request.at)
    if form.errors:
        return None
    messages.success(request, "Confirmed. It counts.")
    return redirect(own)


def _void(request: ConsoleRequest, one: Event, form: forms.Form) -> HttpResponse | None:
    """Void the event's outcome, once asked; None where it was refused, which the form says."""
    own = reverse("console:event", args=[one.pk])
    if not confirmed(request):
        return ask(request, "Void this outcome?", detail=VOID, label="Void outcome", back=own)
    with refusals(form, {NotNow: None}):
        void_outcome(one.pk, by=request.user.email, reason=form.cleaned_data["reason"], at=request.at)
    if form.errors:
        return None
    messages.success(request, "Voided. It counts no longer, and your customer sees why.")
    return redirect(own)
