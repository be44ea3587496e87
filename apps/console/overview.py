"""The overview: a checklist until the first event has come, then revenue, outcomes per day and the newest events."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse

from apps.console.access import ConsoleRequest, console, page
from apps.console.checklist import curl_line, steps
from apps.console.figures import figures, mark
from apps.console.stories import REASONS, stories
from apps.events import silence
from apps.events.models import Event, LedgerCheck, Quarantine
from apps.outbox.mail import failed

NEWEST = 12


@console()
def overview(request: ConsoleRequest) -> HttpResponse:
    """`?part=` asks for one live fragment, `?seen=` names what its reader has: 204 when that is still all."""
    part = request.GET.get("part", "")
    if part in LIVE:
        template, state, read = LIVE[part]
        seen = state(request)
        if request.GET.get("seen") == seen:
            return HttpResponse(status=204)
        return page(request, template, {"seen": seen} | read(request))
    if not Event.objects.exists():
        return page(request, "console/checklist.html", {"seen": _done(request)} | _checklist(request))
    marks = {"feed_seen": _newest(request), "figures_seen": _counted(request)}  # first: what comes later is a change
    context = _feed(request) | _figures(request)
    waits = {"waiting": _waiting(), "silences": silence.silences(), "failed_mails": failed().count()}
    waits |= {"check": LedgerCheck.objects.order_by("-day").first()}
    return page(request, "console/overview.html", context | marks | waits)


def _done(request: ConsoleRequest) -> str:
    return "".join("1" if step.done else "0" for step in steps())


def _checklist(request: ConsoleRequest) -> dict[str, Any]:
    """The steps, the one to do next, and the line that sends an event."""
    found = steps()
    current = next((step for step in found if not step.done), None)
    return {
        "steps": found,
        "current": current.key if current else "",
        "may_do": current is not None and request.membership.may(current.needs),
        "curl": curl_line(),
        "left": sum(not step.done for step in found),
    }


def _newest(request: ConsoleRequest) -> str:
    return str(Event.objects.order_by("-pk").values_list("pk", flat=True).first())


def _feed(request: ConsoleRequest) -> dict[str, Any]:
    return {"newest": stories(Event.objects.order_by("-pk")[:NEWEST])}


def _counted(request: ConsoleRequest) -> str:
    return mark(at=request.at)


def _figures(request: ConsoleRequest) -> dict[str, Any]:
    return {"figures": figures(at=request.at)}


def _waiting() -> list[dict[str, Any]]:
    """Quarantined events by reason, most first."""
    rows = Quarantine.objects.values("reason").annotate(count=Count("pk")).order_by("-count")
    return [{**row, "why": REASONS.get(row["reason"], row["reason"])} for row in rows]


LIVE = {
    "checklist": ("console/_checklist.html", _done, _checklist),
    "feed": ("console/_feed.html", _newest, _feed),
    "figures": ("console/_figures.html", _counted, _figures),
}
"""The fragments that refresh themselves: template, what marks its state, and what it shows."""
