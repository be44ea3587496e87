"""Events: the list, one event's whole story, and what waits in quarantine."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.console.access import ConsoleRequest, console, page
from apps.console.confirming import ask, confirmed
from apps.console.formerrors import refusals
from apps.console.lists import listed
from apps.console.stories import REASONS, STATUSES, find_event, search, stories
from apps.events.models import Event, Outcome, Quarantine, Resolution
from apps.events.resolve import NotNow
from apps.events.state import State
from apps.invoices.find import with_state
from apps.invoices.models import Invoice
from apps.invoices.void import void_outcome
from apps.invoices.worth import Worth, worth
from apps.outcomes.models import OutcomeDefinition

COUNTS = (State.PENDING, State.SETTLED, State.INVOICED)


class VoidForm(forms.Form):
    reason = forms.CharField(
        label="Why it should not count",
        max_length=500,
        help_text="Your customer reads this.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """What an event gave rise to: the outcome, its state, where it is billed and what it costs."""

    outcome: Any
    state: State
    day: date | None
    invoice: Invoice | None
    resolutions: list[Resolution]
    worth: Worth | None

    @property
    def may_void(self) -> bool:
        return self.state not in (State.VOIDED, State.CREDITED, State.EXPIRED)


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
        "types": OutcomeDefinition.objects.order_by("trigger").values_list("trigger", flat=True).distinct(),
    }
    return page(request, "console/events.html", context)


@console(change="manage")
def event(request: ConsoleRequest, id: UUID | None = None) -> HttpResponse:
    """One event's story, by our id or, as `?id=`, by the client's own; a POST takes its outcome back."""
    rows = Event.objects.select_related("version__definition")
    one: Event = rows.get(pk=id) if id else find_event(request.GET.get("id", ""))
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        own = reverse("console:event", args=[one.pk])
        if not confirmed(request):
            detail = "It is not billed any more; on an issued invoice it becomes a credit. This can't be taken back."
            return ask(request, "Void this outcome?", detail=detail, label="Void outcome", back=own)
        with refusals(form, {NotNow: None}):
            void_outcome(one.pk, by=request.user.email, reason=form.cleaned_data["reason"], at=request.at)
        if not form.errors:
            messages.success(request, "Voided. It counts no longer, and your customer sees why.")
            return redirect(own)
    context = {
        "event": one,
        "story": stories([one])[0],
        "judgements": one.judgements.select_related("version__definition").order_by("pk"),
        "waiting": Quarantine.objects.filter(event=one).first(),
        "counted": counted(one.pk, at=request.at),
        "form": form,
    }
    return page(request, "console/event.html", context, status=422 if form.errors else 200)


def counted(event_id: UUID, *, at: datetime) -> Counted | None:
    """The outcome that the event gave rise to, if any, with all that its slip shows."""
    rows: Any = with_state(Outcome.objects.filter(pk=event_id), at=at)
    one = rows.select_related("customer", "version__definition").first()
    if one is None:
        return None
    state = State(one.state)
    return Counted(
        outcome=one,
        state=state,
        day=one.final_day,
        invoice=Invoice.objects.filter(pk=one.invoice_id).first() if one.invoice_id else None,
        resolutions=list(Resolution.objects.filter(outcome=one.pk).order_by("at", "pk")),
        worth=worth(one, one.final_day, counts=state in COUNTS) if one.final_day else None,
    )


@console()
def quarantine(request: ConsoleRequest) -> HttpResponse:
    """What could not be judged, by reason."""
    reason = request.GET.get("reason", "")
    rows = Quarantine.objects.select_related("event")
    found = listed(request, rows.filter(reason=reason) if reason else rows)
    groups = Quarantine.objects.values("reason").annotate(count=Count("pk")).order_by("-count")
    context = {
        "list": found,
        "rows": [{"quarantine": one, "why": REASONS.get(one.reason, one.reason)} for one in found.rows],
        "reason": reason,
        "groups": [{**group, "why": REASONS.get(group["reason"], group["reason"])} for group in groups],
    }
    return page(request, "console/quarantine.html", context)
